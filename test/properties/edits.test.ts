import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import type { Path } from "../../config/relation";
import { walk } from "../../config/walk";
import { readYaml, toPlain } from "../../config/yaml";
import { removeValue, setValue } from "../../lifecycle/edit";
import { close } from "../../lifecycle/releaseClose";
import { inverse, type PlainChange, releaseText } from "../../lifecycle/releaseText";
import { type Entries, shippedEntries } from "../shipped";
import { production } from "./leaves";

const shippedFiles = shippedEntries();
const configurations = ["Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.production.yaml"];

interface Leaf {
  file: string;
  path: Path;
  value: unknown;
}

function leavesIn(file: string, data: unknown, path: Path): Leaf[] {
  if (Array.isArray(data)) return data.flatMap((item, index) => leavesIn(file, item, [...path, index]));
  if (typeof data !== "object" || data === null) return [{ file, path, value: data }];
  return Object.entries(data).flatMap(([key, inner]) => leavesIn(file, inner, [...path, key]));
}

const textOf = (file: string) => shippedFiles[file] ?? "";
const all = configurations
  .flatMap((file) => {
    const { root } = readYaml(textOf(file), file);
    return root ? leavesIn(file, toPlain(root), []) : [];
  })
  // Written back, what looks like an option gets quotes.
  .filter(({ path }) => path.join(".") !== "runtime.options.nodeargs");

const scalar = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(
    "010",
    "yes",
    "2026-11-01",
    "# no comment",
    "a: b",
    "",
    "x".repeat(300),
    "two\nlines\n",
    "it's",
  ),
);

describe("an edit and its inverse", () => {
  it("leave every byte of the shipped files as it was, where a value is replaced and put back", () => {
    expect(all.length).toBeGreaterThan(350);
    fc.assert(
      fc.property(fc.constantFrom(...all), scalar, fc.boolean(), ({ file, path, value }, other, crlf) => {
        const text = crlf ? textOf(file).replaceAll("\n", "\r\n") : textOf(file);
        const edited = setValue(text, path, other);
        expect(edited === text).toBe(other === value);
        expect(setValue(edited, path, value)).toBe(text);
      }),
      { numRuns: 120 },
    );
  }, 120_000);

  it("leave every byte of them as it was, where a value is added and taken out", () => {
    // Every map that there is, by one of the leaves in it and how far up.
    const maps = all.flatMap(({ file, path }) =>
      path.flatMap((step, depth) => (typeof step === "string" ? [{ file, map: path.slice(0, depth) }] : [])),
    );
    const distinct = [...new Map(maps.map((one) => [`${one.file} ${one.map.join(".")}`, one])).values()];
    expect(distinct.length).toBeGreaterThan(100);
    const value = fc.oneof(scalar, fc.constant({ inner: { deep: [1, "two"] } }), fc.constant([{ a: 1 }]));
    fc.assert(
      fc.property(fc.constantFrom(...distinct), value, ({ file, map }, added) => {
        const at = [...map, "zz-added"];
        const edited = setValue(textOf(file), at, added);
        expect(edited).not.toBe(textOf(file));
        expect(removeValue(edited, at)).toBe(textOf(file));
      }),
      { numRuns: 80 },
    );
  }, 120_000);
});

const closed = "2026-11-21T12:00:00Z";
const text = (id: string, changes: PlainChange[]) =>
  releaseText({ id, owner: "platform team", created: "2026-11-21", state: "open", changes } as never);

/** Both stacks carry a release, and it is closed: the project's files then. */
function released(entries: Entries, id: string, changes: PlainChange[]): Entries | undefined {
  const carrying = (stack: string) => {
    const file = `Pulumi.${stack}.yaml`;
    return { [file]: setValue(entries[file] ?? "", ["config", "lockstep:carries"], [id]) };
  };
  const open = {
    ...entries,
    ...carrying("staging"),
    ...carrying("production"),
    [`releases/${id}/release.yaml`]: text(id, changes),
  };
  const { pair } = loadPair(memoryFiles(open), "production");
  if (pair === undefined) return undefined;
  const written = close(memoryFiles(open), [id], { now: new Date(closed), refusals: [] });
  return { ...open, ...Object.fromEntries(written.map(({ path, after }) => [path, String(after)])) };
}

describe("a release and its inverse", () => {
  /** Numbers and sentences a little other than they are; what does not fit the schema is left out below. */
  const changes = [...walk(production.config)]
    .filter(({ field, value }) => field.relation === "mirrored" && !field.file && typeof value === "number")
    .map(({ name, value }): PlainChange => ({ path: name, from: value, to: Number(value) + 1 }));

  it("give back the bytes of Pulumi.yaml and of both stack files, once both are closed", () => {
    expect(changes.length).toBeGreaterThan(100);
    let closedTwice = 0;
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...changes), { minLength: 1, maxLength: 3 }), (some) => {
        const once = released(shippedFiles, "there", some);
        fc.pre(once !== undefined);
        const { pair } = loadPair(memoryFiles(once), "production");
        const release = pair?.releases.get("there");
        if (release === undefined) throw new Error("the closed release cannot be read");
        expect(pair?.production.behaviourHash).not.toBe(production.behaviourHash);
        expect(once["Pulumi.yaml"]).not.toBe(textOf("Pulumi.yaml"));
        const back = released(once, "back", inverse(release));
        for (const file of configurations) {
          const carried = (name: string) => name.replace(/\n {2}lockstep:carries: \[\]\n/, "");
          expect(carried(back?.[file] ?? "")).toBe(textOf(file));
        }
        closedTwice += 1;
      }),
      { numRuns: 25 },
    );
    expect(closedTwice).toBeGreaterThan(10);
  }, 240_000);
});
