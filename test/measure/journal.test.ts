import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Journal, JournalError } from "../../measure/journal";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-journal-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const heading = { kind: "load", hash: "ab", settings: { rate: 3, routes: ["a"] } };

it("keeps what was measured, for a run with the same heading whatever the order of its keys", () => {
  const path = join(folder, "new", "load.jsonl");
  const first = new Journal<{ n: number }>(path, heading);
  expect(first.earlier).toEqual([]);
  first.add({ n: 1 });
  first.add({ n: 2 });
  const same = { settings: { routes: ["a"], rate: 3 }, hash: "ab", kind: "load" };
  expect(new Journal(path, same).earlier).toEqual([{ n: 1 }, { n: 2 }]);
});

it("is empty until something was measured, by an earlier run or by this one", () => {
  const path = join(folder, "empty.jsonl");
  const first = new Journal<{ n: number }>(path, heading);
  expect([first.empty, new Journal(path, heading).empty]).toEqual([true, true]);
  first.add({ n: 1 });
  expect([first.empty, new Journal(path, heading).empty]).toEqual([false, false]);
});

it("is not that of another behaviour, or of other settings", () => {
  const path = join(folder, "other.jsonl");
  new Journal(path, heading).add({ n: 1 });
  expect(() => new Journal(path, { ...heading, hash: "cd" })).toThrow(JournalError);
  expect(() => new Journal(path, { ...heading, hash: "cd" })).toThrow(
    `${path} is the journal of another measurement: another behaviour, or other settings. Delete it, or name another one with --journal.`,
  );
});

it("drops a last line that was cut off, and goes on behind what is whole", () => {
  const path = join(folder, "cut.jsonl");
  new Journal(path, heading).add({ n: 1 });
  appendFileSync(path, '{"n":2');
  const next = new Journal<{ n: number }>(path, heading);
  expect(next.earlier).toEqual([{ n: 1 }]);
  next.add({ n: 3 });
  expect(readFileSync(path, "utf8").split("\n").slice(1)).toEqual(['{"n":1}', '{"n":3}', ""]);
});

it("is refused where a line in it is no JSON", () => {
  const path = join(folder, "broken.jsonl");
  new Journal(path, heading).add({ n: 1 });
  const text = readFileSync(path, "utf8");
  writeFileSync(path, `${text}nothing\n{"n":2}\n`);
  expect(() => new Journal(path, heading)).toThrow(
    `${path}:3 is no JSON: delete the journal to begin again.`,
  );
});

it("says that it cannot be written any more, and keeps what is in it", () => {
  const path = join(folder, "gone", "load.jsonl");
  const one = new Journal<{ n: number }>(path, heading);
  one.add({ n: 1 });
  renameSync(join(folder, "gone"), join(folder, "elsewhere"));
  expect(() => one.add({ n: 2 })).toThrow(
    new JournalError(
      `${path} cannot be written any more (ENOENT): what is in it is kept, and the same command goes on from there.`,
    ),
  );
  renameSync(join(folder, "elsewhere"), join(folder, "gone"));
  expect(new Journal(path, heading).earlier).toEqual([{ n: 1 }]);
});
