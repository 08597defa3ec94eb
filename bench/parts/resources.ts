import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { Pack } from "../../preview/pack";
import { type PlannedResource, providerUrn } from "../../preview/resource";
import { findTool, grouped, machine, median, outputOf, print } from "../figures";
import { run } from "../inTurn";
import { type Measured, type Ratio, ratioFigure, time } from "../measured";
import type { OwnRulesInput } from "../ownRules";
import { installPeers, peersFolder, peerVersions } from "../peers";
import { comparisons, growth } from "../resourceFigures";
import { type Planned, plainResource, plannedResources, repeated, residentMib } from "../resources";

const root = join(__dirname, "..", "..");
const memoryLimit = 1.25;
const regoRules = 5;

/** How many questions are under way at once, as the engine's are (`--parallel 16`). */
const parallel = 16;

interface Asked {
  /** Seconds for each resource, with its part of the question about all of them. */
  seconds: number;
  /** All rules: each is asked of each resource, and of most it is about another type. */
  rules: number;
  /** Of them those that are about the resource's type, on average; where that is told. */
  judged?: number;
}

/** A pack that has been started and asked once, so that what is measured is the cost of a resource. */
class Analyzer {
  private constructor(
    private readonly pack: Pack,
    private readonly planned: Planned,
    readonly rules: number,
  ) {}

  static async start(packDir: string, planned: Planned): Promise<Analyzer> {
    const pack = await Pack.start({
      ...{ packDir, projectDir: root, project: "lockstep", stack: "staging", config: planned.config },
      timeoutMs: 300_000,
    });
    const analyzer = new Analyzer(pack, planned, pack.policies.length);
    await analyzer.ask(repeated(planned.resources, 500));
    return analyzer;
  }

  async ask(resources: readonly PlannedResource[]): Promise<Asked> {
    const started = performance.now();
    await this.each(resources);
    await this.pack.analyzeStack(resources, this.planned.providers);
    return { seconds: (performance.now() - started) / 1_000 / resources.length, rules: this.rules };
  }

  async each(resources: readonly PlannedResource[]): Promise<void> {
    let next = 0;
    const worker = async () => {
      for (let one = resources[next++]; one !== undefined; one = resources[next++])
        await this.pack.analyze(one, this.planned.providers);
    };
    await Promise.all(Array.from({ length: parallel }, worker));
  }

  get residentMib(): number | undefined {
    return this.pack.pid === undefined ? undefined : residentMib(this.pack.pid);
  }

  stop(): void {
    this.pack.stop();
  }
}

/** As the pack is bundled for the engine (scripts/previewBundles.mjs), so that no compiler runs beside it. */
async function bundledOwnRules(): Promise<string> {
  const outfile = join(root, "node_modules", ".cache", "bench", "ownRules.js");
  await build({
    ...{ entryPoints: [join(__dirname, "..", "ownRules.ts")], outfile, absWorkingDir: root },
    ...{
      bundle: true,
      platform: "node",
      target: "node20",
      minify: true,
      keepNames: true,
      logLevel: "warning",
    },
    external: ["@pulumi/*", "google-protobuf/*"],
  });
  return outfile;
}

/** Our rules without the analyzer, on the same resources. */
async function ownRules(script: string, file: string, count: number): Promise<Asked> {
  const args = [script, file];
  return each(JSON.parse(await run({ command: process.execPath, args, cwd: root })) as Asked, count);
}

async function cdkNag(file: string, count: number): Promise<Asked> {
  const script = join(__dirname, "..", "peers", "cdkNag.cjs");
  const args = [script, peersFolder, file];
  return each(JSON.parse(await run({ command: process.execPath, args, cwd: root })) as Asked, count);
}

const each = ({ seconds, ...counts }: Asked, resources: number): Asked => ({
  ...counts,
  seconds: seconds / resources,
});

/** The whole process: conftest keeps nothing running. */
async function conftest(command: string, file: string, count: number): Promise<Asked> {
  const policy = join(__dirname, "..", "regoResources");
  const started = performance.now();
  await run({
    command,
    args: ["test", "--no-fail", "--output", "json", "--policy", policy, file],
    cwd: root,
  });
  return { seconds: (performance.now() - started) / 1_000 / count, rules: regoRules };
}

