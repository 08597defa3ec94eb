import { describe, expect, it } from "vitest";
import { loadPair } from "../../config/pair";
import type { Stack } from "../../config/stack";
import { paint } from "../../review/terminal";
import { type EffectiveValue, effectiveValues, valuesText } from "../../review/values";
import { append, type Edit, edited, replace, shipped } from "../shipped";
import { obeyed, uncoloured } from "./uncoloured";

const plain = paint(false);
const colours = paint(true);
function stagingOf(...edits: Edit[]): Stack {
  const { pair, problems } = loadPair(shipped(...edits), "staging");
  if (!pair) throw new Error(JSON.stringify(problems));
  return pair.staging;
}
const names = (prefix: string) => effectiveValues(stagingOf(), prefix).map(({ path }) => path);

const values: EffectiveValue[] = [
  {
    path: "limits.dailyUsd",
    value: 100,
    relation: "stricter",
    unit: "USD per day",
    at: { file: "Pulumi.staging.yaml", line: 23, column: 5 },
  },
  { path: "gateway.redis", value: true, relation: "mirrored", unit: undefined, at: "default" },
  {
    path: "models.a.temperature",
    value: 1,
    relation: "mirrored",
    unit: "1",
    at: { file: "Pulumi.yaml", line: 9, column: 3 },
  },
];

describe("effective values for a terminal", () => {
  it("stand with unit, relation and place", () => {
    expect(valuesText(values, plain)).toBe(
      [
        "path                  value            relation  from",
        "limits.dailyUsd       100 USD per day  stricter  Pulumi.staging.yaml:23",
        "gateway.redis         true             mirrored  default",
        "models.a.temperature  1                mirrored  Pulumi.yaml:9",
      ].join("\n"),
    );
    expect(uncoloured(valuesText(values, colours))).toBe(valuesText(values, plain));
  });

  it("let nothing of a value through that a terminal obeys", () => {
    const hostile = replace(
      "Pulumi.yaml",
      "modelId: claude-sonnet-5\n",
      'modelId: "claude\\e]0;title\\a\\e[2J\\x9b31m\\u202eevil\\r\\n"\n',
    );
    const shown = effectiveValues(stagingOf(hostile), "models.chat-fast.modelId");
    expect(shown).toHaveLength(1);
    expect(valuesText(shown, plain)).toContain(
      '"claude\\u001b]0;title\\u0007\\u001b[2J\\u{9b}31m\\u{202e}evil\\r\\n"',
    );
    for (const style of [plain, colours]) {
      const text = uncoloured(valuesText(shown, style));
      expect(text.split("\n")).toHaveLength(2);
      expect(text.replaceAll("\n", "")).not.toMatch(obeyed);
    }
  });
});

describe("the effective values of a stack", () => {
  it("are one value for its path, with the place in the file that has it", () => {
    const line = (edited()["Pulumi.yaml"] ?? "").split("\n").indexOf("        temperature: 1") + 1;
    expect(effectiveValues(stagingOf(), "models.chat-large.temperature")).toEqual([
      {
        path: "models.chat-large.temperature",
        value: 1,
        relation: "mirrored",
        unit: "1",
        at: { file: "Pulumi.yaml", line, column: 9 },
      },
    ]);
  });

  it("are those below a path, and none of a path that only begins alike", () => {
    expect(names("routes.support-chat.targets[1]")).toEqual([
      "routes.support-chat.targets[1].model",
      "routes.support-chat.targets[1].order",
      "routes.support-chat.targets[1].weight",
    ]);
    expect(names("routes.support-chat.targets")).toHaveLength(6);
    expect(names("limits.cluster")).toEqual([
      "limits.cluster.cpuCores",
      "limits.cluster.memoryGib",
      "limits.cluster.pods",
    ]);
    expect(names("limits.cl")).toEqual([]);
    expect(names("xlimits")).toEqual([]);
    expect(names("").length).toBeGreaterThan(250);
  });

  it("never show an encrypted value", () => {
    const secret = append(
      "Pulumi.staging.yaml",
      "\n  lockstep:credentialValues:\n    openai: { secure: v1:AAABAExampleCiphertext }\n",
    );
    const shown = valuesText(effectiveValues(stagingOf(secret), "credentialValues"), plain);
    expect(shown).toMatch(
      /credentialValues\.openai {2}an encrypted value {2}separate {2}Pulumi\.staging\.yaml:\d+$/,
    );
    expect(shown).not.toContain("Ciphertext");
  });
});
