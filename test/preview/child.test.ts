import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Child } from "../../preview/child";
import { root } from "../project";

/** A process that starts a child with `Child`, prints the child's id and then does `next`. */
const parent = (next: string) => `
  const { Child } = require(${JSON.stringify(join(root, "preview", "child.ts"))});
  const child = new Child({ args: ["-e", "console.log(process.pid); setInterval(() => {}, 1000)"], cwd: ".", env: process.env });
  child.onOutput((text) => { process.stdout.write(text); ${next} });`;

interface End {
  child: number;
  code: number | null;
  signal: NodeJS.Signals | null;
}

function run(next: string, signal?: NodeJS.Signals): Promise<End> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, ["--require", "tsx/cjs", "--eval", parent(next)], {
      cwd: root,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let child = 0;
    process_.stdout.setEncoding("utf8").on("data", (text: string) => {
      child = Number(text);
      if (signal) process_.kill(signal);
    });
    process_.on("error", reject);
    process_.on("close", (code, by) => resolve({ child, code, signal: by }));
  });
}

/** Whether a process ends within five seconds. */
async function gone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      process.kill(pid, 0);
      // Dead, but nobody has asked for its exit code yet.
      if (readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")) return true;
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.kill(pid, "SIGKILL");
  return false;
}

it.each<NodeJS.Signals>(["SIGTERM", "SIGINT", "SIGHUP"])(
  "%s ends a child with its parent",
  async (signal) => {
    const end = await run("", signal);
    expect(end).toMatchObject({ code: null, signal });
    expect(await gone(end.child)).toBe(true);
  },
);

it.each([
  ["process.exit(7);", 7],
  [`throw new Error("expected here");`, 1],
])("a child ends with its parent that ends by %s", async (next, code) => {
  const end = await run(next);
  expect(end).toMatchObject({ code, signal: null });
  expect(await gone(end.child)).toBe(true);
});

it.runIf(process.platform === "linux")(
  "takes a configuration as long as a variable may be, and says so of a longer one",
  async () => {
    const child = (length: number) =>
      new Child({ args: ["-e", ""], cwd: ".", env: { PULUMI_CONFIG: "x".repeat(length) } });
    expect((await child(130_000).exited()).code).toBe(0);
    expect(() => child(140_000)).toThrow(
      "The stack's configuration is 137 KiB long; Pulumi hands it to programs and packs in one variable of the environment, which Linux limits to 128 KiB. Fewer routes or teams in one project are the remedy.",
    );
  },
);

it("gives back the result of a child that prints as well, whole", async () => {
  const child = new Child({
    args: [
      "-e",
      'console.log("printed"); require("node:fs").writeFileSync(3, "é".repeat(2_000_000)); process.exit()',
    ],
    ...{ cwd: root, env: process.env, result: true },
  });
  expect(await child.exited()).toEqual({ code: 0, signal: null });
  expect([child.stdout, child.result === "é".repeat(2_000_000)]).toEqual(["printed\n", true]);
});
