import { spawn } from "node:child_process";

export interface Command {
  command: string;
  args: readonly string[];
  cwd: string;
  env?: NodeJS.ProcessEnv;
}

/** Milliseconds: no run may hang the benchmark. */
const timeout = 600_000;

/** Runs a command to its end, which has to be a good one, and returns what it printed. */
export function run({ command, args, cwd, env }: Command): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      ...{ cwd, timeout },
      env: env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const told = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        told[stream] += text;
      });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(told.stdout);
      else
        reject(
          new Error(
            `${command} ${args.slice(0, 4).join(" ")} ended with ${signal ?? code}: ${(told.stderr || told.stdout).slice(-2_000)}`,
          ),
        );
    });
  });
}

/** The seconds of each piece of work, round by round and in turn, so that a busy moment meets them all. */
export async function inTurn(
  works: readonly (() => Promise<unknown>)[],
  rounds: number,
): Promise<number[][]> {
  const times = works.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, work] of works.entries()) {
      const started = performance.now();
      await work();
      times[index]?.push((performance.now() - started) / 1_000);
    }
  return times;
}

/** One to another, of the two runs that followed each other. */
export const ratios = (ours: readonly number[], theirs: readonly number[]): number[] =>
  ours.map((one, index) => one / (theirs[index] ?? Number.NaN));
