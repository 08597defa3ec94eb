import { createRequire } from "node:module";
import { join } from "node:path";
import { Child, within } from "./child";
import { type Launch, programArgs, programEnv } from "./launch";
import { type Diagnostic, PreviewMonitor } from "./monitor";
import { type PlannedResource, rootType } from "./resource";

export interface ProgramOptions extends Launch {
  /** Arguments for Node from the project's runtime options (`nodeargs` in Pulumi.yaml). */
  nodeArgs: readonly string[];
  /** Whether the SDK compiles TypeScript itself (`typescript` in Pulumi.yaml; its default is true). */
  typescript: boolean;
  timeoutMs: number;
}

export interface ProgramResult {
  /** In the order of registration; the root first. */
  resources: PlannedResource[];
  diagnostics: Diagnostic[];
  /** False when the program threw, could not be loaded or exited with an error. */
  succeeded: boolean;
}

/**
 * The SDK inspects errors in colours. Node 20's colouring never ends on a stack line such as
 * `node_modules/@pulumi/resource.ts`, a scope without a package, which the SDK's source maps produce: it
 * fills the memory for a minute first. And nobody wants escape codes in a report.
 */
const plainErrors = `
import util from "node:util";
const { inspect } = util;
const plain = (value, options, ...rest) =>
  inspect(value, typeof options === "object" && options ? { ...options, colors: false } : options, ...rest);
util.inspect = Object.assign(plain, inspect);`;

/**
 * Runs a Pulumi program as the engine's language host runs it in a preview of a new stack
 * (sdk/nodejs/cmd/pulumi-language-nodejs), in a process of its own, against a monitor of ours.
 */
export async function evaluateProgram(options: ProgramOptions): Promise<ProgramResult> {
  const { projectDir, project, stack, config, nodeArgs, typescript, timeoutMs } = options;
  const monitor = new PreviewMonitor({
    project,
    stack,
    config: config.values,
    secretKeys: config.secretKeys,
  });
  const address = await monitor.listen();
  let child: Child | undefined;
  try {
    const runner = createRequire(join(projectDir, "package.json")).resolve("@pulumi/pulumi/cmd/run");
    child = new Child({
      args: [
        `--import=data:text/javascript,${encodeURIComponent(plainErrors)}`,
        ...nodeArgs,
        runner,
        ...programArgs(options, address),
      ],
      cwd: projectDir,
      env: {
        ...process.env,
        ...programEnv(options),
        ...(typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
      },
    });
    const { code } = await within(timeoutMs, `The program of ${stack}`, child.exited());
    const diagnostics = [...monitor.diagnostics];
    if (code !== 0 && !diagnostics.some(({ severity }) => severity === "error")) {
      const words = child.stderr.trim() || child.stdout.trim();
      diagnostics.push({ severity: "error", message: words || `The program ended with exit code ${code}.` });
    }
    const hasRoot = monitor.resources[0]?.type === rootType;
    return { resources: monitor.resources, diagnostics, succeeded: code === 0 && hasRoot };
  } finally {
    child?.kill();
    // Whatever was thrown, nothing that listens keeps this process alive.
    monitor.close();
  }
}
