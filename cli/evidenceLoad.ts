import { existsSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { sha256 } from "../config/hash";
import { readable } from "../config/numbers";
import { formatPart, mergedParts, type Part, PartError, readPart } from "../measure/load/part";
import { plannedBy, secondsLeft, shareOf, stepsOf, usedBy } from "../measure/load/plan";
import type { LoadRecord } from "../measure/load/record";
import { loadResults } from "../measure/load/results";
import { runLoad } from "../measure/load/run";
import { summaries } from "../measure/load/summary";
import { RequestsError, readRequests } from "../measure/requests";
import { addMeasured, checkAdding } from "./addMeasured";
import { readInput } from "./evidenceAdd";
import { evidenceLoadTool, type LoadToolOptions } from "./evidenceLoadTool";
import { exit, UsageError } from "./exit";
import { judged, measuredText } from "./measuredText";
import {
  between,
  boundsOf,
  budgetOf,
  type Environment,
  journalOf,
  type MeasuringOptions,
  measuringOf,
  stoppable,
} from "./measuring";
import { refusing } from "./orUsage";
import type { Output } from "./output";
import { measuredStack, pairOf } from "./pairAhead";
import { Progress } from "./progress";
import { findProject } from "./project";

export interface LoadOptions extends MeasuringOptions, Omit<LoadToolOptions, "cwd" | "stack"> {
  results?: string[];
  peak?: string;
  requests?: string;
  multiples?: string;
  pod?: string;
  output?: string;
  merge?: string[];
  json: boolean;
}

/** `lockstep evidence load`: what the gateway does at multiples of the expected peak. */
export async function evidenceLoad(
  options: LoadOptions,
  output: Output,
  version: string,
  env: Environment,
): Promise<number> {
  const root = findProject(options.cwd);
  checkAdding(root, options);
  checkTool(options);
  if (options.results !== undefined) {
    const { results, peak } = options;
    if (peak === undefined)
      throw new UsageError("--peak is missing: the peak that production expects, in requests a second.");
    return evidenceLoadTool(root, results, positive("--peak", peak), options, output, env, () => new Date());
  }
  if (options.merge !== undefined) {
    const parts = options.merge.map((file) => orRefused(() => readPart(text(options.cwd, file), file)));
    return told(
      root,
      orRefused(() => mergedParts(parts)),
      options,
      output,
    );
  }
  const { pod, pods } = podOf(options);
  const { part, path } = await measured(root, { ...options, pod, pods }, output, version, env);
  const code =
    options.output === undefined
      ? told(root, part, options, output)
      : written(resolve(options.cwd, options.output), part, output);
  // Only now is nothing lost without it.
  rmSync(path);
  return code;
}

async function measured(
  root: string,
  options: Omit<LoadOptions, "pod"> & { pod: number; pods: number },
  output: Output,
  version: string,
  env: Environment,
): Promise<{ part: Part; path: string }> {
  const { pod, pods } = options;
  if (options.peak === undefined || options.requests === undefined)
    throw new UsageError(
      "--peak and --requests are missing: how many requests a second to expect, and which.",
    );
  const peak = positive("--peak", options.peak);
  const file = options.requests;
  const measuring = measuringOf(root, options, env);
  const { config, behaviourHash } = measuring.stack;
  const lines = text(options.cwd, file);
  const requests = orRefused(() => readRequests(lines, file, measuring.stack));
  const steps = stepsOf(config, multiplesOf(options.multiples));
  const plan = shareOf(peak, steps, { pod, pods, seed: behaviourHash });
  const { requests: planned, seconds } = plannedBy(plan);
  const routes = new Set(requests.map(({ model }) => model)).size;
  const bounds = boundsOf(options, { requests: planned + routes, seconds: 2 * seconds + 60 });
  const heading = { kind: "load", hash: behaviourHash, url: measuring.url, plan, requests: sha256(lines) };
  const { path, journal } = journalOf<LoadRecord>(root, "load", options, heading, behaviourHash);
  const budget = budgetOf(bounds, usedBy(journal.earlier));
  const progress = new Progress(output.terminal ? process.stderr : undefined);
  const command = [
    `lockstep evidence load --peak ${peak} --multiples ${steps.map(({ multiple }) => multiple).join(",")}`,
    ...(pods > 1 ? [`on ${pods} pods`] : []),
  ].join(" ");
  try {
    const { gateway, found } = await stoppable({ path, journal }, (signal) =>
      between(measuring, { name: "lockstep evidence load", version, command }, () =>
        runLoad(plan, {
          config,
          client: measuring.client,
          requests,
          budget,
          journal,
          signal,
          progress: (step, sent) => {
            const minutes = Math.ceil(secondsLeft(plan, step, sent) / 60);
            progress.say(
              `${step.multiple} times the peak: ${readable(sent)} of ${readable(step.requests)}, ${minutes} min left`,
            );
          },
        }),
      ),
    );
    const part: Part = {
      pod,
      pods,
      peakPerSecond: peak,
      requests: sha256(lines),
      stopped: budget.reached,
      gateway,
      steps: summaries(found),
    };
    if (part.steps.length === 0) throw new UsageError(`Nothing was sent. ${budget.reached ?? ""}`.trim());
    return { part, path };
  } finally {
    progress.end();
    measuring.client.close();
  }
}

function told(root: string, part: Omit<Part, "pod">, options: LoadOptions, { out, style }: Output): number {
  const pair = pairOf(root, part.gateway.stack, "What was measured cannot be judged");
  const { config } = measuredStack(pair, part.gateway.stack).stack;
  const found = loadResults(config, part);
  const files = addMeasured(root, options, "load", part.gateway, found);
  const { passed } = judged("load", config, found);
  out(measuredText("load", config, found, { written: files, json: options.json, style }));
  return passed ? exit.clean : exit.findings;
}

function written(file: string, part: Part, { out }: Output): number {
  writeFileSync(file, formatPart(part), { flag: "wx" });
  out(`Pod ${part.pod} of ${part.pods} has measured; merge all of them with --merge.\n`);
  return exit.clean;
}

const text = (cwd: string, file: string): string => Buffer.from(readInput(cwd, file)).toString("utf8");

/** `--pod 2/8`; one of its own writes into a file, which is not there yet. */
function podOf({ cwd, pod, output }: LoadOptions): { pod: number; pods: number } {
  if ((pod === undefined) !== (output === undefined))
    throw new UsageError("--pod and --output go together: a pod's part is merged with the others'.");
  if (output !== undefined && existsSync(resolve(cwd, output)))
    throw new UsageError("The file that --output names is there already.");
  const [, own = "", all = ""] = /^(\d{1,4})\/(\d{1,4})$/.exec(pod ?? "1/1") ?? [];
  const [index, pods] = [Number(own), Number(all)];
  if (own === "" || index < 1 || index > pods || pods > 1_000)
    throw new UsageError("--pod has to be like 2/8: the second of eight.");
  return { pod: index, pods };
}

function multiplesOf(list: string | undefined): number[] | undefined {
  return list?.split(",").map((one) => {
    const multiple = positive("--multiples", one);
    if (multiple > 100) throw new UsageError("--multiples are of the peak: 100 is the most.");
    return multiple;
  });
}

const ofTool = ["run", "hashBefore", "hashAfter", "started", "ended", "command", "toolVersion"] as const;

/** What the one way takes says nothing about the other. */
function checkTool(options: LoadOptions): void {
  const { results, requests, multiples, pod, output, merge, maxUsd, maxRequests, maxSeconds, journal } =
    options;
  if (results === undefined) {
    if (ofTool.some((name) => options[name] !== undefined))
      throw new UsageError("--run, --hash-before and the like go with --results: what another tool sent.");
    return;
  }
  const own = { requests, multiples, pod, output, merge, maxUsd, maxRequests, maxSeconds, journal };
  if (Object.values(own).some((value) => value !== undefined))
    throw new UsageError("--results are of what another tool sent: it takes nothing about what to send.");
}

function positive(name: string, value: string): number {
  if (!/^\d+(\.\d+)?$/.test(value) || !(Number(value) > 0))
    throw new UsageError(`${name} has to be a number above zero.`);
  return Number(value);
}

const orRefused = refusing(RequestsError, PartError);
