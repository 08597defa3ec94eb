import type { Config } from "../../config/schema";
import type { FaultName } from "../../lifecycle/kinds/routing";
import { legsOf, pathText, placeOf } from "./path";
import type { Difference, Phase, Trace } from "./trace";

export interface CompareOptions {
  /** The longest random part of a wait, in seconds: `gateway.backoff.jitterSeconds`. */
  jitterSeconds: number;
  /** What all times of both gateways were multiplied by. */
  timeScale: number;
}

/**
 * What a machine that does other things as well may add to a time. It only ever adds, so the shortest of several waits
 * is compared; of fewer than three none may have been left alone.
 */
const noiseSeconds = (samples: number): number => (samples < 3 ? 0.6 : 0.15);
const noiseRatio = 0.1;

/** The shortest of n waits lies so much above the least: on average a jitter's (n + 1)th part, and three is rare. */
const jitterShare = (samples: number): number => Math.min(1, 3 / (samples + 1));

/** Every fault and route for which two environments' traces are not the same, one difference each. */
export function compare(
  staging: readonly Trace[],
  production: readonly Trace[],
  { routes }: Pick<Config, "routes">,
  options: CompareOptions,
): Difference[] {
  const found: Difference[] = [];
  const [ours, theirs] = [grouped(staging), grouped(production)];
  for (const [key, mine] of ours) {
    const { fault, route } = mine[0] as Trace;
    const difference = differenceOf(mine, theirs.get(key) ?? [], options);
    if (difference !== undefined) found.push({ fault, route, difference });
  }
  for (const [key, [first]] of theirs)
    if (!ours.has(key) && first !== undefined)
      found.push({ fault: first.fault, route: first.route, difference: "only production was asked" });
  const order = Object.keys(routes);
  return found.sort((a, b) => order.indexOf(a.route) - order.indexOf(b.route));
}

function grouped(traces: readonly Trace[]): Map<string, Trace[]> {
  const groups = new Map<string, Trace[]>();
  for (const trace of traces) {
    const key = JSON.stringify([trace.fault, trace.route] satisfies [FaultName, string]);
    groups.set(key, [...(groups.get(key) ?? []), trace]);
  }
  return groups;
}

/** The first thing in which they differ: what comes after follows from it. */
function differenceOf(
  mine: readonly Trace[],
  theirs: readonly Trace[],
  options: CompareOptions,
): string | undefined {
  const of = (traces: readonly Trace[], phase: Phase) => traces.filter((trace) => trace.phase === phase);
  return (
    inOrder("request", of(mine, "alone"), of(theirs, "alone")) ??
    atOnce(of(mine, "together"), of(theirs, "together")) ??
    inOrder("afterwards, request", of(mine, "after"), of(theirs, "after")) ??
    inOrder("recovered, request", of(mine, "recovered"), of(theirs, "recovered")) ??
    apart(mine, theirs, options)
  );
}

function inOrder(what: string, mine: readonly Trace[], theirs: readonly Trace[]): string | undefined {
  for (let index = 0; index < Math.max(mine.length, theirs.length); index++) {
    const [one, other] = [mine[index], theirs[index]];
    if (one === undefined || other === undefined || exact(one) !== exact(other))
      return `${what} ${index + 1}: staging ${told(one)}; production ${told(other)}`;
  }
  return undefined;
}

const exact = ({ calls, client }: Trace): string =>
  JSON.stringify([legsOf(calls.map(({ target }) => placeOf(target))), client]);

const told = (trace: Trace | undefined): string =>
  trace === undefined ? "was not asked" : `${trace.client} after ${pathText(trace.route, trace.calls)}`;

/**
 * Of requests at once chance decides which attempt still finds a target before it cools down. So only which
 * places were called counts, in their order, and a request that found the first ones cooling down says nothing
 * that one does not say that went the whole way.
 */
function atOnce(mine: readonly Trace[], theirs: readonly Trace[]): string | undefined {
  const [ours, others] = [longest(mine), longest(theirs)];
  if ([...ours.keys()].sort().join("\n") === [...others.keys()].sort().join("\n")) return undefined;
  const text = (paths: Map<string, Trace>) =>
    Array.from(paths.values(), told).sort().join(" or ") || "nothing";
  return `${mine.length} requests at once: staging ${text(ours)}; production ${text(others)}`;
}

function longest(traces: readonly Trace[]): Map<string, Trace> {
  const places = ({ calls }: Trace) =>
    legsOf(calls.map(({ target }) => placeOf(target))).map(({ place }) => place);
  const paths = new Map(traces.map((trace) => [JSON.stringify([places(trace), trace.client]), trace]));
  const all = [...paths.values()].map(places);
  return new Map(
    [...paths].filter(([, trace]) => {
      const own = places(trace);
      return !all.some((other) => other.length > own.length && endsWith(other, own));
    }),
  );
}

const endsWith = (path: readonly string[], end: readonly string[]): boolean =>
  end.every((place, index) => path[path.length - end.length + index] === place);

/** Waits are compared where a request took the same way in both: the shortest of each wait over such requests. */
function apart(
  mine: readonly Trace[],
  theirs: readonly Trace[],
  { jitterSeconds, timeScale }: CompareOptions,
): string | undefined {
  const [ours, others] = [waitsOf(mine), waitsOf(theirs)];
  for (const [key, wait] of ours) {
    const other = others.get(key);
    if (other === undefined) continue;
    const [one, two] = [Math.min(...wait.seconds), Math.min(...other.seconds)];
    const samples = Math.min(wait.seconds.length, other.seconds.length);
    const allowed =
      jitterSeconds * timeScale * jitterShare(samples) +
      noiseSeconds(samples) +
      noiseRatio * Math.max(one, two);
    if (Math.abs(one - two) > allowed)
      return `${wait.text}: staging ${one.toFixed(2)} s; production ${two.toFixed(2)} s; no more than ${allowed.toFixed(2)} s apart are alike`;
  }
  return undefined;
}

interface Waits {
  text: string;
  seconds: number[];
}

/** From each call to the next one, from the request to its first call, and from its last call to the answer. */
function waitsOf(traces: readonly Trace[]): Map<string, Waits> {
  const waits = new Map<string, Waits>();
  for (const trace of traces) {
    if (trace.phase === "recovered") continue;
    const points = [
      { name: "the request", at: 0 },
      ...trace.calls.map(({ target, seconds }) => ({
        name: pathText(trace.route, [{ target }]),
        at: seconds,
      })),
      { name: "the answer", at: trace.seconds },
    ];
    points.slice(1).forEach((point, index) => {
      const before = points[index] ?? point;
      const key = JSON.stringify([exact(trace), index]);
      const text = `from ${before.name} to ${point.name} (wait ${index + 1} of ${points.length - 1})`;
      const known = waits.get(key) ?? { text, seconds: [] };
      known.seconds.push(point.at - before.at);
      waits.set(key, known);
    });
  }
  return waits;
}
