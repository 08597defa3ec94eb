import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { targets } from "./targets";

const folder = join(__dirname, "cases");
const kept = readdirSync(folder).flatMap((target) =>
  readdirSync(join(folder, target)).map((file) => ({
    target,
    file,
    bytes: readFileSync(join(folder, target, file)),
  })),
);

describe("what the fuzzer once found", () => {
  const known = new Map(targets.map((target) => [target.name, target]));

  // Those of the comparison with Pulumi's reading are in differential.test.ts: they need its CLI.
  it.each(kept.filter(({ target }) => !target.startsWith("pulumi-")))(
    "$target/$file breaks nothing any more",
    ({ target, bytes }) => {
      const found = known.get(target);
      if (found === undefined) throw new Error(`there is no target "${target}"`);
      expect(() => found.run(bytes)).not.toThrow();
    },
    60_000,
  );

  it("is small", () => {
    expect(existsSync(folder)).toBe(true);
    expect(kept.length).toBeGreaterThan(4);
    for (const { file, bytes } of kept) expect([file, bytes.length < 10_000]).toEqual([file, true]);
  });
});

describe("what a run starts from", () => {
  it.each(targets)(
    "is a file that $name takes as it is",
    ({ seeds, run }) => {
      for (const seed of seeds) expect(() => run(seed)).not.toThrow();
    },
    60_000,
  );
});
