import { expect, it } from "vitest";
import { clusterDifferences } from "../../policies/clusterLimits";
import { floatingImage } from "../../policies/image";
import { quantityOf } from "../../policies/quantity";
import { UNKNOWN } from "../../policies/rule";

it.each<[unknown, number | undefined]>([
  [2, 2],
  ["2", 2],
  ["-2", -2],
  ["+1.5", 1.5],
  ["2.", 2],
  ["1e3", 1_000],
  ["1E-3", 0.001],
  ["1e3k", 1_000_000],
  ["1n", 1e-9],
  ["1u", 1e-6],
  ["500m", 0.5],
  ["1k", 1_000],
  ["1M", 1e6],
  ["1G", 1e9],
  ["1T", 1e12],
  ["1P", 1e15],
  ["1E", 1e18],
  ["1Ki", 1_024],
  ["1Mi", 1_048_576],
  ["1Gi", 1_073_741_824],
  ["1Ti", 1_099_511_627_776],
  ["1Pi", 1_125_899_906_842_624],
  ["1Ei", 2 ** 60],
  ["1K", undefined],
  ["1mi", undefined],
  ["1GiB", undefined],
  [" 1", undefined],
  ["1 ", undefined],
  [".5", undefined],
  ["Gi", undefined],
  ["", undefined],
  [undefined, undefined],
  [null, undefined],
  [UNKNOWN, undefined],
  [["1"], undefined],
])("the quantity %s is %s", (value, amount) => {
  if (amount === undefined) expect(quantityOf(value)).toBeUndefined();
  else expect(quantityOf(value)).toBeCloseTo(amount, 12);
});

const cluster = { cpuCores: 0.29, memoryGib: 1.5, pods: 10 };
it.each<[object | undefined, string[]]>([
  [undefined, []],
  [{}, []],
  [{ "requests.cpu": "290m", "limits.cpu": "0.29", cpu: 0.29 }, []],
  [{ "requests.memory": "1536Mi", "limits.memory": "1.5Gi", memory: 1_610_612_736 }, []],
  [{ pods: "10", "count/pods": 10 }, []],
  [{ "requests.cpu": "291m" }, ['requests.cpu: "291m", declared 0.29']],
  [{ "limits.cpu": "289m" }, ['limits.cpu: "289m", declared 0.29']],
  [{ cpu: "300m" }, ['cpu: "300m", declared 0.29']],
  [{ "requests.memory": "1537Mi" }, ['requests.memory: "1537Mi", declared 1536Mi']],
  [{ "limits.memory": "2Gi" }, ['limits.memory: "2Gi", declared 1536Mi']],
  [{ memory: "none" }, ['memory: "none", declared 1536Mi']],
  [{ pods: 11 }, ["pods: 11, declared 10"]],
  [{ "count/pods": null }, ["count/pods: null, declared 10"]],
  [{ services: "1" }, []],
])("a quota of %j differs in %j", (hard, differences) => {
  expect(
    clusterDifferences(hard, cluster).map(
      ({ key, value, declared }) => `${key}: ${JSON.stringify(value)}, declared ${declared}`,
    ),
  ).toEqual(differences);
});

it("rounds a declared amount down to the steps in which quotas are written", () => {
  const declared = (amounts: Partial<typeof cluster>) =>
    clusterDifferences({ cpu: "1", memory: "1" }, { ...cluster, ...amounts }).map((one) => one.declared);
  expect(declared({ cpuCores: 0.1239, memoryGib: 0.1 })).toEqual(["0.123", "102Mi"]);
});

const digest = "0123456789abcdef".repeat(4);
it.each<[string, string | undefined]>([
  [`web@sha256:${digest}`, undefined],
  [`registry.example.com:5000/web:1.2@sha256:${digest}`, undefined],
  [`we b@sha256:${digest}`, "a digest that is not sha256 with 64 hexadecimal digits"],
  [`web@sha256:${digest}0`, "a digest that is not sha256 with 64 hexadecimal digits"],
  [`web@x@sha256:${digest}`, "a digest that is not sha256 with 64 hexadecimal digits"],
  [`web@sha512:${digest}`, "a digest that is not sha256 with 64 hexadecimal digits"],
  ["web", "no tag and no digest, which means latest"],
  ["registry.example.com:5000/web", "no tag and no digest, which means latest"],
  ["web:latest", "the tag latest"],
  ["web:1.2-alpine", "the tag 1.2-alpine, which can be moved"],
  ["registry.example.com:5000/web:v1", "the tag v1, which can be moved"],
])("the image %s has %s", (image, why) => {
  expect(floatingImage(image)).toBe(why);
});
