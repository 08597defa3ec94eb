import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack } from "../../config/stack";
import { type RenderedGateway, renderGateway } from "../../gateway/render";
import { type Adapted, adapt } from "../adapt";
import { Client } from "../client";
import { startProxy } from "../proxy";
import { StandIn } from "../standIn/standIn";
import { validAnswer } from "./run";
import { scaleTimes } from "./scale";

export type Environment = "staging" | "production";

/** One of the two gateways that are compared, and the stand-ins behind it. */
export interface Side {
  environment: Environment;
  stack: Stack;
  client: Client;
  standIn: StandIn;
  /** In what it differs from what was rendered; empty for one that was started elsewhere. */
  adaptations: readonly string[];
}

/** What every gateway is changed in after it was rendered, before it is adapted. For tests: a defect. */
export type Change = (rendered: RenderedGateway) => RenderedGateway;

export interface StartSide {
  environment: Environment;
  stack: Stack;
  litellm: string;
  timeScale: number;
  change?: Change;
}

const rendering = ({ config, behaviourHash, contents }: Stack): RenderedGateway =>
  renderGateway(config, { behaviourHash, files: contents });

const deploymentIds = ({ proxy }: RenderedGateway): string[] =>
  proxy.model_list.map(({ model_info }) => String(model_info.id));

/** The longest time-out of a stream's first part: the fault "slow first token" is later than it. */
function slowMs({ proxy }: RenderedGateway): number {
  const seconds = proxy.model_list.map(({ litellm_params }) => Number(litellm_params.stream_timeout));
  return Math.max(...seconds) * 2_000;
}

function standInFor({ config }: Stack, rendered: RenderedGateway): StandIn {
  return new StandIn({
    seed: 1,
    answer: ({ messages }) =>
      validAnswer(config, /^#(\S+)\n/.exec(messages.at(-1)?.content ?? "")?.[1] ?? ""),
    latency: { firstTokenMedianMs: 1, sigma: 0, perChunkMs: 0 },
    cache: { blockTokens: 16, minimumTokens: 0 },
    embeddingDimensions: 8,
    slowMs: slowMs(rendered),
  });
}

/** Starts a stack's rendered gateway here, with its times scaled; uses it, and ends all of it whatever happens. */
export async function withStarted<T>(
  { environment, stack, litellm, timeScale, change = (same) => same }: StartSide,
  use: (side: Side) => Promise<T>,
): Promise<T> {
  const rendered = change(scaleTimes(rendering(stack), timeScale));
  const folder = mkdtempSync(join(tmpdir(), `lockstep-${environment}-`));
  const standIn = standInFor(stack, rendered);
  let keep = false;
  try {
    await standIn.listenFor(deploymentIds(rendered));
    const gateway = adapt(rendered, { baseOf: (id) => standIn.baseOf(id), limits: "removed" });
    const scaled = timeScale === 1 ? [] : [scaledText(timeScale)];
    // Its log is what is left of a gateway that does not start.
    keep = true;
    const { client, stop } = await startProxy({ litellm, folder, gateway });
    keep = false;
    try {
      const adaptations = [...gateway.adaptations, ...scaled];
      return await use({ environment, stack, client, standIn, adaptations });
    } finally {
      await stop();
    }
  } finally {
    await standIn.close();
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
}

const scaledText = (factor: number): string =>
  `All times (time-outs, back-off, cool-downs, the breaker's) are ${factor} of the rendered ones.`;

/** Where the stand-ins of both gateways can be reached, one port for each deployment, staging's first. */
export interface Providers {
  /** What the stand-ins listen on. */
  host: string;
  /** The name by which the gateways reach them. */
  name: string;
  firstPort: number;
}

/** Both gateways as they have to be started elsewhere, so that they call the stand-ins. */
export function writtenGateways(
  stacks: Readonly<Record<Environment, Stack>>,
  providers: Providers,
): Record<Environment, Adapted> {
  const of = (environment: Environment) => {
    const rendered = rendering(stacks[environment]);
    const ids = deploymentIds(rendered);
    const first = firstPortOf(environment, stacks, providers);
    const baseOf = (id: string) =>
      `http://${providers.name}:${first + ids.indexOf(id)}/${encodeURIComponent(id)}/v1`;
    return adapt(rendered, { baseOf, limits: "removed" });
  };
  return { staging: of("staging"), production: of("production") };
}

function firstPortOf(
  environment: Environment,
  stacks: Readonly<Record<Environment, Stack>>,
  { firstPort }: Providers,
): number {
  return environment === "staging" ? firstPort : firstPort + deploymentIds(rendering(stacks.staging)).length;
}

export interface JoinSide {
  environment: Environment;
  stacks: Readonly<Record<Environment, Stack>>;
  url: string;
  key: string;
  providers: Providers;
}

/** Takes a gateway that runs elsewhere and calls the stand-ins, which are started here. */
export async function withJoined<T>(
  { environment, stacks, url, key, providers }: JoinSide,
  use: (side: Side) => Promise<T>,
): Promise<T> {
  const stack = stacks[environment];
  const rendered = rendering(stack);
  const standIn = standInFor(stack, rendered);
  const client = new Client(url, key);
  try {
    const firstPort = firstPortOf(environment, stacks, providers);
    await standIn.listenFor(deploymentIds(rendered), { host: providers.host, firstPort });
    return await use({ environment, stack, client, standIn, adaptations: [] });
  } finally {
    client.close();
    await standIn.close();
  }
}

export type Compare<T> = (staging: Side, production: Side) => Promise<T>;
export type Begin<T> = (use: (side: Side) => Promise<T>) => Promise<T>;

/** Both are begun at once and ended together, so that none is left behind when one of them fails. */
export async function withBoth<T>(first: Begin<T>, second: Begin<T>, compare: Compare<T>): Promise<T> {
  const ready: { resolve(side: Side | undefined): void; side: Promise<Side | undefined> } = pending();
  const over: { resolve(side: undefined): void; side: Promise<undefined> } = pending();
  const other = second(async (side) => {
    ready.resolve(side);
    await over.side;
    return undefined as T;
  }).catch((error: unknown) => {
    ready.resolve(undefined);
    throw error;
  });
  const own = first(async (side) => {
    const production = await ready.side;
    // The other one did not start, and says why.
    return production === undefined ? (undefined as T) : compare(side, production);
  }).finally(() => over.resolve(undefined));
  const [mine, theirs] = await Promise.allSettled([own, other]);
  if (mine.status === "rejected") throw mine.reason;
  if (theirs.status === "rejected") throw theirs.reason;
  return mine.value;
}

function pending<T>(): { resolve(side: T): void; side: Promise<T> } {
  let resolve: (side: T) => void = () => {};
  const side = new Promise<T>((done) => {
    resolve = done;
  });
  return { resolve, side };
}
