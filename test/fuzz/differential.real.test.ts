import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { differential, disagreement, ours } from "./differential";
import { findPulumi } from "./pulumi";

const pulumi = findPulumi();
if (pulumi === undefined)
  process.stdout.write("skipped: Pulumi's own reading: no Pulumi CLI answers on the PATH.\n");
afterAll(() => pulumi?.remove());

const project = Buffer.from("name: lockstep\nruntime: nodejs\n");
const stack = (value: string) => Buffer.from(`config:\n  table:a: ${value}\n`);

/** What the CLI says of a value: its text, or that it refuses the file. */
function read(value: string): string {
  const said = pulumi?.config(project, stack(value));
  return said === undefined ? "refused" : (said["table:a"]?.value ?? "nothing");
}

/** Seen with Pulumi 3.260: what the spelling says to it, where a person or another reader takes it otherwise. */
const hostile: readonly [string, string][] = [
  ["010", "8"],
  ["-017", "-15"],
  ["089", "89"],
  ["0o10", "8"],
  ["0b101", "5"],
  ["0x1F", "31"],
  ["0x_1F", "31"],
  ["1_000", "1000"],
  ["1_", "1"],
  ["+1", "1"],
  ["-0", "0"],
  ["1e3", "1000"],
  ["1.", "1"],
  [".5", "0.5"],
  ["01.5", "1.5"],
  [".inf", "refused"],
  [".NaN", "refused"],
  ["1e999", "1e999"],
  ["0.10000000000000001", "0.1"],
  ["123456789012345678901", "123456789012345680000"],
  ["1:30", "1:30"],
  ["2026-11-01", "2026-11-01 00:00:00 +0000 UTC"],
  ["2026-02-30", "2026-02-30"],
  ["yes", "yes"],
  ["off", "off"],
  ["Null", ""],
  ["!!str 5", "5"],
  ["!!int '5'", "5"],
  ["!!binary aGk=", "hi"],
  ["&a 1", "1"],
  ["{<<: {a: 1}}", '{"a":1}'],
  ["{a: 1, a: 2}", "refused"],
  ["{1: a}", '{"1":"a"}'],
  ["{secure: 5}", '{"secure":5}'],
  ['"\\/"', "refused"],
  ['"\\ud83d\\ude00"', "refused"],
  ["{x: 2026-11-01}", '{"x":"2026-11-01 00:00:00 +0000 UTC"}'],
  ["[010, 1_0]", "[8,10]"],
];

/** The nearest spellings that say one thing to everybody. */
const plain: readonly [string, string][] = [
  ["10", "10"],
  ["-3.0", "-3"],
  ["1.50", "1.5"],
  ["0.0000001", "1e-7"],
  ["9007199254740991", "9007199254740991"],
  ["20261101", "20261101"],
  ["80:80", "80:80"],
  ["1,000", "1,000"],
  ["_1", "_1"],
  ["=", "="],
  ["~", ""],
  ["True", "true"],
  ['"010"', "010"],
  ["'yes'", "yes"],
  ['"\\x41"', "A"],
  ["{__proto__: 1}", '{"__proto__":1}'],
  ["{constructor: 1}", '{"constructor":1}'],
  ["[~, 1.0, é]", '[null,1,"é"]'],
];

describe.skipIf(pulumi === undefined)("a value in a stack file", () => {
  it.each(hostile)("%s is %s to Pulumi, and refused here", (value, said) => {
    expect(read(value)).toBe(said);
    expect(ours(project, stack(value))).toBeUndefined();
  });

  it.each(plain)("%s is %s to Pulumi, and the same here", (value, said) => {
    expect(read(value)).toBe(said);
    expect(ours(project, stack(value))).toEqual({ "table:a": { value: said, secret: false } });
  });
});

describe.skipIf(pulumi === undefined)("the comparison of the two readings", () => {
  const [projectTarget, stackTarget] = pulumi ? differential(pulumi) : [];

  it("finds nothing in the shipped files, which are compared whole", () => {
    for (const target of [projectTarget, stackTarget]) {
      const [seed] = target?.seeds ?? [];
      expect(() => target?.run(seed ?? new Uint8Array())).not.toThrow();
    }
    const root = join(__dirname, "..", "..");
    const [shared, own] = ["Pulumi.yaml", "Pulumi.staging.yaml"].map((file) =>
      readFileSync(join(root, file)),
    );
    if (shared === undefined || own === undefined) throw new Error("the shipped files cannot be read");
    const theirs = pulumi?.config(shared, own) ?? {};
    const mine = ours(shared, own) ?? {};
    expect(Object.keys(mine).length).toBeGreaterThan(8);
    expect(Object.keys(theirs).sort()).toEqual(Object.keys(mine).sort());
    expect(disagreement({ ...mine, "lockstep:more": { value: "1", secret: false } }, theirs)?.key).toBe(
      "lockstep:more",
    );
  });

  const folder = join(__dirname, "cases");
  const kept = readdirSync(folder).filter((name) => name.startsWith("pulumi-"));
  it("finds nothing any more in what it once found", () => {
    for (const name of kept) {
      const target = name === projectTarget?.name ? projectTarget : stackTarget;
      for (const file of readdirSync(join(folder, name)))
        expect(() => target?.run(readFileSync(join(folder, name, file)))).not.toThrow();
    }
    expect(existsSync(folder)).toBe(true);
  });
});

describe("two readings", () => {
  const said = (value: string) => ({ a: { value, secret: false } });

  it.each([
    ["another value", said("8"), said("10")],
    ["a key more", said("8"), {}],
    ["a key less", {}, said("8")],
    ["a secret on one side", said("8"), { a: { secret: true } }],
    ["another item", said("[1]"), { a: { value: "[2]", objectValue: [2], secret: false } }],
    ["a list that is a text", said("[1]"), said("[1] ")],
  ])("differ by %s", (_, mine, theirs) => {
    expect(disagreement(mine, theirs)?.key).toBe("a");
  });

  it("agree where Go writes characters of JSON as escapes, and about what is encrypted", () => {
    const escaped = { a: { value: '["\\u003cb\\u003e"]', objectValue: ["<b>"], secret: false } };
    expect(disagreement(said('["<b>"]'), escaped)).toBeUndefined();
    expect(disagreement({ a: { secret: true } }, { a: { secret: true } })).toBeUndefined();
  });
});