/** 100 to 10,000 resources through the analyzer, beside what others take for the same. */
export async function measureResources(quick: boolean, date: string): Promise<Measured | string> {
  if (installPeers() === undefined) return "npm could not install the tools that are compared with";
  const sizes = quick ? [100, 300] : [100, 1_000, 10_000];
  const rounds = quick ? 2 : 5;
  const command = findTool("conftest");
  if (command === undefined) print("conftest is neither on the PATH nor named by CONFTEST: left out.");
  const planned = await plannedResources();
  const folder = mkdtempSync(join(tmpdir(), "lockstep-bench-resources-"));
  const started: Analyzer[] = [];
  try {
    const ours = await Analyzer.start(join(root, "policies"), planned);
    started.push(ours);
    const guard = await Analyzer.start(join(peersFolder, "awsguard"), planned);
    started.push(guard);
    const script = await bundledOwnRules();
    const tables = [];
    for (const size of sizes) {
      const resources = repeated(planned.resources, size);
      const plain = resources.map(plainResource);
      const file = join(folder, `${size}.json`);
      writeFileSync(file, JSON.stringify(plain));
      const own = join(folder, `${size}-own.json`);
      const input: OwnRulesInput = {
        resources: resources.map((one) => ({
          ...plainResource(one),
          ...{ provider: providerUrn(one.provider), sources: [...one.propertyDependencies] },
        })),
        providers: [...planned.providers.values()].map(plainResource),
      };
      writeFileSync(own, JSON.stringify(input));
      const works: Record<string, () => Promise<Asked>> = {
        ours: () => ours.ask(resources),
        awsguard: () => guard.ask(resources),
        "our rules alone": () => ownRules(script, own, size),
        "cdk-nag": () => cdkNag(file, size),
        ...(command === undefined ? {} : { conftest: () => conftest(command, file, size) }),
      };
      const answers: Record<string, Asked[]> = {};
      for (let round = 0; round < rounds; round++)
        for (const [name, work] of Object.entries(works))
          answers[name] = [...(answers[name] ?? []), await work()];
      const medianOf = (cost: (asked: Asked) => number) =>
        Object.fromEntries(Object.entries(answers).map(([name, all]) => [name, median(all.map(cost))]));
      const medians = medianOf(({ seconds, rules }) => seconds / rules);
      print(
        `${grouped(size)} resources: ${Object.entries(medians)
          .map(([name, cost]) => `${name} ${time(cost)}`)
          .join(", ")}`,
      );
      const whole = medianOf(({ seconds }) => seconds);
      const judged = medianOf(({ seconds, judged: about = Number.NaN }) => seconds / about);
      tables.push({ size, medians, whole, judged });
    }
    const figures = comparisons(tables, rounds);
    figures.push(growth(tables, ours.rules, rounds), ...(await memory(planned, quick)));
    const version = command === undefined ? "without conftest" : conftestVersion(command);
    return { date, where: [...machine(), ...peerVersions(), version].join("; "), figures };
  } finally {
    for (const one of started) one.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A pack of its own: what one has been asked before stays in its memory. */
async function memory(planned: Planned, quick: boolean): Promise<Ratio[]> {
  const [few, many] = quick ? [200, 600] : [1_000, 10_000];
  const pack = await Analyzer.start(join(root, "policies"), planned);
  try {
    // V8 collects garbage when it likes to: each is the median of what stands after five times, or three.
    const resident = async (count: number, times: number) => {
      const sizes: number[] = [];
      for (let time = 0; time < times; time++) {
        await pack.each(repeated(planned.resources, count));
        sizes.push(pack.residentMib ?? Number.NaN);
      }
      return median(sizes);
    };
    const before = await resident(few, 5);
    const after = await resident(many, 3);
    if (Number.isNaN(before + after)) return [];
    const made = `${Math.round(after)} MiB to ${Math.round(before)} MiB`;
    return [
      ratioFigure(
        {
          what: `The pack's resident memory after ${grouped(many)} resources against after ${grouped(few)}`,
          label: "memory after ten times as many",
          limit: memoryLimit,
        },
        after / before,
        made,
      ),
    ];
  } finally {
    pack.stop();
  }
}

/** A build by `go install` calls itself "dev"; Go knows its version. */
function conftestVersion(command: string): string {
  const [, own = "of unknown version"] = /^Conftest: (.+)$/m.exec(outputOf(command, ["--version"])) ?? [];
  const [, built] =
    /^\s*mod\s+github\.com\/open-policy-agent\/conftest\s+v(\S+)/m.exec(
      outputOf("go", ["version", "-m", command]),
    ) ?? [];
  return `conftest ${own === "dev" ? (built ?? own) : own}`;
}
