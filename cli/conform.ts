import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { GatewayProblems } from "../gateway/problems";
import { type FaultName, requiredFaults } from "../lifecycle/kinds/routing";
import { type Conformance, ConformError, conform, expectedSeconds } from "../measure/conform/conform";
import { measuredOf } from "../measure/conform/evidence";
import {
  type Compare,
  type Environment,
  type Providers,
  type Side,
  withBoth,
  withJoined,
  withStarted,
  writtenGateways,
} from "../measure/conform/side";
import { litellm as installed, isLitellmInstalled } from "../measure/litellm";
import { GatewayError } from "../measure/proxy";
import { addMeasured, checkAdding } from "./addMeasured";
import { conformText } from "./conformText";
import { exit, UsageError } from "./exit";
import { interruptible } from "./interruptible";
import type { Output } from "./output";
import { pairAhead, type Stacks } from "./pairAhead";
import { Progress } from "./progress";
import { findProject } from "./project";

export interface ConformCommandOptions {
  cwd: string;
  stack?: string;
  release?: string;
  sign?: string;
  fault?: string[];
  timeScale: string;
  litellm?: string;
  write?: string;
  stagingUrl?: string;
  productionUrl?: string;
  providers: string;
  listen: string;
  json: boolean;
}

/** `lockstep conform`: whether staging's and production's gateways do the same when their providers fail. */
export async function conformCommand(
  options: ConformCommandOptions,
  output: Output,
  version: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const root = findProject(options.cwd);
  const stacks = pairAhead(root, options.stack, "Its gateways cannot be compared");
  checkAdding(root, options);
  const timeScale = scaleOf(options);
  const faults = faultsOf(options);
  if (options.write !== undefined) return write(resolve(options.cwd, options.write), stacks, options, output);
  const { stagingUrl, productionUrl } = options;
  if ((stagingUrl === undefined) !== (productionUrl === undefined))
    throw new UsageError("--staging-url and --production-url go together: two gateways are compared.");
  const progress = new Progress(output.terminal ? process.stderr : undefined);
  const whole = expectedSeconds(stacks.staging.config, timeScale);
  progress.say(`Starting both gateways; about ${Math.ceil(whole / 60)} min in all`);
  try {
    const [found, measured] = await interruptible((signal) => {
      const compare = async (staging: Side, production: Side): Promise<[Conformance, Side]> => [
        await conform(staging, production, {
          timeScale,
          signal,
          progress: (fault, done, total) => progress.say(`${fault} (${done + 1} of ${total})`),
          ...(faults === undefined ? {} : { faults }),
        }),
        staging,
      ];
      return orExplained(() =>
        stagingUrl !== undefined && productionUrl !== undefined
          ? joined(stacks, { stagingUrl, productionUrl }, options, env, compare)
          : started(stacks, options, timeScale, compare),
      );
    });
    progress.end();
    const { stack, adaptations } = measured;
    const command = ["lockstep conform", ...(timeScale === 1 ? [] : [`--time-scale ${timeScale}`])].join(" ");
    const written = addMeasured(
      root,
      options,
      "routing",
      {
        environment: "staging",
        stack: stack.name,
        gateway: { before: found.behaviourHash, after: found.behaviourHash },
        providers: "stub",
        tool: { name: "lockstep conform", version, command },
        started: found.started,
        ended: found.ended,
      },
      measuredOf(found, { adaptations, timeScale }),
    );
    const { traces: _traces, ...told } = found;
    output.out(
      options.json
        ? `${JSON.stringify({ version: 1, passed: found.differences.length === 0, ...told, written }, null, 2)}\n`
        : conformText(found, stacks, written, output.style),
    );
    return found.differences.length === 0 ? exit.clean : exit.findings;
  } finally {
    progress.end();
  }
}

function scaleOf({ timeScale, stagingUrl }: ConformCommandOptions): number {
  const factor = Number(timeScale);
  if (!/^[\d.]+$/.test(timeScale) || !(factor >= 0.1 && factor <= 1))
    throw new UsageError(
      "--time-scale has to be a number from 0.1 to 1: below, a machine's own delays decide.",
    );
  if (factor !== 1 && stagingUrl !== undefined)
    throw new UsageError("--time-scale is for gateways that are started here: others run at their own pace.");
  return factor;
}

