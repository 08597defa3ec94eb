import { cacheResults, Pattern } from "../measure/cache/patterns";
import { type AddingOptions, addMeasured, checkAdding } from "./addMeasured";
import { exit } from "./exit";
import { type LogOptions, loggedNote, rangeOf, readLogged, unreadReason } from "./logged";
import { judged, measuredText, providersOf } from "./measuredText";
import type { Output } from "./output";
import { measuredStack, pairOf } from "./pairAhead";
import { findProject } from "./project";

export interface CacheOptions extends AddingOptions, LogOptions {
  log: string;
  stack?: string;
  providers: string;
  json: boolean;
}

/** `lockstep evidence cache`: the prompt cache's hit rate of every route, from the request log. */
export async function evidenceCache(
  options: CacheOptions,
  output: Output,
  version: string,
  now: Date,
): Promise<number> {
  const root = findProject(options.cwd);
  checkAdding(root, options);
  const providers = providersOf(options.providers);
  const { environment, stack } = measuredStack(
    pairOf(root, options.stack, "Its cache cannot be judged"),
    options.stack,
  );
  const { config, behaviourHash } = stack;
  const range = rangeOf(options, now);
  const patterns = new Map<string, Pattern>();
  const log = { cwd: options.cwd, folder: options.log, range, behaviourHash };
  const logged = await readLogged(log, output, (request) => {
    const pattern = patterns.get(request.route) ?? new Pattern();
    patterns.set(request.route, pattern);
    pattern.add(request);
  });
  const found = cacheResults(config, patterns, [loggedNote(environment, logged)]);
  found.inconclusive.push(...unreadReason(logged));
  const gateway = {
    environment,
    stack: stack.name,
    // Every record says which behaviour wrote it.
    gateway: { before: behaviourHash, after: behaviourHash },
    providers,
    tool: {
      name: "lockstep evidence cache",
      version,
      command: `lockstep evidence cache (${range.days} days of log)`,
    },
    started: logged.first,
    ended: logged.last,
  };
  const written = addMeasured(root, options, "cache", gateway, found);
  const { passed } = judged("cache", config, found);
  output.out(measuredText("cache", config, found, { written, json: options.json, style: output.style }));
  return passed ? exit.clean : exit.findings;
}
