/**
 * `make bench-load`: what it takes `lockstep evidence load` to send 500 requests a second, beside k6, both in turn
 * against the same stub. Prints the figures, and writes them to docs/benchmarks.md unless they are a try.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { memoryFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { readPart } from "../measure/load/part";
import { percentile } from "../measure/statistics";
import { type Figure, findTool, machine, median, outputOf, print, report, writePage } from "./figures";
import { shippedEntries, writeEntries } from "./pairs";

const lockstep = join(__dirname, "..", "dist", "lockstep.js");
const installK6 = "go install go.k6.io/k6@v1.8.1";

const { values: options } = parseArgs({
  options: {
    /** Few seconds and runs, for trying; the page is left as it is. */
    quick: { type: "boolean", default: false },
    /** Ends with 0 whatever the figures are. */
    "no-goals": { type: "boolean", default: false },
  },
});
const rate = 500;
const { runs, seconds } = options.quick ? { runs: 1, seconds: 5 } : { runs: 5, seconds: 25 };
const goals = { cores: 0.5, ratio: 1, rateShare: 0.99, lateSeconds: 0.02 };

/** What one run took. */
interface Run {
  /** User and system, of the whole process: its start and its end too. */
  cpuSeconds: number;
  stubCpuSeconds: number;
  /** As the requests came to the stub. */
  perSecond: number;
  lateP99Seconds: number;
}

/** The shipped project, which asks for as many requests as it takes. */
function project(folder: string): string {
  const entries = shippedEntries();
  const asked = "        minRequests: 5000\n        maxFirst";
  const text = entries["Pulumi.yaml"] ?? "";
  if (!text.includes(asked)) throw new Error("Pulumi.yaml asks for another number of requests.");
  entries["Pulumi.yaml"] = text.replace(asked, asked.replace("5000", String(rate * seconds)));
  const { pair } = loadPair(memoryFiles(entries), "staging");
  if (pair === undefined) throw new Error("The shipped pair cannot be read.");
  const requests = Object.keys(pair.staging.config.routes).map((model) => JSON.stringify(request(model)));
  writeEntries(folder, { ...entries, "requests.jsonl": requests.join("\n") });
  return pair.staging.behaviourHash;
}

const request = (model: string) => ({ model, messages: [{ role: "user", content: "Where is my parcel?" }] });

/** Where the shell's own clock says what a process and its children took. */
const timed = ["-c", 'TIMEFORMAT="taken %U %S"; time "$@"', "bash"];