function faultsOf({ fault, release }: ConformCommandOptions): FaultName[] | undefined {
  if (fault === undefined) return undefined;
  if (release !== undefined)
    throw new UsageError("Evidence is about all faults: leave --fault out, or --release.");
  return fault.map((name) => {
    const known = requiredFaults.find((one) => one === name);
    if (known === undefined) throw new UsageError(`--fault has to be one of: ${requiredFaults.join(", ")}.`);
    return known;
  });
}

function started<T>(
  { staging, production }: Stacks,
  { litellm }: ConformCommandOptions,
  timeScale: number,
  compare: Compare<T>,
): Promise<T> {
  if (litellm === undefined && !isLitellmInstalled())
    throw new UsageError('LiteLLM is not installed: run "make litellm", or name a litellm with --litellm.');
  if (litellm !== undefined && !existsSync(litellm))
    throw new UsageError("The file that --litellm names is not there.");
  const program = litellm === undefined ? installed : resolve(litellm);
  return withBoth(
    (use) => withStarted({ environment: "staging", stack: staging, litellm: program, timeScale }, use),
    (use) => withStarted({ environment: "production", stack: production, litellm: program, timeScale }, use),
    compare,
  );
}

function joined<T>(
  stacks: Stacks,
  { stagingUrl, productionUrl }: { stagingUrl: string; productionUrl: string },
  options: ConformCommandOptions,
  env: Readonly<Record<string, string | undefined>>,
  compare: Compare<T>,
): Promise<T> {
  const providers = providersOf(options);
  const side = (environment: Environment, url: string) => {
    const variable = `LOCKSTEP_${environment.toUpperCase()}_KEY`;
    const key = env[variable];
    if (key === undefined || key === "")
      throw new UsageError(`${variable} is not set: the key with which ${environment}'s gateway is asked.`);
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new UsageError(`--${environment}-url is no http or https URL.`);
    return (use: (one: Side) => Promise<T>) => withJoined({ environment, stacks, url, key, providers }, use);
  };
  return withBoth(side("staging", stagingUrl), side("production", productionUrl), compare);
}

async function orExplained<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError")
      throw new UsageError("Stopped; nothing was written.");
    if (error instanceof ConformError || error instanceof GatewayError) throw new UsageError(error.message);
    if (error instanceof GatewayProblems)
      throw new UsageError(
        `No gateway can be rendered: ${error.problems.map(({ path, reason }) => `${path}: ${reason}`).join("; ")}.`,
      );
    throw error;
  }
}

function providersOf({ providers, listen }: ConformCommandOptions): Providers {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(listen) ?? [];
  const firstPort = Number(port);
  if (host === undefined || !(firstPort >= 1 && firstPort <= 65_000))
    throw new UsageError("--listen has to be HOST:PORT, the first port that the stand-ins listen on.");
  if (!/^[\w.:[\]-]+$/.test(providers))
    throw new UsageError("--providers has to be the host by which the gateways reach the stand-ins.");
  return { host, name: providers, firstPort };
}

/** `--write`: what has to be started elsewhere, for example in the very image, and how it is compared then. */
function write(
  folder: string,
  stacks: Stacks,
  options: ConformCommandOptions,
  { out, style }: Output,
): number {
  if (existsSync(folder)) throw new UsageError("The folder that --write names is there already.");
  const gateways = writtenGateways(stacks, providersOf(options));
  for (const environment of ["staging", "production"] as const) {
    const own = join(folder, environment);
    mkdirSync(own, { recursive: true });
    chmodSync(own, 0o755);
    const { files, env } = gateways[environment];
    for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
    const variables = Object.entries({ ...env, LOCKSTEP_STAND_IN_KEY: "not-a-key" });
    writeFileSync(join(own, "environment"), variables.map(([name, value]) => `${name}=${value}\n`).join(""));
  }
  out(
    [
      `Both gateways are in ${style("cyan", folder)}, each with its files and its environment. Start each with a`,
      "LITELLM_MASTER_KEY of its own, for example in the image that gateway.image names:",
      "",
      `  docker run --rm -p 4001:4000 -v ${join(folder, "staging")}:/etc/litellm:ro --env-file ${join(folder, "staging", "environment")} \\`,
      "    -e LITELLM_MASTER_KEY IMAGE --config /etc/litellm/config.yaml --num_workers 1",
      "",
      "Then, with their keys in LOCKSTEP_STAGING_KEY and LOCKSTEP_PRODUCTION_KEY:",
      "",
      `  lockstep conform --listen ${options.listen} --providers ${options.providers} --staging-url URL --production-url URL`,
      "",
    ].join("\n"),
  );
  return exit.clean;
}
