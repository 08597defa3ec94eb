import { describe, expect, it } from "vitest";
import { compare } from "../../config/compare";
import { loadPair } from "../../config/pair";
import { type Edit, override, replace, shipped } from "../shipped";

function comparisons(...edits: Edit[]) {
  const { pair, problems } = loadPair(shipped(...edits), "staging");
  if (!pair) throw new Error(JSON.stringify(problems));
  return compare(pair.staging, pair.production);
}

const pick = (name: string, ...edits: Edit[]) => {
  const found = comparisons(...edits).find((one) => one.name === name);
  return (
    found && { staging: found.staging, production: found.production, equal: found.equal, holds: found.holds }
  );
};

describe("comparing the two environments", () => {
  it("finds every relation of the shipped pair kept", () => {
    const all = comparisons();
    expect(all.length).toBeGreaterThan(250);
    expect(all.filter(({ holds }) => !holds)).toEqual([]);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it.each([
    [1_999, true],
    [20_000, false],
    [20_001, false],
  ])("a stricter value: %i USD in staging against 20,000 in production: kept is %s", (usd, holds) => {
    const edit = replace("Pulumi.staging.yaml", "monthlyUsd: 2000\n", `monthlyUsd: ${usd}\n`);
    expect(pick("limits.monthlyUsd", edit)).toEqual({
      staging: usd,
      production: 20_000,
      equal: usd === 20_000,
      holds,
    });
  });

  it.each([
    ["0.051", true],
    ["0.05", false],
    ["0.01", false],
  ])("a value that is tighter upwards: sampling %s in staging against 0.05: kept is %s", (ratio, holds) => {
    const edit = replace("Pulumi.staging.yaml", "samplingRatio: 0.2", `samplingRatio: ${ratio}`);
    expect(pick("monitoring.samplingRatio", edit)?.holds).toBe(holds);
  });

  it("a limit that staging lacks is not kept, one that production lacks is", () => {
    const missing = replace("Pulumi.staging.yaml", "      triage:\n", "      sorting:\n");
    expect(pick("limits.teams.triage.dailyUsd", missing)).toEqual({
      staging: undefined,
      production: 150,
      equal: false,
      holds: false,
    });
    expect(pick("limits.teams.sorting.dailyUsd", missing)).toEqual({
      staging: 15,
      production: undefined,
      equal: false,
      holds: true,
    });
  });

  it("a mirrored value must be equal, a separate one must not, a free one may be either", () => {
    const edit = override("staging", "models", "maxOutputTokens: 400", "maxOutputTokens: 401");
    expect(pick("models.chat-small.maxOutputTokens", edit)).toEqual({
      staging: 401,
      production: 400,
      equal: false,
      holds: false,
    });
    const shared = replace("Pulumi.staging.yaml", "namespace: llm-staging", "namespace: llm-production");
    expect(pick("environment.namespace", shared)?.holds).toBe(false);
    expect(pick("environment.region")).toEqual({
      staging: "us-east-1",
      production: "us-east-1",
      equal: true,
      holds: true,
    });
    expect(pick("deployment.ingress.host")?.holds).toBe(true);
  });
});
