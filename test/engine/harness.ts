import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { type CommandResult, projectCopy, root, writeEntries } from "../project";
import { type Edit, type Entries, shippedEntries } from "../shipped";
import { missing, pulumi } from "./cli";
import { goOnFile, type Logged, logFile } from "./standIn/cloud";
import type { Values } from "./standIn/values";

export { note, pulumi } from "./cli";

/** A resource of a state, as far as tests look at it. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  custom: boolean;
  delete?: boolean;
  inputs?: Values;
  outputs?: Values;
  dependencies?: string[];
}

export interface Deployment {
  resources?: StateResource[];
  pending_operations?: { type: string; resource: StateResource }[];
}

export interface State {
  version: number;
  deployment: Deployment;
}

/** One line of the engine's event log (sdk/go/common/apitype/events.go), as far as tests look at it. */
export interface EngineEvent {
  policyEvent?: {
    resourceUrn: string;
    message: string;
    policyName: string;
    policyPackName: string;
    enforcementLevel: string;
  };
  resourcePreEvent?: { metadata: { op: string; urn: string; type: string } };
  resOutputsEvent?: { metadata: { op: string; urn: string; type: string } };
  diagnosticEvent?: { message: string; severity: string; urn?: string };
  summaryEvent?: { resourceChanges: Record<string, number> };
}

export interface EngineResult extends CommandResult {
  /** Of a preview or an update; otherwise none. */
  events: EngineEvent[];
}

const passphrase = "a passphrase for tests";

/**
 * A project in a temporary folder, with a state, a home and plugins of its own: the real engine works on it as it
 * would anywhere, and nothing that it makes is anywhere else.
 */
export class EngineProject {
  readonly dir: string;
  private readonly own: string;
  private runs = 0;
  /** By a stack's file, the line with which its secrets are decrypted. */
  private readonly salts: Record<string, string> = {};
  private readonly running = new Set<ChildProcess>();

  /**
   * A copy of the shipped project after some edits, with its build: the pack starts from that, as where somebody has run
   * `make`, until a test edits a source.
   */
  static copy(edits: readonly Edit[] = [], files: Entries = {}): EngineProject {
    const project = projectCopy(edits, files);
    symlinkSync(join(root, "dist"), join(project.dir, "dist"));
    return new EngineProject(project);
  }

  constructor(private readonly project: { dir: string; remove(): void }) {
    this.dir = project.dir;
    this.own = join(this.dir, ".engine");
    for (const folder of ["state", "home", "plugins", "cloud"])
      mkdirSync(join(this.own, folder), { recursive: true });
    writePlugins(join(this.own, "plugins"), ["aws", "kubernetes"]);
  }