async function run(stub: string, command: string[], cwd: string, env: Record<string, string>) {
  await taken(stub);
  const before = await taken(stub);
  const child = spawn("bash", [...timed, ...command], {
    cwd,
    env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), NO_COLOR: "1", LC_ALL: "C", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const [, user, system] = /taken ([\d.]+) ([\d.]+)\s*$/.exec(stderr) ?? [];
  if (code !== 0 || user === undefined || system === undefined)
    throw new Error(`${command.slice(0, 4).join(" ")} ended with ${code}: ${stderr.slice(0, 2_000)}`);
  const { cpuSeconds, arrivals } = await taken(stub);
  return {
    stdout,
    arrivals,
    cpuSeconds: Number(user) + Number(system),
    stubCpuSeconds: cpuSeconds - before.cpuSeconds,
  };
}

async function taken(stub: string): Promise<{ cpuSeconds: number; arrivals: number[] }> {
  return (await (await fetch(`${stub}/taken`)).json()) as { cpuSeconds: number; arrivals: number[] };
}

/** Its own lateness is in the part that a pod writes. */
async function own(stub: string, cwd: string, index: number): Promise<Run> {
  const part = join(cwd, `part-${index}.json`);
  const args = ["--peak", String(rate / 3), "--multiples", "3", "--requests", "requests.jsonl"];
  const { arrivals, ...rest } = await run(
    stub,
    [
      process.execPath,
      lockstep,
      "evidence",
      "load",
      ...args,
      "--providers",
      "stub",
      "--pod",
      "1/1",
      "--output",
      part,
    ],
    cwd,
    { LOCKSTEP_GATEWAY_URL: stub, LOCKSTEP_GATEWAY_KEY: "sk-stub" },
  );
  const [step] = readPart(readFileSync(part, "utf8"), part).steps;
  if (step === undefined || step.errors > 0 || step.requests !== rate * seconds)
    throw new Error("The own generator did not send what it should have, or not all was answered.");
  // Caches are warmed by three requests before.
  return {
    ...rest,
    perSecond: rateOf(arrivals.slice(-step.requests)),
    lateP99Seconds: step.late.percentile(0.99),
  };
}

/** Its schedule is a grid: how late each request came, against the one that came earliest. */
async function k6(command: string, stub: string, cwd: string): Promise<Run> {
  const env = { RATE: String(rate), SECONDS: String(seconds), URL: stub };
  const body = JSON.stringify({
    ...request("support-chat"),
    stream: true,
    stream_options: { include_usage: true },
  });
  const script = join(__dirname, "k6", "load.js");
  const { arrivals, stdout, ...rest } = await run(
    stub,
    [command, "run", "--no-usage-report", "--quiet", script],
    cwd,
    { ...env, BODY: body },
  );
  if (!/checks_failed[^\n]* 0 out of/.test(stdout)) throw new Error("Not all that k6 sent was answered.");
  const [, dropped] = /dropped_iterations[.: ]+(\d+)/.exec(stdout) ?? [];
  if (dropped !== undefined) print(`k6 dropped ${dropped} iterations: all of its VUs were waiting.`);
  const late = arrivals.map((time, index) => time - (index * 1000) / rate);
  const earliest = late.reduce((low, one) => Math.min(low, one), Number.POSITIVE_INFINITY);
  const p99 = percentile(
    late.map((one) => (one - earliest) / 1000),
    0.99,
  );
  return { ...rest, perSecond: rateOf(arrivals), lateP99Seconds: p99 };
}

const rateOf = (times: readonly number[]): number =>
  ((times.length - 1) * 1000) / ((times.at(-1) ?? 0) - (times[0] ?? 0));

/** Both in turn, so that a busy moment meets them both. */
async function measured(folder: string, stub: string): Promise<Figure[]> {
  const tool = findTool("k6");
  if (tool === undefined)
    print(`k6 is neither on the PATH nor named by K6, so nothing is compared with it: ${installK6}`);
  const [ours, theirs]: [Run[], Run[]] = [[], []];
  for (let index = 0; index < runs; index++) {
    ours.push(await own(stub, folder, index));
    print(`lockstep ${told(ours.at(-1))}`);
    if (tool === undefined) continue;
    theirs.push(await k6(tool, stub, folder));
    print(`k6       ${told(theirs.at(-1))}`);
  }
  const of = (all: readonly Run[], name: keyof Run) => median(all.map((one) => one[name]));
  const cores = of(ours, "cpuSeconds") / seconds;
  const late = of(ours, "lateP99Seconds");
  const achieved = of(ours, "perSecond");
  const ratio = median(theirs.map((one, index) => (ours[index]?.cpuSeconds ?? Number.NaN) / one.cpuSeconds));
  const beside = (text: string) => (tool === undefined ? "" : ` (k6: ${text})`);
  return [
    {
      what: `CPU time of the generator at ${rate} requests a second for ${seconds} s, whole process (median of ${runs})`,
      value: `${cores.toFixed(2)} of a core${beside((of(theirs, "cpuSeconds") / seconds).toFixed(2))}; the stub ${(of(ours, "stubCpuSeconds") / seconds).toFixed(2)}`,
      goal: `at most ${goals.cores} of a core`,
      met: cores <= goals.cores,
    },
    ...(tool === undefined
      ? []
      : [
          {
            what: `CPU time against k6's, run by run (median of ${runs})`,
            value: `${ratio.toFixed(2)} times (${of(ours, "cpuSeconds").toFixed(1)} s to ${of(theirs, "cpuSeconds").toFixed(1)} s)`,
            goal: `at most ${goals.ratio} times`,
            met: ratio <= goals.ratio,
          },
        ]),
    {
      what: `Requests a second, as they came to the stub (median of ${runs})`,
      value: `${achieved.toFixed(1)}${beside(of(theirs, "perSecond").toFixed(1))}`,
      goal: `at least ${goals.rateShare * rate}`,
      met: achieved >= goals.rateShare * rate,
    },
    {
      what: `Lateness of sending, 99th percentile (median of ${runs})`,
      value: `${milliseconds(late)}${beside(milliseconds(of(theirs, "lateP99Seconds")))}`,
      goal: `at most ${milliseconds(goals.lateSeconds)}`,
      met: late <= goals.lateSeconds,
    },
  ];
}

const told = (one: Run | undefined): string =>
  one === undefined
    ? ""
    : `${one.cpuSeconds.toFixed(2)} s of CPU, stub ${one.stubCpuSeconds.toFixed(2)} s; ${one.perSecond.toFixed(1)} a second; late by ${milliseconds(one.lateP99Seconds)} at p99`;

const milliseconds = (value: number) => `${(value * 1_000).toFixed(1)} ms`;

function where(): string {
  const tool = findTool("k6");
  const [, version] = /v(\d+\.\d+\.\d+)/.exec(tool === undefined ? "" : outputOf(tool, ["version"])) ?? [];
  return [
    ...machine(),
    tool === undefined ? "without k6" : `k6 ${version ?? "of unknown version"}`,
    new Date().toISOString().slice(0, 10),
  ].join("; ");
}

async function started(hash: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ["--require", "tsx/cjs", join(__dirname, "loadStub.ts"), hash], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const url of createInterface({ input: child.stdout })) return { child, url };
  throw new Error("The stub did not start.");
}

async function main(): Promise<void> {
  if (!existsSync(lockstep)) throw new Error(`${lockstep} is missing: node scripts/build.mjs`);
  const machineOf = where();
  print(machineOf);
  const folder = mkdtempSync(join(tmpdir(), "lockstep-bench-"));
  const { child, url } = await started(project(folder));
  try {
    const figures = await measured(folder, url);
    for (const { what, value, goal, met } of figures)
      print(`${met ? "met   " : "missed"} ${what}: ${value}; goal: ${goal}`);
    if (!options.quick) writePage("bench-load", report(figures, machineOf));
    if (!options["no-goals"] && figures.some(({ met }) => !met)) process.exitCode = 1;
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
