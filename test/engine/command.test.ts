import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Command, CommandFailed } from "../../engine/command";
import { until } from "./harness";

const dir = mkdtempSync(join(tmpdir(), "lockstep-command-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A "pulumi" that counts the interruptions that it hears, and ends at one of them. */
function pulumiEndingAt(last: number) {
  const [path, heard] = [join(dir, `pulumi-${last}`), join(dir, `heard-${last}`)];
  writeFileSync(
    path,
    `#!${process.execPath}
const fs = require("node:fs");
let count = 0;
process.on("SIGINT", () => {
  fs.writeFileSync(${JSON.stringify(heard)}, String(++count));
  if (count >= ${last}) process.exit(9);
});
setInterval(() => {}, 1000);
fs.writeFileSync(${JSON.stringify(heard)}, "0");
`,
  );
  chmodSync(path, 0o755);
  const command = new Command({ path, version: "3.260.0" }, { PATH: process.env.PATH });
  const ended = command.run(["up"], dir).catch((error) => error);
  const count = () => {
    try {
      return Number(readFileSync(heard, "utf8"));
    } catch {
      return -1;
    }
  };
  return { command, ended, count };
}

it("says once that it should end, and the second time until it is heard", async () => {
  const { command, ended, count } = pulumiEndingAt(4);
  await until("it runs", () => count() === 0);
  command.interrupt();
  await until("it has heard the first", () => count() === 1);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(count()).toBe(1);
  command.interrupt();
  const error = await ended;
  expect(error).toBeInstanceOf(CommandFailed);
  expect([(error as CommandFailed).printed.code, count()]).toEqual([9, 4]);
});

it("kills at the third what hears none", async () => {
  const { command, ended, count } = pulumiEndingAt(1_000_000);
  await until("it runs", () => count() === 0);
  for (let time = 0; time < 3; time++) command.interrupt();
  expect(((await ended) as CommandFailed).printed.code).toBe(-1);
});
