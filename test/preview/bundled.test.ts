import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Bundled } from "../../preview/bundled";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "lockstep-bundled-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Evaluations by a bundle of one line, in which `tell` writes the result. */
function bundled(code: string, timeoutMs = 30_000): Bundled {
  const bundle = join(dir, "stack.js");
  const tell = `const tell = (value) => require("node:fs").writeFileSync(3, JSON.stringify(value));`;
  writeFileSync(bundle, `${tell}\n${code}`);
  return new Bundled({ bundle, projectDir: dir, packDir: join(dir, "policies"), timeoutMs });
}

it("gives back what the bundle found out about a stack, which it is started for once", async () => {
  const log = join(dir, "started");
  const one = bundled(
    `require("node:fs").appendFileSync(${JSON.stringify(log)}, "started"); tell(process.argv.slice(2).concat(process.cwd()));`,
  );
  const [first, second] = await Promise.all([one.evaluate("staging"), one.evaluate("staging")]);
  expect(first).toEqual([dir, join(dir, "policies"), "staging", dir]);
  expect(second).toBe(first);
  expect(readFileSync(log, "utf8")).toBe("started");
});

it.each([
  ["ends with an error after its result", "tell({}); process.exit(1);"],
  ["throws after its result", "tell({}); throw new Error('late');"],
  ["has an error that nobody caught", "tell({}); process.exitCode = 32;"],
  ["ends without a result", "process.exit(0);"],
  ["is killed", "tell({}); process.kill(process.pid, 'SIGKILL');"],
  ["is not there", ""],
])("has no result of a bundle that %s", async (name, code) => {
  const one = bundled(code);
  if (name === "is not there") rmSync(join(dir, "stack.js"));
  expect(await one.evaluate("staging")).toBeUndefined();
});

it("ends what takes too long, and says so", async () => {
  const one = bundled("tell({}); setInterval(() => {}, 1_000);", 300);
  await expect(one.evaluate("staging")).rejects.toThrow("Evaluating staging took longer than 0.3 seconds.");
});

it("ends what nobody wants any more", async () => {
  const one = bundled("setInterval(() => {}, 1_000);");
  const result = one.evaluate("staging");
  one.stop();
  expect(await result).toBeUndefined();
});
