import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { behaviourHash, type Contents, canonicalJson, mirroredValues, sha256 } from "../../config/hash";
import { loadPair } from "../../config/pair";
import type { Path } from "../../config/relation";
import type { Config } from "../../config/schema";
import { type Value, walk } from "../../config/walk";
import { shipped } from "../shipped";

const { pair } = loadPair(shipped(), "production");
if (!pair) throw new Error("the shipped pair cannot be read");
const { config, contents } = pair.production;
const hash = behaviourHash(config, contents);
const values = [...walk(config)];

function withValue(path: Path, value: unknown): Config {
  const copy = structuredClone(config) as unknown as Record<Path[number], unknown>;
  let at = copy;
  for (const step of path.slice(0, -1)) at = at[step] as Record<Path[number], unknown>;
  at[path.at(-1) ?? ""] = value;
  return copy as unknown as Config;
}

function changed({ value }: Value): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  return Array.isArray(value) ? [...value, "another"] : `${value}-changed`;
}

/** The same data with the keys of every map in another order. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => ({ key, inner, place: random() }));
  entries.sort((a, b) => a.place - b.place);
  return Object.fromEntries(entries.map(({ key, inner }) => [key, shuffled(inner, random)]));
}

describe("the behaviour hash", () => {
  it("is 64 hexadecimal digits and the same for both environments of the shipped pair", () => {
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(behaviourHash(pair.staging.config, pair.staging.contents)).toBe(hash);
  });

  it("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (stream) => {
        const random = () => stream.next().value as number;
        expect(behaviourHash(shuffled(config, random) as Config, contents)).toBe(hash);
      }),
      { numRuns: 50 },
    );
  });

  it("depends on the order of lists: fallbacks are tried in turn", () => {
    const before = withValue(["routes", "support-chat", "fallbacks"], ["economy-chat", "ticket-triage"]);
    const after = withValue(["routes", "support-chat", "fallbacks"], ["ticket-triage", "economy-chat"]);
    expect(behaviourHash(before, contents)).not.toBe(behaviourHash(after, contents));
  });

  const mirrored = values.filter(({ field }) => field.relation === "mirrored" && !field.file);
  const others = values.filter(({ field }) => field.relation !== "mirrored");

  it(`changes with each of the ${mirrored.length} mirrored values`, () => {
    expect(mirrored.length).toBeGreaterThan(150);
    const deaf = mirrored.filter(
      (value) => behaviourHash(withValue(value.path, changed(value)), contents) === hash,
    );
    expect(deaf.map(({ name }) => name)).toEqual([]);
  });

  it(`stays with each of the ${others.length} values that are not mirrored`, () => {
    expect(others.length).toBeGreaterThan(60);
    const heard = others.filter(
      (value) => behaviourHash(withValue(value.path, changed(value)), contents) !== hash,
    );
    expect(heard.map(({ name }) => name)).toEqual([]);
  });

  it.each(values.filter(({ field }) => field.file && field.relation === "mirrored"))(
    "follows the content of $name, not its path",
    ({ path, value }) => {
      const file = String(value);
      const edited: Contents = new Map([...contents, [file, `${contents.get(file)} `]]);
      expect(behaviourHash(config, edited)).not.toBe(hash);
      const moved: Contents = new Map([...contents, ["elsewhere.md", contents.get(file) ?? ""]]);
      expect(behaviourHash(withValue(path, "elsewhere.md"), moved)).toBe(hash);
    },
  );

  it("tells an entry that is gone from one that is empty", () => {
    const { "create-ticket": _, ...rest } = config.behaviour.tools;
    expect(behaviourHash(withValue(["behaviour", "tools"], rest), contents)).not.toBe(hash);
  });
});

describe("the mirrored values", () => {
  it("hold nothing of limits, environment or secrets, and files by content", () => {
    const projected = mirroredValues(config, contents) as Record<string, unknown>;
    expect(Object.keys(projected).sort()).toEqual([
      "acceptance",
      "behaviour",
      "credentials",
      "gateway",
      "models",
      "objectives",
      "residency",
      "routes",
    ]);
    expect(projected.credentials).toEqual({
      anthropic: { provider: "anthropic" },
      openai: { provider: "openai" },
    });
    expect(projected.behaviour).toMatchObject({
      prompts: {
        "ticket-triage": { file: { content: expect.stringContaining("You sort incoming support tickets.") } },
      },
    });
  });
});

describe("the hash of what is shared", () => {
  it("is that of the canonical JSON of the whole, in any order of reading", () => {
    const whole = sha256(canonicalJson(mirroredValues(config, contents)));
    expect(behaviourHash(config, contents)).toBe(whole);
    expect(behaviourHash(config, contents)).toBe(whole);
    const other = new Map([...contents, ["prompts/ticket-triage.md", "Another prompt.\n"]]);
    expect(behaviourHash(config, other)).toBe(sha256(canonicalJson(mirroredValues(config, other))));
    expect(behaviourHash(config, other)).not.toBe(whole);
    expect(behaviourHash(config, contents)).toBe(whole);
  });
});
