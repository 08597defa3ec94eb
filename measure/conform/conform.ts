import type { Config } from "../../config/schema";
import { type FaultName, requiredFaults } from "../../lifecycle/kinds/routing";
import { compare } from "./compare";
import { undeclared, unopened } from "./declared";
import { type Injection, injections, planOf } from "./faults";
import { pathText } from "./path";
import { trace } from "./request";
import { firstOrder, run, validAnswer } from "./run";
import type { Side } from "./side";
import type { Difference, Trace } from "./trace";

/** The two gateways cannot be compared; a sentence that a person can act on. */
export class ConformError extends Error {
  override readonly name = "ConformError";
}

export interface Conformance {
  /** What both gateways reported, before and after. */
  behaviourHash: string;
  litellm: string;
  started: Date;
  ended: Date;
  faults: readonly FaultName[];
  routes: string[];
  differences: Difference[];
  traces: Readonly<Record<"staging" | "production", Trace[]>>;
  /** Where not even the most requests at once could open a cool-down. */
  unopened: { fault: FaultName; route: string }[];
}

export interface ConformOptions {
  timeScale: number;
  progress?(fault: string, done: number, total: number): void;
  signal?: AbortSignal;
  /** Default: all. */
  faults?: readonly FaultName[];
}

/**
 * Injects the same faults into both running gateways, side by side, and compares what they did.
 *
 * @throws ConformError where either does not run what it should, or does not answer without a fault.
 */
export async function conform(
  staging: Side,
  production: Side,
  options: ConformOptions,
): Promise<Conformance> {
  const started = new Date();
  const sides = [staging, production];
  const before = await Promise.all(sides.map(identity));
  const [one, other] = before;
  if (one === undefined || other === undefined) throw new ConformError("There are not two gateways.");
  if (one.hash !== other.hash)
    throw new ConformError(
      "The two gateways run another behaviour, so they need not do the same: let production's be rendered with what staging carries.",
    );
  if (one.version !== other.version)
    throw new ConformError(`Staging runs LiteLLM ${one.version}, and production ${other.version}.`);
  await Promise.all(sides.map(healthy));
  const chosen = injections.filter(({ fault }) => options.faults?.includes(fault) ?? true);
  const [ours, theirs] = await Promise.all(
    sides.map((side, index) =>
      run(
        { config: side.stack.config, client: side.client, standIn: side.standIn },
        {
          timeScale: options.timeScale,
          faults: chosen,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
          // Both go at the same pace: one tells.
          ...(index > 0 || options.progress === undefined ? {} : { progress: options.progress }),
        },
      ),
    ),
  );
  const after = await Promise.all(sides.map(identity));
  if (after.some(({ hash, version }) => hash !== one.hash || version !== one.version))
    throw new ConformError("A gateway was replaced by another one meanwhile: run it again.");
  const { config } = staging.stack;
  const traces = { staging: ours ?? [], production: theirs ?? [] };
  return {
    behaviourHash: one.hash,
    litellm: one.version,
    started,
    ended: new Date(),
    faults: requiredFaults.filter((name) => chosen.some(({ fault }) => fault === name)),
    routes: Object.keys(config.routes),
    differences: bothOf(
      compare(traces.staging, traces.production, config, {
        jitterSeconds: config.gateway.backoff.jitterSeconds,
        timeScale: options.timeScale,
      }),
      undeclared(config, "staging", traces.staging),
      undeclared(production.stack.config, "production", traces.production),
    ),
    traces,
    unopened: unopened(config, chosen),
  };
}

/** What is told of a comparison need not be told of either environment again. */
function bothOf(compared: Difference[], ...declared: Difference[][]): Difference[] {
  const known = new Set(compared.map(({ fault, route }) => `${fault}/${route}`));
  return [...compared, ...declared.flat().filter(({ fault, route }) => !known.has(`${fault}/${route}`))];
}

/** What a running gateway says that it is; and that it is what its stack's files say. */
async function identity({ environment, stack, client }: Side): Promise<{ hash: string; version: string }> {
  let hash: string;
  let version: string;
  try {
    [hash, version] = await Promise.all([client.behaviourHash(), client.version()]);
  } catch (error) {
    // The client's own words: a path and a status, or a system's error code.
    const why = error instanceof Error ? error.message.split("\n")[0] : "";
    throw new ConformError(
      `${environment}'s gateway does not say what it runs; does it run, and is this its master key? ${why}`,
    );
  }
  if (hash !== stack.behaviourHash)
    throw new ConformError(
      `${environment}'s gateway runs another behaviour than the stack ${stack.name} declares: start it from the present files.`,
    );
  const declared = versionOf(stack.config.gateway.image);
  if (declared !== undefined && declared !== version)
    throw new ConformError(
      `${environment}'s gateway is LiteLLM ${version}, and gateway.image is of ${declared}: what is measured here would be another gateway.`,
    );
  return { hash, version };
}

/** "1.106.2" of an image's tag "v1.106.2"; undefined for a tag that is no version. */
export const versionOf = (image: string): string | undefined =>
  /:v?(\d+\.\d+\.\d+)(?=[-.@]|$)/.exec(image)?.[1];

/** Every route has to answer while no fault is injected; this also warms the gateway up. */
async function healthy({ environment, stack: { config }, client, standIn }: Side): Promise<void> {
  for (const [name, route] of Object.entries(config.routes)) {
    for (const stream of [false, true]) {
      const tag = `${name}/${stream ? "healthy-stream" : "healthy"}`;
      const seen = await trace(client, standIn, {
        route: name,
        tag,
        stream,
        valid: validAnswer(config, tag),
      });
      const first = route.targets.filter(({ order }) => order === firstOrder(route));
      const [call, ...others] = seen.calls;
      const right =
        seen.client === "200" &&
        others.length === 0 &&
        first.some(({ model, order }) => call?.target === `${name}.${model}.${order}`);
      if (!right)
        throw new ConformError(
          `${environment}'s route ${name} does not answer without a fault: ${seen.client}, calls to stand-ins: ${pathText(name, seen.calls)}.`,
        );
    }
  }
}

/** About how long all of it takes, in seconds. */
export function expectedSeconds({ routes }: Config, timeScale: number): number {
  const all = Object.values(routes);
  const most = (of: (route: (typeof all)[number]) => number) => Math.max(0, ...all.map(of));
  const coolDown = most(({ coolDown: { seconds } }) => seconds);
  const timeout = most(({ timeoutSeconds }) => timeoutSeconds ?? 0);
  const open = most(({ breaker }) => breaker?.openSeconds ?? 0);
  const seconds = ({ fault, breaker, everywhere }: Injection) =>
    2 +
    timeScale *
      ((breaker ? Math.max(open, coolDown) : coolDown) * (everywhere ? 2 : 1) +
        (fault === "timeout" ? 4 * timeout : 0));
  return injections.reduce((sum, injection) => sum + seconds(injection), 15);
}

/** How many requests each gateway gets. */
export const requestsOf = ({ routes }: Config): number =>
  Object.values(routes)
    .flatMap((route) => injections.map((injection) => planOf(route, injection)))
    .reduce((sum, { alone, together, after }) => sum + alone + together + after + 1, 0);
