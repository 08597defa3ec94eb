/**
 * `make bench-review`: how long `lockstep review` takes, always as a ratio to something else that ran in turn with
 * it on the same machine. Prints the figures, and writes them to docs/benchmarks.md unless they are a try.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type Figure,
  findTool,
  grouped,
  machine,
  median,
  outputOf,
  print,
  report,
  writePage,
} from "./figures";
import { breakages, type Entries, pairsProject, routesProject, shippedEntries, writeEntries } from "./pairs";

const root = join(__dirname, "..");
const lockstep = join(root, "dist", "lockstep.js");
const policy = join(__dirname, "rego");
const installConftest = "go install github.com/open-policy-agent/conftest@v0.71.1";

const { values: options } = parseArgs({
  options: {
    /** Small sizes and few runs, for trying; the page is left as it is. */
    quick: { type: "boolean", default: false },
    /** Ends with 0 whatever the figures are. */
    "no-goals": { type: "boolean", default: false },
  },
});
const sizes = options.quick
  ? { starts: 5, pairs: 68, runs: 5, routes: [10, 100, 300] }
  : { starts: 15, pairs: 1_000, runs: 5, routes: [10, 100, 1_000, 6_000] };
const goals = { coldStart: 2.5, conftest: 0.5, exponent: 1.1 };

interface Command {
  command: string;
  args: readonly string[];
  cwd: string;
}

/** Milliseconds: no run may hang the benchmark. */
const timeout = 600_000;
const environment = {
  PATH: process.env.PATH ?? "",
  HOME: tmpdir(),
  NO_COLOR: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
};

/** What a command prints. Findings are no failure: both tools end with 1 then. */
function run({ command, args, cwd }: Command): string {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    timeout,
    env: environment,
    encoding: "utf8",
    maxBuffer: 512 * 1024 * 1024,
  });
  if (error === undefined && (status === 0 || status === 1) && stderr === "") return stdout;
  const why = error?.message ?? `it ended with ${signal ?? status}: ${stderr.slice(0, 2_000)}`;
  throw new Error(`${command} ${args.slice(0, 4).join(" ")}: ${why}`);
}

/** Median times in seconds, the commands run in turn so that a busy moment meets them all. */
function medians(commands: readonly Command[], runs: number): number[] {
  const times = commands.map((): number[] => []);
  for (let round = 0; round < runs; round++) {
    for (const [index, command] of commands.entries()) {
      const started = performance.now();
      run(command);
      times[index]?.push((performance.now() - started) / 1_000);
    }
  }
  return times.map(median);
}

const review = (cwd: string, ...args: string[]): Command => ({
  command: process.execPath,
  args: [lockstep, "review", ...args],
  cwd,
});

function coldStart(folder: string): Figure {
  const cwd = committed(join(folder, "shipped"), shippedEntries());
  const commands = [{ command: process.execPath, args: ["-e", "0"], cwd }, review(cwd, "--base", "HEAD")];
  // Once unmeasured, so that both find their files in the system's cache.
  medians(commands, 1);
  const [node = 0, own = 0] = medians(commands, sizes.starts);
  const ratio = own / node;
  return {
    what: `Cold start: a review of the shipped pair against \`node -e 0\`, whole processes (median of ${sizes.starts})`,
    value: `${ratio.toFixed(2)} times (${milliseconds(own)} to ${milliseconds(node)})`,
    goal: `at most ${goals.coldStart} times`,
    met: ratio <= goals.coldStart,
  };
}

/** The shipped pair many times over is committed; the broken ones among them stand in the working tree. */
function manyPairs(folder: string): Figure[] {
  const conftest = findTool("conftest");
  if (conftest === undefined) {
    print(
      `conftest is neither on the PATH nor named by CONFTEST, so nothing is compared with it: ${installConftest}`,
    );
    return [];
  }
  const today = new Date().toISOString().slice(0, 10);
  const { entries: intact } = pairsProject(shippedEntries(), sizes.pairs, { brokenEvery: 0, today });
  const { entries, broken } = pairsProject(shippedEntries(), sizes.pairs, { today });
  const cwd = committed(join(folder, "pairs"), intact);
  writeEntries(cwd, entries);
  const files = Object.keys(entries).filter((path) => /^Pulumi\.([\w.-]+\.)?yaml$/.test(path));
  const theirs = (output: string): Command => ({
    command: conftest,
    args: ["test", "--combine", "--no-color", "--output", output, "--policy", policy, ...files],
    cwd,
  });
  const agreement = verdicts(
    run(review(cwd, "--format", "json")),
    run(theirs("json")),
    [...broken.values()].length,
  );
  const [own = 0, other = 0] = medians([review(cwd), theirs("stdout")], sizes.runs);
  const ratio = own / other;
  return [
    {
      what: `${grouped(sizes.pairs)} pairs, every second one broken, in one go against conftest on the same files (median of ${sizes.runs})`,
      value: `${ratio.toFixed(2)} times (${seconds(own)} to ${seconds(other)})`,
      goal: `at most ${goals.conftest} times`,
      met: ratio <= goals.conftest,
    },
    agreement,
  ];
}

/** A finding of either tool, of a rule that both have. */
const keyOf = (pair: string, rule: string, path: string) => `${pair}: ${rule}: ${path}`;
const rules = new Set(breakages.flatMap((one) => one.rules));

