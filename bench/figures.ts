import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { delimiter, join } from "node:path";

/** One line of the result: what was measured, in words, and whether that was the goal. */
export interface Figure {
  what: string;
  value: string;
  goal: string;
  met: boolean;
}

const page = join(__dirname, "..", "docs", "benchmarks.md");

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The machine, as a person compares it with theirs. */
export function machine(): string[] {
  const [processor] = cpus();
  return [
    `${processor?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores`,
    `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `Node ${process.version.slice(1)}`,
  ];
}

/** A tool on the PATH, or where an environment variable says. */
export function findTool(name: string): string | undefined {
  const named = process.env[name.toUpperCase()];
  if (named !== undefined) return named;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((one) => join(one, name)).find((path) => existsSync(path));
}

export const outputOf = (program: string, args: readonly string[]): string =>
  spawnSync(program, args, { encoding: "utf8", timeout: 60_000 }).stdout ?? "";

export function report(figures: readonly Figure[], where: string): string {
  const rows = figures.map(
    ({ what, value, goal, met }) => `| ${what} | ${value} | ${goal} | ${met ? "met" : "missed"} |`,
  );
  return [where, "", "| figure | measured | goal | |", "|---|---|---|---|", ...rows].join("\n");
}

/** Between the two marks of this benchmark in docs/benchmarks.md. */
export function writePage(benchmark: string, text: string): void {
  const [startMark, endMark] = [`<!-- ${benchmark}:start -->`, `<!-- ${benchmark}:end -->`];
  const old = readFileSync(page, "utf8");
  const [start, end] = [old.indexOf(startMark), old.indexOf(endMark)];
  if (start < 0 || end < start) throw new Error(`${page} has no ${startMark} before ${endMark}.`);
  writeFileSync(page, `${old.slice(0, start + startMark.length)}\n\n${text}\n\n${old.slice(end)}`);
}

export const print = (line: string) => process.stdout.write(`${line}\n`);
export const grouped = (count: number) => count.toLocaleString("en-US");
