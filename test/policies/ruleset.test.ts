import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { rules } from "../../policies/registry";
import { projectRuleset } from "../../policies/ruleset";

const settingsIn = (text: string) => projectRuleset(memoryFiles({ "policies/config.json": text }));

describe("the settings of a project's pack", () => {
  it("are none where there is no file", () => {
    const { rules: all, settings } = projectRuleset(memoryFiles({ "Pulumi.yaml": "name: x\n" }));
    expect(all).toBe(rules);
    expect(settings("limits-stricter")).toEqual({});
  });

  it("are those of policies/config.json, without the level, and none for a rule that it does not name", () => {
    const { settings } = settingsIn(
      '{"limits-stricter":{"maximumRatio":0.5},"routing-mirrored":"mandatory"}',
    );
    expect(settings("limits-stricter")).toEqual({ maximumRatio: 0.5 });
    expect(settings("routing-mirrored")).toEqual({});
    expect(settings("models-pinned")).toEqual({});
  });

  it.each([
    ["{", "policies/config.json is not JSON."],
    [
      '{"limits-stricter":"advisory"}',
      'policies/config.json: limits-stricter has neither settings nor the level "mandatory".',
    ],
    [
      '{"production-proven":{"stubProvider":"accept"}}',
      'policies/config.json: production-proven: there is no setting "stubProvider"; the nearest is "stubProviders".',
    ],
  ])("refuse %s", (text, message) => {
    expect(() => settingsIn(text)).toThrow(message);
  });

  it("refuse a file that cannot be read", () => {
    const files = { read: () => ({ found: false as const, why: "no" }), list: () => ["config.json"] };
    expect(() => projectRuleset(files)).toThrow("policies/config.json: no.");
  });
});
