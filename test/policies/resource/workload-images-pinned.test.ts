import { describe, expect, it } from "vitest";
import { workloadImagesPinned } from "../../../policies/resource/workload-images-pinned";
import { UNKNOWN } from "../../../policies/rule";
import { deployment, foreign, image, resource, urnOf } from "./resources";

const check = (container: Record<string, unknown>, pod?: Record<string, unknown>) =>
  workloadImagesPinned.check(deployment(container, pod), foreign);

describe("workload-images-pinned", () => {
  it("accepts a digest, with or without a tag before it", () => {
    expect(check({ name: "app", image })).toEqual([]);
    expect(check({ name: "app", image: image.replace("@", ":1.4@") })).toEqual([]);
  });

  it.each([
    ["nginx", '"nginx": no tag and no digest, which means latest'],
    ["nginx:latest", '"nginx:latest": the tag latest'],
    ["nginx:1.27.3", '"nginx:1.27.3": the tag 1.27.3, which can be moved'],
    ["nginx@sha256:abc", '"nginx@sha256:abc": a digest that is not sha256 with 64 hexadecimal digits'],
  ])("refuses %s", (written, found) => {
    expect(check({ name: "app", image: written })).toEqual([
      {
        object: "Deployment web's container app",
        path: urnOf("kubernetes:apps/v1:Deployment", "web"),
        found,
        allowed: "registry/repository@sha256:… with the digest of one build",
        remedy: "Look up the digest of the build that was tested and write it after an @.",
      },
    ]);
  });

  it("looks at init containers too, and names each container", () => {
    const pod = { initContainers: [{ name: "migrate", image: "migrate:2" }, { image: "seed:3" }] };
    expect(check({ name: "app", image }, pod).map(({ object }) => object)).toEqual([
      "Deployment web's container migrate",
      "Deployment web's container 2",
    ]);
  });

  it("finds the pod in a CronJob and in a bare Pod", () => {
    const spec = { containers: [{ name: "app", image: "app:1" }] };
    const cron = { spec: { jobTemplate: { spec: { template: { spec } } } } };
    const found = (type: string, props: Record<string, unknown>) =>
      workloadImagesPinned.check(resource(type, "one", props), foreign).map(({ object }) => object);
    expect(found("kubernetes:batch/v1:CronJob", cron)).toEqual(["CronJob one's container app"]);
    expect(found("kubernetes:core/v1:Pod", { spec })).toEqual(["Pod one's container app"]);
  });

  it("cannot decide while an image, or the list of containers, is unknown", () => {
    const statuses = (pod: Record<string, unknown>) =>
      check({ name: "app", image }, pod).map(({ status }) => status);
    expect(check({ name: "app", image: UNKNOWN }).map(({ status }) => status)).toEqual(["cannot-decide"]);
    expect(statuses({ initContainers: UNKNOWN })).toEqual(["cannot-decide"]);
    expect(statuses({ initContainers: [UNKNOWN] })).toEqual(["cannot-decide"]);
  });

  it("does not show an image name that carries a credential", () => {
    const [report] = check({ name: "app", image: "https://ci:hunter22@registry.example.com/app:1" });
    expect(report?.found).toBe(
      "a value that looks like a credential: a digest that is not sha256 with 64 hexadecimal digits",
    );
  });
});
