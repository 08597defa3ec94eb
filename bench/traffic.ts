/**
 * `make bench-traffic`: how long `lockstep evidence traffic` takes to count ten million records of a request log, as a
 * ratio to pandas, which counts the same in turn with it. Writes the figures to docs/benchmarks.md unless they are a try.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { languagePatterns } from "../measure/traffic/language";
import { from, until, writeRecords } from "./traffic/records";

const root = join(__dirname, "..");
const page = join(root, "docs", "benchmarks.md");
const [startMark, endMark] = ["<!-- bench-traffic:start -->", "<!-- bench-traffic:end -->"];
const venv = join(root, "node_modules", ".cache", "pandas", "venv");
const python = join(venv, "bin", "python");
const pandasVersion = "3.1.1";

const { values: options } = parseArgs({
  options: {
    /** Few records and runs, for trying; the page is left as it is. */
    quick: { type: "boolean", default: false },
    /** Ends with 0 whatever the figures are. */
    "no-goals": { type: "boolean", default: false },
  },
});
const sizes = options.quick
  ? { records: 200_000, files: 4, runs: 3, pandasRuns: 3 }
  : // pandas takes a quarter of an hour and more.
    { records: 10_000_000, files: 40, runs: 3, pandasRuns: 1 };
const goals = { pandas: 0.5, peakMib: 2_048 };
const bytesPerRecord = 1_700;

interface Counted {
  seconds: number;
  peakBytes: number;
  bins: Record<string, Record<string, number>>;
}

interface Figure {
  what: string;
  value: string;
  goal: string;
  met: boolean;
}

function run(command: string, args: readonly string[]): Counted {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    timeout: 3_600_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error === undefined && status === 0) return JSON.parse(stdout) as Counted;
  throw new Error(
    `${command}: ${error?.message ?? `ended with ${signal ?? status}: ${stderr.slice(-2_000)}`}`,
  );
}

/** pandas in an environment of its own; undefined where this machine cannot have one. */
function pandas(): string | undefined {
  const version = () =>
    spawnSync(python, ["-c", "import pandas; print(pandas.__version__)"], {
      encoding: "utf8",
    }).stdout?.trim();
  if (existsSync(python) && version() === pandasVersion) return pandasVersion;
  spawnSync("python3", ["-m", "venv", venv], { stdio: "ignore" });
  spawnSync(python, ["-m", "pip", "install", "--quiet", `pandas==${pandasVersion}`], { stdio: "ignore" });
  return version() === pandasVersion ? pandasVersion : undefined;
}

function measured(folder: string, withPandas: boolean): Figure[] {
  const own = () =>
    run(process.execPath, ["--require", "tsx/cjs", join("bench", "traffic", "duckdb.ts"), folder]);
  const other = () =>
    run(python, [
      join("bench", "traffic", "count.py"),
      folder,
      String(from),
      String(until),
      JSON.stringify(languagePatterns),
    ]);
  const ours: Counted[] = [];
  const theirs: Counted[] = [];
  for (let round = 0; round < sizes.runs; round++) {
    ours.push(own());
    print(`round ${round + 1}: DuckDB ${seconds(ours.at(-1)?.seconds ?? 0)}`);
    if (!withPandas || round >= sizes.pandasRuns) continue;
    theirs.push(other());
    print(`round ${round + 1}: pandas ${seconds(theirs.at(-1)?.seconds ?? 0)}`);
  }
  const time = median(ours.map((one) => one.seconds));
  const peak = Math.max(...ours.map(({ peakBytes }) => peakBytes)) / 1024 ** 2;
  const times = `median of ${sizes.runs}${sizes.pandasRuns === 1 && withPandas ? ", and one run of pandas" : ""}`;
  const records = `${grouped(sizes.records)} records (${times})`;
  const memory = {
    what: "Peak of resident memory while they are counted",
    value: `${grouped(Math.round(peak))} MiB${theirs.length === 0 ? "" : `; pandas ${grouped(Math.round(Math.max(...theirs.map(({ peakBytes }) => peakBytes)) / 1024 ** 2))} MiB`}`,
    goal: `at most ${grouped(goals.peakMib)} MiB`,
    met: peak <= goals.peakMib,
  };
  if (theirs.length === 0)
    return [
      {
        what: `Counting ${records}`,
        value: `${seconds(time)}; not compared: pandas is missing`,
        goal: "compared",
        met: false,
      },
      memory,
    ];
  const otherTime = median(theirs.map((one) => one.seconds));
  const differing = differences(ours[0], theirs[0]);
  return [
    {
      what: `Counting ${records} against pandas in two processes on the same files`,
      value: `${(time / otherTime).toFixed(2)} times (${seconds(time)} to ${seconds(otherTime)})`,
      goal: `at most ${goals.pandas} times`,
      met: time / otherTime <= goals.pandas,
    },
    memory,
    {
      what: "What both have counted",
      value: `${grouped(Object.values(ours[0]?.bins ?? {}).reduce((sum, bins) => sum + Object.keys(bins).length, 0))} counts; ${differing} differ`,
      goal: "the same",
      met: differing === 0,
    },
  ];
}

