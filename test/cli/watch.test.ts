import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { UsageError } from "../../cli/exit";
import { watch } from "../../cli/watch";
import { paint } from "../../review/terminal";

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A watched folder, and what was done and printed. */
function watched(run: (count: number) => number) {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-watch-"));
  dirs.push(dir);
  for (const folder of ["prompts", "node_modules", ".git"]) mkdirSync(join(dir, folder));
  const stop = new AbortController();
  const printed: string[] = [];
  let runs = 0;
  const add = (text: string) => void printed.push(text);
  const done = watch(
    dir,
    async () => run(++runs),
    { out: add, err: add, terminal: false, style: paint(false) },
    stop.signal,
  );
  const save = (path: string) => writeFileSync(join(dir, path), String(Math.random()));
  return { dir, done, printed, stop, save, runs: () => runs };
}

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 200) throw new Error("It did not happen in ten seconds.");
    await pause(50);
  }
}

describe("watching", { timeout: 30_000 }, () => {
  it("runs at once and again after a save, and ends with the last run's code", async () => {
    const { done, stop, save, runs, printed } = watched((count) => (count === 1 ? 0 : 1));
    await until(() => runs() === 1);
    await pause(500);
    save("prompts/one.md");
    await until(() => runs() === 2);
    stop.abort();
    expect(await done).toBe(1);
    expect(printed[0]).toMatch(/^Reviewed in \d+ ms\. Waiting for a save; Ctrl-C ends\.\n$/);
  });

  it("does not look into node_modules and folders that are hidden", async () => {
    const { done, stop, save, runs } = watched(() => 0);
    await until(() => runs() === 1);
    await pause(500);
    save("node_modules/a.js");
    save(".git/index");
    await pause(500);
    expect(runs()).toBe(1);
    save("Pulumi.yaml");
    await until(() => runs() === 2);
    stop.abort();
    expect(await done).toBe(0);
  });

  it("waits out what a person can mend", async () => {
    const { done, stop, save, runs, printed } = watched((count) => {
      if (count === 1) throw new UsageError("policies/config.json is not JSON.");
      return 0;
    });
    await until(() => printed.length === 2);
    expect(printed[0]).toBe("lockstep: policies/config.json is not JSON.\n");
    await pause(500);
    save("Pulumi.yaml");
    await until(() => runs() === 2);
    stop.abort();
    expect(await done).toBe(0);
  });

  it("does not wait out a defect", async () => {
    const { done, save, runs } = watched((count) => {
      if (count === 2) throw new TypeError("a defect");
      return 0;
    });
    await until(() => runs() === 1);
    await pause(500);
    save("Pulumi.yaml");
    await expect(done).rejects.toThrow("a defect");
  });
});
