import { resolve } from "node:path";
import { projectFiles } from "../config/files";
import { short } from "../config/hash";
import { readable } from "../config/numbers";
import { loadPair } from "../config/pair";
import { chosenPair, pairOr } from "../lifecycle/releaseFiles";
import { cacheResults, Pattern } from "../measure/cache/patterns";
import { LogError, readLog, type Unread } from "../measure/log/folder";
import { type AddingOptions, addMeasured, checkAdding } from "./addMeasured";
import { exit, UsageError } from "./exit";
import { judged, measuredText } from "./measuredText";
import { orUsage } from "./orUsage";
import type { Output } from "./output";
import { Progress } from "./progress";
import { findProject } from "./project";

export interface CacheOptions extends AddingOptions {
  log: string;
  stack?: string;
  from?: string;
  until?: string;
  providers: string;
  json: boolean;
}

const defaultDays = 7;

/** `lockstep evidence cache`: the prompt cache's hit rate of every route, from the request log. */
export async function evidenceCache(
  options: CacheOptions,
  output: Output,
  version: string,
  now: Date,
): Promise<number> {
  const root = findProject(options.cwd);
  checkAdding(root, options);
  const { providers } = options;
  if (providers !== "real" && providers !== "stub")
    throw new UsageError("--providers has to be real, or stub for stand-ins.");
  const { staging, production } = orUsage(() => {
    const files = projectFiles(root);
    return pairOr(loadPair(files, chosenPair(files, options.stack)), "Its cache cannot be judged");
  });
  const stack = options.stack === production.name ? production : staging;
  const until = timeOf("--until", options.until, now.getTime() / 1000);
  const from = timeOf("--from", options.from, until - defaultDays * 86_400);
  if (from >= until) throw new UsageError("--from has to be before --until.");
  const progress = new Progress(output.terminal ? process.stderr : undefined);
  const unread: Unread = { count: 0, first: [] };
  const patterns = new Map<string, Pattern>();
  let [count, others, first, last] = [0, 0, Number.POSITIVE_INFINITY, 0];
  try {
    for await (const request of readLog(resolve(options.cwd, options.log), { from, until }, unread)) {
      if (request.behaviourHash !== stack.behaviourHash) {
        others++;
        continue;
      }
      const pattern = patterns.get(request.route) ?? new Pattern();
      patterns.set(request.route, pattern);
      pattern.add(request);
      [first, last] = [Math.min(first, request.startedAt), Math.max(last, request.startedAt)];
      progress.say(`${readable(++count)} requests read`);
    }
  } catch (error) {
    if (error instanceof LogError) throw new UsageError(error.message);
    throw error;
  } finally {
    progress.end();
  }
  if (count === 0)
    throw new UsageError(
      `The log has no request of the behaviour ${short(stack.behaviourHash)} in that time; ${readable(others)} of others${unread.count > 0 ? `, and ${readable(unread.count)} that cannot be read (${unread.first[0]})` : ""}.`,
    );
  const found = cacheResults(stack.config, patterns, [
    `From the request log: ${readable(count)} requests of this behaviour; ${readable(others)} of others were left out.`,
  ]);
  if (unread.count > 0)
    found.inconclusive.push(
      `${readable(unread.count)} records of the log cannot be read: ${unread.first[0]}.`.slice(0, 500),
    );
  const days = Math.round((until - from) / 86_400);
  const gateway = {
    environment: stack === production ? ("production" as const) : ("staging" as const),
    stack: stack.name,
    // Every record says which behaviour wrote it.
    gateway: { before: stack.behaviourHash, after: stack.behaviourHash },
    providers: providers as "real" | "stub",
    tool: {
      name: "lockstep evidence cache",
      version,
      command: `lockstep evidence cache (${days} days of log)`,
    },
    started: new Date(first * 1000),
    ended: new Date(last * 1000),
  };
  const written = addMeasured(root, options, "cache", gateway, found);
  const { passed, criteria } = judged("cache", stack.config, found);
  const { raw: _raw, ...rest } = found;
  output.out(
    options.json
      ? `${JSON.stringify({ version: 1, passed, criteria, ...rest, written }, null, 2)}\n`
      : measuredText("cache", stack.config, found, written, output.style),
  );
  return passed ? exit.clean : exit.findings;
}

function timeOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(`${name} has to be a day or a time in UTC: 2026-11-20T10:00:00Z.`);
  return time / 1000;
}