function verdicts(ours: string, theirs: string, brokenPairs: number): Figure {
  const { reviews } = JSON.parse(ours) as {
    reviews: { stacks: string[]; findings: { rule: string; status: string; path: string }[] }[];
  };
  const own = new Set(
    reviews.flatMap(({ stacks, findings }) =>
      findings
        .filter(({ rule, status }) => status !== "exempted" && rules.has(rule))
        .map(({ rule, path }) =>
          keyOf(stacks.find((name) => name.startsWith("production")) ?? "", rule, path),
        ),
    ),
  );
  const [combined] = JSON.parse(theirs) as {
    failures?: { metadata: { pair: string; rule: string; path: string } }[];
  }[];
  const other = new Set(
    (combined?.failures ?? []).map(({ metadata: { pair, rule, path } }) => keyOf(pair, rule, path)),
  );
  const missed = [...other].filter((key) => !own.has(key));
  const extra = [...own].filter((key) => !other.has(key));
  for (const key of missed.slice(0, 10)) print(`conftest alone finds ${key}`);
  for (const key of extra.slice(0, 10)) print(`the review alone finds ${key}`);
  const refused = new Set([...other].map((key) => key.split(":")[0]));
  return {
    what: `Findings of the rules that both have, on ${breakages.length} sorts of edits over ${grouped(brokenPairs)} pairs`,
    value: `${grouped(own.size)} of the review's and ${grouped(other.size)} of conftest's, on ${grouped(refused.size)} refused pairs; ${missed.length + extra.length} differ`,
    goal: "the same findings",
    met: missed.length + extra.length === 0 && other.size > 0,
  };
}

/** Nothing is committed, so that there is a head alone to review. */
function growth(folder: string): Figure {
  const commands = sizes.routes.map((routes) => {
    const cwd = committed(join(folder, `routes-${routes}`), {});
    writeEntries(cwd, routesProject(shippedEntries(), routes));
    return review(cwd, "--stack", "production");
  });
  const times = medians(commands, sizes.runs);
  const points = sizes.routes.map((routes, index) => ({ routes, seconds: times[index] ?? Number.NaN }));
  const fit = exponent(points.filter(({ routes }) => routes >= 100));
  const last = exponent(points.slice(-2));
  const named = points.map((one) => `${grouped(one.routes)}: ${seconds(one.seconds)}`).join(", ");
  return {
    what: `Growth with the number of routes, whole processes (median of ${sizes.runs} each)`,
    value: `exponent ${fit.toFixed(2)} from 100 on, ${last.toFixed(2)} over the last step (${named})`,
    goal: `at most ${goals.exponent}, both`,
    met: fit <= goals.exponent && last <= goals.exponent,
  };
}

/** The slope of a straight line through the logarithms, by least squares. */
function exponent(points: readonly { routes: number; seconds: number }[]): number {
  const logs = points.map(({ routes, seconds }) => [Math.log(routes), Math.log(seconds)] as const);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(logs.map(([a]) => a)), mean(logs.map(([, b]) => b))];
  const covariance = mean(logs.map(([a, b]) => (a - x) * (b - y)));
  return covariance / mean(logs.map(([a]) => (a - x) ** 2));
}

/** A new repository with these files committed; with none, its one commit is empty. */
function committed(folder: string, entries: Entries): string {
  mkdirSync(folder);
  writeEntries(folder, entries);
  const author = ["-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com"];
  for (const args of [
    ["init", "--quiet"],
    ["add", "--all"],
    [...author, "commit", "--quiet", "--allow-empty", "--message", "Base"],
    // A loose object for each of thousands of files is no usual checkout.
    ["gc", "--quiet"],
  ]) {
    run({ command: "git", args, cwd: folder });
  }
  return folder;
}

/** A build by `go install` calls itself "dev"; Go knows its version. */
function conftestVersion(command: string): string {
  const [, own = "of unknown version"] = /^Conftest: (.+)$/m.exec(outputOf(command, ["--version"])) ?? [];
  const [, opa = "of unknown version"] = /^OPA: (.+)$/m.exec(outputOf(command, ["--version"])) ?? [];
  const [, built] =
    /^\s*mod\s+github\.com\/open-policy-agent\/conftest\s+v(\S+)/m.exec(
      outputOf("go", ["version", "-m", command]),
    ) ?? [];
  return `conftest ${own === "dev" ? (built ?? own) : own} (OPA ${opa})`;
}

function where(): string {
  const conftest = findTool("conftest");
  return [
    ...machine(),
    conftest === undefined ? "without conftest" : conftestVersion(conftest),
    `load at the start ${loadavg()[0]?.toFixed(2)}`,
    new Date().toISOString().slice(0, 10),
  ].join("; ");
}

const seconds = (value: number) => `${value.toPrecision(3)} s`;
const milliseconds = (value: number) => `${Math.round(value * 1_000)} ms`;

function main(): void {
  if (!existsSync(lockstep)) throw new Error(`${lockstep} is missing: node scripts/build.mjs`);
  const machineOf = where();
  print(machineOf);
  const folder = mkdtempSync(join(tmpdir(), "lockstep-bench-"));
  // An interrupt ends the running command, which ends the benchmark, and the folder is removed.
  process.on("SIGINT", () => {});
  try {
    const figures: Figure[] = [];
    for (const part of [coldStart, manyPairs, growth]) {
      for (const figure of [part(folder)].flat()) {
        figures.push(figure);
        print(`${figure.met ? "met   " : "missed"} ${figure.what}: ${figure.value}; goal: ${figure.goal}`);
      }
    }
    if (!options.quick) writePage("bench-review", report(figures, machineOf));
    if (!options["no-goals"] && figures.some(({ met }) => !met)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
