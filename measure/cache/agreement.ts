import { readable } from "../../config/numbers";
import type { Config } from "../../config/schema";
import { rounded } from "../statistics";
import type { FoundPattern } from "./patterns";

/**
 * How far two sources of the same time may lie apart. The log has a request's start and metrics its end, so that those
 * in flight at either end are in one of them only.
 */
export const tolerance = { requestRatio: 0.02, requests: 5, hitRatio: 0.02 };

/** Why log and metrics do not tell the same, a sentence for each route with a prompt; empty where they do. */
export function disagreements(
  { routes }: Pick<Config, "routes">,
  log: ReadonlyMap<string, FoundPattern>,
  metrics: ReadonlyMap<string, FoundPattern>,
): string[] {
  return Object.keys(routes).flatMap((route) => {
    if (routes[route]?.prompt === undefined) return [];
    const [one, other] = [log.get(route), metrics.get(route)];
    const [a, b] = [one?.requests ?? 0, other?.requests ?? 0];
    if (Math.abs(a - b) > Math.max(tolerance.requests, tolerance.requestRatio * Math.max(a, b)))
      return [
        `The log has ${readable(a)} requests of ${route}, the metrics ${readable(b)}: they are not of the same traffic.`,
      ];
    const [own, counted] = [one?.hitRatio ?? 0, other?.hitRatio ?? 0];
    return rounded(Math.abs(own - counted)) > tolerance.hitRatio
      ? [
          `The hit ratio of ${route} is ${readable(own)} by the log and ${readable(counted)} by the metrics: more than ${tolerance.hitRatio} apart.`,
        ]
      : [];
  });
}
