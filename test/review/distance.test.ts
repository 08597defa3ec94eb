import { describe, expect, it } from "vitest";
import { loadPair } from "../../config/pair";
import { distance } from "../../review/distance";
import { append, type Edit, override, replace, shipped } from "../shipped";

const staging = "Pulumi.staging.yaml";
function apart(...edits: Edit[]) {
  const { pair, problems } = loadPair(shipped(...edits), "staging");
  if (!pair) throw new Error(JSON.stringify(problems));
  return distance(pair);
}
const broken = (...edits: Edit[]) =>
  Object.fromEntries(
    Object.entries(apart(...edits).counts).map(([relation, { broken: count }]) => [relation, count]),
  );
const limitAt = (path: string, ...edits: Edit[]) => apart(...edits).limits.filter((one) => one.path === path);
const kept = { mirrored: 0, stricter: 0, separate: 0, free: 0 };

describe("the distance between the environments", () => {
  it("breaks nothing in the shipped pair; every limit differs and nothing mirrored does", () => {
    const { counts, differences, limits } = apart();
    expect(broken()).toEqual(kept);
    expect(counts.mirrored.differ).toBe(0);
    expect(counts.stricter.differ).toBe(counts.stricter.leaves);
    expect(counts.stricter.leaves).toBe(limits.length);
    expect(differences.filter(({ field }) => field.relation === "mirrored")).toEqual([]);
    expect(differences.find(({ name }) => name === "environment.region")).toBeUndefined();
    expect(differences.find(({ name }) => name === "deployment.ingress.host")?.staging).toBe(
      "llm.staging.example.com",
    );
  });

  it("counts each relation that an edit breaks, and tells the value", () => {
    const edits = [
      override("staging", "models", "maxOutputTokens: 400", "maxOutputTokens: 401"),
      replace(staging, "pods: 20\n", "pods: 120\n"),
      replace(staging, "namespace: llm-staging", "namespace: llm-production"),
    ];
    expect(broken(...edits)).toEqual({ mirrored: 1, stricter: 1, separate: 1, free: 0 });
    const { differences } = apart(...edits);
    expect(differences.filter(({ holds }) => !holds).map(({ name, equal }) => [name, equal])).toEqual([
      ["environment.namespace", true],
      ["limits.cluster.pods", true],
      ["models.chat-small.maxOutputTokens", false],
    ]);
  });

  it("puts a limit of both environments side by side, one that is missing as nothing", () => {
    expect(limitAt("limits.cluster.pods")).toEqual([
      { path: "limits.cluster.pods", unit: "pods", staging: 20, production: 120, holds: true },
    ]);
    expect(limitAt("limits.cluster.pods", replace(staging, "pods: 20\n", "pods: 120\n"))).toEqual([
      { path: "limits.cluster.pods", unit: "pods", staging: 120, production: 120, holds: false },
    ]);
    const renamed = replace(staging, "      triage:\n", "      sorting:\n");
    expect(limitAt("limits.teams.triage.dailyUsd", renamed)).toEqual([
      {
        path: "limits.teams.triage.dailyUsd",
        unit: "USD per day",
        staging: undefined,
        production: 150,
        holds: false,
      },
    ]);
    expect(limitAt("limits.teams.sorting.dailyUsd", renamed)).toEqual([
      {
        path: "limits.teams.sorting.dailyUsd",
        unit: "USD per day",
        staging: 15,
        production: undefined,
        holds: true,
      },
    ]);
  });

  it("leaves encrypted values out", () => {
    const secret = append(staging, "\n  lockstep:credentialValues:\n    openai: { secure: v1:example }\n");
    expect(apart(secret)).toEqual(apart());
  });
});
