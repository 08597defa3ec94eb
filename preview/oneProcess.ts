import { writeFileSync } from "node:fs";
import { z } from "zod";
import { engineConfig } from "../config/engine";
import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { Analyzer } from "./analyzer";
import { judged } from "./judged";
import { announcedPort, type Launch, packEnv, programArgs, programEnv } from "./launch";
import { PreviewMonitor } from "./monitor";
import { rootType } from "./resource";

/** The SDK's own runners, each with what it runs; the bundle has them in itself (scripts/previewBundles.mjs). */
export interface Runners {
  program(): void;
  pack(): void;
}

/** Where the result is written, as JSON: the program may print. */
const resultDescriptor = 3;

/**
 * Evaluates one stack in this process: the program with the SDK's runner, then the pack with its own, over the same
 * messages as between processes (preview/loopback.ts). Only what comes to its end is a result; whatever goes wrong ends
 * the process with an error or without a result, and the sources are run instead.
 */
export async function evaluateHere(runners: Runners, args: readonly string[]): Promise<void> {
  const [projectDir = "", packDir = "", name = ""] = args;
  // As for the command line: the schemas are used a few times.
  z.config({ jitless: true });
  const { own, project } = loadPair(projectFiles(projectDir), name);
  if (project.project === undefined) throw new Error("The project has no name.");
  const config = engineConfig(own);
  const launch: Launch = { projectDir, project: project.project, stack: name, config };
  const ambient = { project: project.project, stack: name, config: config.values };
  const monitor = new PreviewMonitor({ ...ambient, secretKeys: config.secretKeys });
  const address = await monitor.listen();
  await runProgram(runners, launch, address, monitor);
  forget();
  const port = await startPack(runners, launch, packDir, address);
  const analyzer = await Analyzer.configure(port, { ...launch, timeoutMs: 0 });
  const { resources, diagnostics } = monitor;
  const result = await judged(own, analyzer, {
    ...{ resources, diagnostics },
    succeeded: resources[0]?.type === rootType,
  });
  writeFileSync(resultDescriptor, JSON.stringify(result));
  // Whoever serves a pack does not end by itself. An error that nobody caught meanwhile changes the code (cmd/run).
  process.exit();
}

/** Returns only where the program came to its end without an error. */
function runProgram(
  { program }: Runners,
  launch: Launch,
  address: string,
  monitor: PreviewMonitor,
): Promise<void> {
  Object.assign(process.env, programEnv(launch));
  setArgs(programArgs(launch, address));
  return new Promise((resolve) => {
    monitor.onEnd = resolve;
    program();
  });
}

/** What the SDK keeps of a program and a pack has not. */
function forget(): void {
  delete process.env.PULUMI_NODEJS_MONITOR;
  delete process.env.PULUMI_NODEJS_ENGINE;
  for (const name of ["globalStore", "stackResource"]) Reflect.deleteProperty(globalThis, name);
}

/** The port that the pack announces. */
async function startPack(
  { pack }: Runners,
  launch: Launch,
  packDir: string,
  address: string,
): Promise<number> {
  Object.assign(process.env, packEnv(launch));
  process.chdir(packDir);
  setArgs([address, packDir]);
  const { write } = process.stdout;
  try {
    return await announcedPort((hear) => {
      process.stdout.write = (more) => {
        hear(String(more));
        return true;
      };
      pack();
    });
  } finally {
    process.stdout.write = write;
  }
}

const setArgs = (args: readonly string[]) => process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