function differences(ours: Counted | undefined, theirs: Counted | undefined): number {
  let differing = 0;
  const columns = new Set([...Object.keys(ours?.bins ?? {}), ...Object.keys(theirs?.bins ?? {})]);
  for (const column of columns) {
    const [own = {}, other = {}] = [ours?.bins[column], theirs?.bins[column]];
    for (const bin of new Set([...Object.keys(own), ...Object.keys(other)])) {
      if (own[bin] === other[bin]) continue;
      if (differing++ < 10) print(`${column} ${bin}: ${own[bin]} of DuckDB's, ${other[bin]} of pandas'`);
    }
  }
  return differing;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function machine(pandasFound: string | undefined): string {
  const [processor] = cpus();
  const duckdb = JSON.parse(
    readFileSync(join(root, "node_modules", "@duckdb", "node-api", "package.json"), "utf8"),
  ) as { version: string };
  return [
    `${processor?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores`,
    `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `Node ${process.version.slice(1)}`,
    `DuckDB ${duckdb.version}`,
    pandasFound === undefined ? "without pandas" : `pandas ${pandasFound}`,
    `load at the start ${loadavg()[0]?.toFixed(2)}`,
    new Date().toISOString().slice(0, 10),
  ].join("; ");
}

function writePage(figures: readonly Figure[], where: string): void {
  const rows = figures.map(
    ({ what, value, goal, met }) => `| ${what} | ${value} | ${goal} | ${met ? "met" : "missed"} |`,
  );
  const text = [where, "", "| figure | measured | goal | |", "|---|---|---|---|", ...rows].join("\n");
  const old = readFileSync(page, "utf8");
  const [start, end] = [old.indexOf(startMark), old.indexOf(endMark)];
  if (start < 0 || end < start) throw new Error(`${page} has no ${startMark} before ${endMark}.`);
  writeFileSync(page, `${old.slice(0, start + startMark.length)}\n\n${text}\n\n${old.slice(end)}`);
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const grouped = (count: number) => count.toLocaleString("en-US");
const seconds = (value: number) => `${grouped(Number(value.toPrecision(3)))} s`;

function main(): void {
  const found = pandas();
  if (found === undefined) print("pandas cannot be installed here, so nothing is compared with it.");
  const folder = mkdtempSync(join(tmpdir(), "lockstep-bench-traffic-"));
  // An interrupt ends the running command, which ends the benchmark, and the folder is removed.
  process.on("SIGINT", () => {});
  try {
    const { bavail, bsize } = statfsSync(folder);
    const needed = 1.2 * sizes.records * bytesPerRecord;
    if (bavail * bsize < needed)
      throw new Error(`${folder} needs ${grouped(Math.ceil(needed / 1024 ** 3))} GiB of disk.`);
    const where = machine(found);
    print(where);
    const log = join(folder, "requests");
    writeRecords(log, sizes.records, sizes.files);
    const bytes = readdirSync(log).reduce((sum, name) => sum + statSync(join(log, name)).size, 0);
    print(`${grouped(sizes.records)} records, ${(bytes / 1024 ** 3).toFixed(1)} GiB`);
    const figures = measured(log, found !== undefined);
    for (const { what, value, goal, met } of figures)
      print(`${met ? "met   " : "missed"} ${what}: ${value}; goal: ${goal}`);
    if (!options.quick)
      writePage(
        figures,
        `${where}; ${(bytes / 1024 ** 3).toFixed(1)} GiB of JSON lines in ${sizes.files} files`,
      );
    if (!options["no-goals"] && figures.some(({ met }) => !met)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