  /** What the engine's process gets, and nothing else from the one that tests run in. */
  environment(extra: Record<string, string> = {}): Record<string, string> {
    return {
      PATH: [join(this.own, "plugins"), dirname(pulumi ?? ""), dirname(process.execPath), systemPath].join(
        delimiter,
      ),
      HOME: join(this.own, "home"),
      PULUMI_HOME: join(this.own, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.own, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      // For --event-log, which the Automation API uses as well.
      PULUMI_DEBUG_COMMANDS: "1",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      NO_COLOR: "1",
      LOCKSTEP_STAND_IN_CLOUD: join(this.own, "cloud"),
      ...extra,
    };
  }

  /** Starts the CLI; `result` is there when it has ended. */
  start(
    args: readonly string[],
    env: Record<string, string> = {},
  ): { child: ChildProcess; result: Promise<EngineResult> } {
    if (pulumi === undefined) throw new Error(missing);
    const log = join(this.own, `events-${this.runs++}.jsonl`);
    const recorded = ["up", "preview", "refresh", "destroy"].includes(args[0] ?? "")
      ? ["--event-log", log]
      : [];
    const child = spawn(pulumi, [...args, "--non-interactive", ...recorded], {
      cwd: this.dir,
      env: this.environment(env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.running.add(child);
    const result = new Promise<EngineResult>((resolve, reject) => {
      const told = { stdout: "", stderr: "" };
      for (const stream of ["stdout", "stderr"] as const) {
        child[stream].setEncoding("utf8").on("data", (text: string) => {
          told[stream] += text;
        });
      }
      child.on("error", reject);
      child.on("close", (code) => {
        this.running.delete(child);
        resolve({ ...told, code, events: existsSync(log) ? linesOf<EngineEvent>(log) : [] });
      });
    });
    return { child, result };
  }

  run(args: readonly string[], env: Record<string, string> = {}): Promise<EngineResult> {
    return this.start(args, env).result;
  }

  /** Runs what has to succeed, and returns what it printed. */
  async must(args: readonly string[], env: Record<string, string> = {}): Promise<EngineResult> {
    const result = await this.run(args, env);
    if (result.code !== 0)
      throw new Error(`pulumi ${args.join(" ")}: ${result.code}\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  /**
   * Makes a stack. The CLI writes its salt into the stack's file, and so the whole file anew, as it reads it (`020`
   * becomes 16): the salt is kept, and what stood in the file is put back below it.
   */
  async init(stack: string): Promise<void> {
    const path = `Pulumi.${stack}.yaml`;
    const file = join(this.dir, path);
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    rmSync(file, { force: true });
    await this.must(["stack", "init", stack]);
    this.salts[path] = readFileSync(file, "utf8").match(/^encryptionsalt: .*\n/m)?.[0] ?? "";
    this.write({ [path]: text });
  }

  /** Writes files of the project; those of stacks with their salt. */
  write(entries: Entries): void {
    const salted = Object.entries(entries).map(([path, text]) => [path, (this.salts[path] ?? "") + text]);
    writeEntries(this.dir, Object.fromEntries(salted));
  }

  /** Puts a pair in the place of the one that is there, whole: what it lacks is gone. */
  replace(entries: Entries): void {
    for (const path of Object.keys(shippedEntries())) rmSync(join(this.dir, path), { force: true });
    for (const folder of ["prompts", "tools", "releases", "retrieval"])
      rmSync(join(this.dir, folder), { recursive: true, force: true });
    this.write(entries);
  }

  /** Edits a file of the project as it stands. */
  edit(path: string, from: string, to: string): void {
    const text = readFileSync(join(this.dir, path), "utf8");
    if (text.split(from).length !== 2) throw new Error(`${JSON.stringify(from)} stands not once in ${path}`);
    writeFileSync(join(this.dir, path), text.replace(from, to));
  }

  async state(stack: string): Promise<State> {
    return JSON.parse((await this.must(["stack", "export", "--stack", stack])).stdout) as State;
  }

  async resources(stack: string): Promise<StateResource[]> {
    return (await this.state(stack)).deployment.resources ?? [];
  }

  /** What the plugins did, in their order. */
  operations(): Logged[] {
    const file = join(this.own, "cloud", logFile);
    return existsSync(file) ? linesOf<Logged>(file) : [];
  }

  /** Ends what LOCKSTEP_STAND_IN_SLOW holds up, now and from now on. */
  goOn(): void {
    writeFileSync(join(this.own, "cloud", goOnFile), "");
  }

  async remove(): Promise<void> {
    for (const child of this.running) child.kill("SIGKILL");
    this.project.remove();
  }
}

/** What an update changed, by operation, as the engine counts it; what stayed the same is left out. */
export function changesOf({ events }: EngineResult): Record<string, number> {
  const { same: _, ...changes } =
    events.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent?.resourceChanges ?? {};
  return changes;
}

/** What policies reported, as "policy level". */
export const reportsOf = ({ events }: EngineResult): string[] =>
  events
    .flatMap(({ policyEvent }) =>
      policyEvent ? `${policyEvent.policyName} ${policyEvent.enforcementLevel}` : [],
    )
    .sort();

/** The arguments of an update of the shipped project with its pack. */
export const updated = (stack: string, ...more: string[]): string[] => [
  ...["up", "--stack", stack, "--yes", "--policy-pack", "policies", ...more],
];

/** Waits for something to become true, and says what did not. */
export async function until(what: string, holds: () => boolean, milliseconds = 60_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`It did not happen in ${milliseconds / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const systemPath = "/usr/local/bin:/usr/bin:/bin";

/** The stand-ins, in one file: each update starts both. */
function writePlugins(folder: string, names: readonly string[]): void {
  const bundle = join(folder, "standIn.js");
  const entryPoints = [join(root, "test/engine/standIn/main.ts")];
  buildSync({ entryPoints, outfile: bundle, bundle: true, platform: "node", target: "node20" });
  for (const name of names) {
    const file = join(folder, `pulumi-resource-${name}`);
    const quoted = [process.execPath, bundle, name].map((part) => `'${part}'`).join(" ");
    writeFileSync(file, `#!/bin/sh\nexec ${quoted} "$@"\n`);
    chmodSync(file, 0o755);
  }
}

export function linesOf<Line>(file: string): Line[] {
  const text = readFileSync(file, "utf8");
  // The last line may be half written.
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole.split("\n").flatMap((line) => (line === "" ? [] : (JSON.parse(line) as Line)));
}
