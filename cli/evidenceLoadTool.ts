import { quote } from "../config/visible";
import { skewMilliseconds } from "../lifecycle/proof";
import { ResultsError } from "../measure/eval/problem";
import { loadResults } from "../measure/load/results";
import { maxToolBytes, readTool } from "../measure/load/tools/read";
import type { ToolRequest, ToolResults } from "../measure/load/tools/request";
import { toolSteps } from "../measure/load/tools/results";
import { type AddingOptions, addMeasured } from "./addMeasured";
import { readInput } from "./evidenceAdd";
import { BlockedError, exit, UsageError } from "./exit";
import { type Around, type AroundOptions, measuredAround } from "./measuredAround";
import { judged, measuredText, providersOf } from "./measuredText";
import { refusing } from "./orUsage";
import type { Output } from "./output";
import { pairOf } from "./pairAhead";

export interface LoadToolOptions extends AddingOptions, AroundOptions {
  cwd: string;
  stack?: string;
  providers: string;
  toolVersion?: string;
  json: boolean;
}

/** `lockstep evidence load --results`: what k6 or guidellm sent, held to what our own generator is held to. */
export async function evidenceLoadTool(
  root: string,
  files: readonly string[],
  peak: number,
  options: LoadToolOptions,
  { out, err, style }: Output,
  env: Readonly<Record<string, string | undefined>>,
  now: () => Date,
): Promise<number> {
  const { cwd, release } = options;
  const { staging } = pairOf(root, options.stack, "What was measured cannot be judged");
  const providers = providersOf(options.providers);
  const around = await measuredAround(options, files, staging, { env, now, err });
  if (release !== undefined && around === undefined)
    throw new UsageError(
      "Evidence is bound to what the gateway reports of itself: give --url and --run, or --hash-before and the others for a run made elsewhere.",
    );
  const read = files.map((name) => ({
    name,
    ...orRefused(() => readTool(readInput(cwd, name, maxToolBytes), name)),
  }));
  const tool = toolOf(read, options.toolVersion);
  const runs = read.flatMap((one) => one.runs);
  if (around !== undefined) checkTimes(runs.flat(), around);
  const steps = toolSteps(runs, peak);
  checkArrivals([
    ...new Set([
      ...read.flatMap((one) => one.refused),
      ...steps.flatMap(({ arrivals }) => arrivals.flatMap(({ faults }) => faults)),
    ]),
  ]);
  const whole = runs.flat().filter((one) => one.whole);
  const fromScheduledTime = runs.flat().every(({ due }) => due !== undefined);
  const found = loadResults(staging.config, {
    peakPerSecond: peak,
    steps,
    stopped: undefined,
    tool: {
      fromScheduledTime,
      hits: whole.every(({ hit }) => hit !== undefined),
      notes: [...new Set(read.flatMap(({ notes }) => notes))],
    },
  });
  if (!fromScheduledTime)
    found.inconclusive.push(
      `${tool.name} does not say of all requests when they were due, so that waits before sending are not in the latencies: docs/load.md says how.`,
    );
  const written =
    around === undefined
      ? []
      : addMeasured(
          root,
          options,
          "load",
          {
            environment: "staging",
            stack: staging.name,
            gateway: around.gateway,
            providers,
            tool: {
              name: tool.name,
              version: tool.version ?? unversioned(tool.name, release),
              command: around.command,
            },
            started: around.started,
            ended: around.ended,
          },
          found,
        );
  const { passed } = judged("load", staging.config, found);
  out(measuredText("load", staging.config, found, { written, json: options.json, style }));
  return passed ? exit.clean : exit.findings;
}

function toolOf(read: readonly ToolResults[], given: string | undefined): ToolResults["tool"] {
  const [first, ...others] = read.map(({ tool }) => tool);
  if (first === undefined) throw new UsageError("--results names no file.");
  if (others.some(({ name, version }) => name !== first.name || version !== first.version))
    throw new UsageError(
      "The files are of several tools, or versions of one: add each tool's as a measurement of its own.",
    );
  return { name: first.name, version: first.version ?? given };
}

function unversioned(name: string, release: string | undefined): string {
  if (release === undefined) return "unknown";
  throw new UsageError(`${name}'s points do not say its version: give it with --tool-version.`);
}

/** What cannot have been a faithful load is not told at all: its tail is not to be believed. */
function checkArrivals(faults: readonly string[]): void {
  if (faults.length > 0)
    throw new BlockedError(
      `These results are refused, and nothing was added. ${faults.join(" ")} docs/load.md says how to send true Poisson arrivals, and "lockstep evidence load --requests" does.`,
    );
}

/** A file of another day is not of this run. */
function checkTimes(requests: readonly ToolRequest[], { started, ended }: Around): void {
  const [first, last] = requests.reduce(
    ([low, high], { start, end }) => [Math.min(low, start), Math.max(high, end)],
    [Number.POSITIVE_INFINITY, 0],
  );
  if (first * 1000 < started.getTime() - skewMilliseconds || last * 1000 > ended.getTime() + skewMilliseconds)
    throw new UsageError(
      `The requests were sent from ${quote(iso(first))} to ${quote(iso(last))}, outside of the run that they should be of: ${started.toISOString()} to ${ended.toISOString()}.`,
    );
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

const orRefused = refusing(ResultsError);
