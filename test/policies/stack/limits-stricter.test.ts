import { expect, it } from "vitest";
import { ZodError } from "zod";
import { limitsStricter } from "../../../policies/stack/limits-stricter";
import { type Edit, replace } from "../../shipped";
import { judged, place, production, staging } from "./judged";

const monthly = (usd: string) => replace(staging, "monthlyUsd: 2000\n", `monthlyUsd: ${usd}\n`);
const pathsOf = (edits: readonly Edit[], maximumRatio: number) =>
  judged(limitsStricter, edits, { settings: { maximumRatio } }).map(({ path }) => path);

it("limits-stricter accepts the shipped limits, and a budget one cent under production's", () => {
  expect(judged(limitsStricter)).toEqual([]);
  expect(judged(limitsStricter, [monthly("19999.99")])).toEqual([]);
});

it.each([
  ["20000", "20,000"],
  ["20000.01", "20,000.01"],
])("limits-stricter refuses a budget of %s against 20000", (usd, shown) => {
  expect(judged(limitsStricter, [monthly(usd)])).toEqual([
    {
      rule: "limits-stricter",
      status: "violation",
      object: "staging's limits.monthlyUsd",
      path: "limits.monthlyUsd",
      found: `${shown} USD per month`,
      allowed: "less than production's 20,000 USD per month",
      remedy: "Lower limits.monthlyUsd in Pulumi.staging.yaml, or raise production's.",
      at: place(staging, "lockstep:limits:\n", "monthlyUsd"),
    },
  ]);
});

it("limits-stricter wants more of what is tighter upwards", () => {
  const sampling = (ratio: string) => replace(staging, "samplingRatio: 0.2", `samplingRatio: ${ratio}`);
  expect(judged(limitsStricter, [sampling("0.051")])).toEqual([]);
  expect(judged(limitsStricter, [sampling("0.05")])).toEqual([
    {
      rule: "limits-stricter",
      status: "violation",
      object: "staging's monitoring.samplingRatio",
      path: "monitoring.samplingRatio",
      found: "0.05 ratio",
      allowed: "more than production's 0.05 ratio",
      remedy: "Raise monitoring.samplingRatio in Pulumi.staging.yaml, or lower production's.",
      at: place(staging, "lockstep:monitoring:\n", "samplingRatio"),
    },
  ]);
});

it("limits-stricter refuses a limit that production has alone, and accepts one that staging has alone", () => {
  const quota = "        cluster: { cpuCores: 4, memoryGib: 8, pods: 10 }\n";
  const add = (file: string) => replace(file, "      search:\n", `      search:\n${quota}`);
  expect(judged(limitsStricter, [add(staging)])).toEqual([]);
  expect(judged(limitsStricter, [add(production)])).toEqual(
    [
      ["cpuCores", "4 cores"],
      ["memoryGib", "8 GiB"],
      ["pods", "10 pods"],
    ].map(([field, bound]) => ({
      rule: "limits-stricter",
      status: "violation",
      object: `staging's limits.teams.search.cluster.${field}`,
      path: `limits.teams.search.cluster.${field}`,
      found: "no limit",
      allowed: `less than production's ${bound}`,
      remedy: `Add limits.teams.search.cluster.${field} to Pulumi.staging.yaml.`,
      at: place(staging, "teams:\n", "search"),
    })),
  );
});

it("limits-stricter takes the largest share of production's limits as a setting, that share included", () => {
  expect(pathsOf([], 0.8)).toEqual([]);
  expect(pathsOf([replace(staging, "pods: 20\n", "pods: 96\n")], 0.8)).toEqual([]);
  expect(
    judged(limitsStricter, [replace(staging, "pods: 20\n", "pods: 97\n")], {
      settings: { maximumRatio: 0.8 },
    }),
  ).toEqual([
    {
      rule: "limits-stricter",
      status: "violation",
      object: "staging's limits.cluster.pods",
      path: "limits.cluster.pods",
      found: "97 pods",
      allowed: "at most 0.8 times production's 120 pods",
      remedy: "Lower limits.cluster.pods in Pulumi.staging.yaml, or raise production's.",
      at: place(staging, "memoryGib: 24\n", "pods"),
    },
  ]);
});

it("limits-stricter does not count a rounding error of the share: 57 of 100 is 0.57", () => {
  const flights = (count: number): Edit[] => [
    replace(staging, "concurrentRequests: 20\n", `concurrentRequests: ${count}\n`),
    replace(production, "concurrentRequests: 200\n", "concurrentRequests: 100\n"),
  ];
  expect(pathsOf(flights(57), 0.57)).not.toContain("limits.concurrentRequests");
  expect(pathsOf(flights(58), 0.57)).toContain("limits.concurrentRequests");
});

it("limits-stricter asks no share of what is tighter upwards", () => {
  expect(pathsOf([], 0.01)).not.toContain("monitoring.samplingRatio");
  expect(pathsOf([], 0.01)).toContain("monitoring.canaryEveryMinutes");
});

it.each([{ maximumRatio: 0 }, { maximumRatio: 1.01 }, { maximumRatio: "0.5" }, { maxRatio: 0.5 }])(
  "limits-stricter refuses the settings %j",
  (settings) => {
    expect(() => judged(limitsStricter, [], { settings })).toThrow(ZodError);
  },
);

it("limits-stricter asks no share where none is set: a team's thresholds may be close to production's", () => {
  const close = replace(staging, "pods: 20\n", "pods: 119\n");
  expect(pathsOf([close], 1)).toEqual([]);
  expect(pathsOf([close], 0.99)).toEqual(["limits.cluster.pods"]);
});

it("limits-stricter asks no share of a limit that staging has alone", () => {
  const quota = replace(
    staging,
    "      search:\n",
    "      search:\n        cluster: { cpuCores: 4, memoryGib: 8, pods: 10 }\n",
  );
  expect(pathsOf([quota], 0.8)).toEqual([]);
});
