import type { Config } from "../../config/schema";
import { fallbacksOf } from "../../gateway/latency";
import type { Client } from "../client";
import { wait } from "../standIn/reply";
import type { StandIn } from "../standIn/standIn";
import { type Injection, injections, planOf } from "./faults";
import { trace } from "./request";
import type { Phase, Trace } from "./trace";

/** A running gateway and the stand-ins that it calls. */
export interface Subject {
  config: Config;
  client: Client;
  standIn: StandIn;
}

export interface RunOptions {
  /** What all times of the gateway were multiplied by. */
  timeScale: number;
  /** Called as a fault begins; `done` of `total` are over. */
  progress?(fault: string, done: number, total: number): void;
  signal?: AbortSignal;
  /** Only these faults. Default: all. */
  faults?: readonly Injection[];
}

/** What the stand-ins answer: valid for the route that asks, whatever its schema. */
export function validAnswer(config: Config, tag: string): string {
  const route = tag.split("/")[0] ?? "";
  return config.routes[route]?.breaker?.answer ?? "A valid answer.";
}

/** Injects every fault into every route of one gateway, and returns all requests' traces. */
export async function run({ config, client, standIn }: Subject, options: RunOptions): Promise<Trace[]> {
  const traces: Trace[] = [];
  const openUntil = new Map<string, number>();
  let sent = 0;
  const chosen = options.faults ?? injections;
  for (const [done, injection] of chosen.entries()) {
    options.progress?.(injection.fault, done, chosen.length);
    const steps = injection.everywhere ? names(config).map((route) => [route]) : stepsOf(config);
    for (const routes of steps) {
      await closed(routes.flatMap((route) => [...reachable(config, route)]));
      await Promise.all(routes.map((route) => inject(route, injection)));
    }
    await Promise.all(
      names(config).map(async (route) => {
        await closed([...reachable(config, route)]);
        await ask(route, injection, "recovered");
      }),
    );
  }
  return traces;

  /** Waits until the cool-downs and breakers of routes should be over. */
  async function closed(routes: readonly string[]): Promise<void> {
    const until = Math.max(0, ...routes.map((route) => openUntil.get(route) ?? 0));
    options.signal?.throwIfAborted();
    await wait(until - performance.now());
    options.signal?.throwIfAborted();
  }

  async function inject(name: string, injection: Injection): Promise<void> {
    const route = config.routes[name];
    if (route === undefined) return;
    const plan = planOf(route, injection);
    const targets = injection.everywhere
      ? [...reachable(config, name)].flatMap((one) => deploymentsOf(config, one))
      : deploymentsOf(config, name, firstOrder(route));
    const kind = injection.kind(route);
    await Promise.all(targets.map((target) => standIn.inject(target, kind)));
    try {
      for (let index = 0; index < plan.alone; index++) await ask(name, injection, "alone");
      await Promise.all(Array.from({ length: plan.together }, () => ask(name, injection, "together")));
      for (let index = 0; index < plan.after; index++) await ask(name, injection, "after");
    } finally {
      await Promise.all(targets.map((target) => standIn.heal(target)));
      for (const one of injection.everywhere ? reachable(config, name) : [name])
        openUntil.set(one, performance.now() + openSeconds(config, one, injection) * 1000);
    }
  }

  async function ask(route: string, injection: Injection, phase: Phase): Promise<void> {
    options.signal?.throwIfAborted();
    const tag = `${route}/${sent++}`;
    const seen = await trace(client, standIn, {
      route,
      tag,
      stream: injection.stream ?? false,
      valid: validAnswer(config, tag),
    });
    traces.push({ fault: injection.fault, route, phase, ...seen });
  }

  /** With a margin: the gateway's clock began when the last failure had come back to it. */
  function openSeconds({ routes }: Config, name: string, { breaker }: Injection): number {
    const route = routes[name];
    const coolDown = route?.coolDown.seconds ?? 0;
    const longest = breaker ? Math.max(coolDown, route?.breaker?.openSeconds ?? 0) : coolDown;
    return longest * options.timeScale * 1.05 + 0.3;
  }
}

const names = (config: Config): string[] => Object.keys(config.routes);

/** First, beside one another, the routes that no other falls back to; then the others, one by one. */
function stepsOf(config: Config): string[][] {
  const fallbacks = new Set(Object.values(config.routes).flatMap(fallbacksOf));
  const all = names(config);
  const first = all.filter((route) => !fallbacks.has(route));
  return [
    ...(first.length === 0 ? [] : [first]),
    ...all.filter((route) => fallbacks.has(route)).map((route) => [route]),
  ];
}

/** A route and all that it can fall back to. */
export function reachable(config: Config, route: string): Set<string> {
  const found = new Set<string>();
  const open = [route];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const declared = config.routes[name];
    if (declared === undefined || found.has(name)) continue;
    found.add(name);
    open.push(...fallbacksOf(declared));
  }
  return found;
}

type Route = Config["routes"][string];

export const firstOrder = ({ targets }: Route): number => Math.min(...targets.map(({ order }) => order));

/** The deployments of a route, or those of one order, by their ids. */
export const deploymentsOf = (config: Config, route: string, order?: number): string[] =>
  (config.routes[route]?.targets ?? [])
    .filter((target) => order === undefined || target.order === order)
    .map((target) => `${route}.${target.model}.${target.order}`);
