import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { sha256 } from "../config/hash";
import { counted, readable } from "../config/numbers";
import { outputOfLog, validatorsOf } from "../measure/replay/outputs";
import { Redactor } from "../measure/replay/redaction";
import { replayed } from "../measure/replay/request";
import { replayNotes, replayResults } from "../measure/replay/results";
import { type Planned, type ReplayRecord, runReplay, usedBy } from "../measure/replay/run";
import { countsOfSample, type Drawn, drawSample } from "../measure/replay/sample";
import { countLog } from "../measure/traffic/readLog";
import { leftOut as leftOutOf } from "../measure/traffic/results";
import type { Question } from "../measure/traffic/sql";
import { addMeasured, checkAdding } from "./addMeasured";
import { exit, UsageError } from "./exit";
import { type LogOptions, rangeOf } from "./logged";
import { judged, measuredText } from "./measuredText";
import {
  between,
  boundsOf,
  budgetOf,
  type Environment,
  journalOf,
  type MeasuringOptions,
  measuringOf,
  orSchema,
  stoppable,
} from "./measuring";
import type { Output } from "./output";
import { pairOf, type Stacks } from "./pairAhead";
import { Progress } from "./progress";
import { findProject } from "./project";
import { withReading } from "./trafficSources";

export interface ReplayOptions extends LogOptions, MeasuringOptions {
  productionLog: string;
  sample?: string;
  speed?: string;
  json: boolean;
}

const mostDrawn = 20_000;

/** `lockstep evidence replay`: a sample of production's requests, sent to staging, and what it answers to them. */
export async function evidenceReplay(
  options: ReplayOptions,
  output: Output,
  version: string,
  env: Environment,
  now: Date,
): Promise<number> {
  const root = findProject(options.cwd);
  checkAdding(root, options);
  const { staging, production } = pairOf(root, options.stack, "Its traffic cannot be replayed");
  const size = numberOf("--sample", options.sample ?? "1000", 1, mostDrawn, true);
  const speed = numberOf("--speed", options.speed ?? "1", 0.01, 1_000_000, false);
  const range = rangeOf(options, midnight(now));
  const question: Question = { range, behaviourHash: undefined };
  const validators = orSchema(() => ({ ours: validatorsOf(staging), theirs: validatorsOf(production) }));
  const measuring = measuringOf(root, { ...options, stack: staging.name }, env);
  const { behaviourHash } = staging;
  try {
    const { counts, sample } = await withReading(output, async (reading) => {
      const folder = resolve(options.cwd, options.productionLog);
      const counts = await countLog(folder, question, reading("Production's log"));
      if (counts.requests === 0)
        throw new UsageError(`Production's request log has no request of that time; ${leftOutOf(counts)}.`);
      return { counts, sample: await drawSample(folder, question, size, reading("A sample")) };
    });
    const plan = planOf(sample, { staging, production });
    if (plan.sent.length === 0)
      throw new UsageError(
        `Of ${counted(sample.length, "drawn request")} none can be sent: ${reasons(plan)}.`,
      );
    const seconds = ((plan.sent.at(-1)?.startedAt ?? 0) - (plan.sent[0]?.startedAt ?? 0)) / speed;
    const bounds = boundsOf(options, { requests: plan.sent.length, seconds: 2 * seconds + 600 });
    const heading = {
      kind: "replay",
      hash: behaviourHash,
      url: measuring.url,
      speed,
      sample: sha256(JSON.stringify(plan.sent)),
    };
    const { path, journal } = journalOf<ReplayRecord>(root, "traffic", options, heading, behaviourHash);
    const budget = budgetOf(bounds, usedBy(journal.earlier));
    const progress = new Progress(output.terminal ? process.stderr : undefined);
    const tool = {
      name: "lockstep evidence replay",
      version,
      command: `lockstep evidence replay --sample ${size} --speed ${speed} (${range.days} days of production's log)`,
    };
    const { gateway, found: records } = await stoppable({ path, journal }, (signal) =>
      between(measuring, tool, () =>
        runReplay(plan.sent, speed, {
          config: staging.config,
          client: measuring.client,
          validators: validators.ours,
          budget,
          journal,
          signal,
          progress: (done, left) =>
            progress.say(
              `${readable(done)} of ${readable(plan.sent.length)} replayed, ${readable(Math.ceil(left / 60))} min left`,
            ),
        }),
      ),
    ).finally(() => progress.end());
    if (records.length === 0) throw new UsageError(`Nothing was sent. ${budget.reached ?? ""}`.trim());
    const { config } = production;
    const replay = {
      production: counts,
      sent: countsOfSample(records.flatMap(({ index }) => plan.drawn[index] ?? [])),
      records,
      answers: plan.drawn.map((one) => outputOfLog(one, validators.theirs)),
      drawn: sample.length,
      leftOut: plan.leftOut,
      speed,
      redacted: plan.redacted,
      stopped: records.length < plan.sent.length ? budget.reached : undefined,
      tools: Object.keys(staging.config.behaviour.tools),
    };
    const notes = [
      `Production's request log: ${readable(counts.requests)} requests; ${leftOutOf(counts)}.`,
      ...replayNotes(replay),
    ];
    const asked = { maxPsi: config.acceptance.traffic.maxPsi, missingFrom: 0.01 };
    const found = replayResults(replay, asked, notes);
    const written = addMeasured(root, options, "traffic", gateway, found);
    // Only now is nothing lost without it.
    rmSync(path, { force: true });
    const { passed } = judged("traffic", config, found);
    const lines = [...notes, ...found.results.missing.map((one) => output.style("yellow", one))];
    output.out(
      measuredText("traffic", config, found, { written, json: options.json, style: output.style, lines }),
    );
    return passed ? exit.clean : exit.findings;
  } finally {
    measuring.client.close();
  }
}

interface Plan {
  /** In the order of their times. */
  sent: Planned[];
  /** The same ones as they were drawn. */
  drawn: Drawn[];
  leftOut: Map<string, number>;
  redacted: number;
}

function planOf(sample: readonly Drawn[], { staging, production }: Stacks): Plan {
  const redactor = new Redactor([production.config.monitoring.redact, staging.config.monitoring.redact]);
  const plan: Plan = { sent: [], drawn: [], leftOut: new Map(), redacted: 0 };
  for (const one of sample) {
    const made = replayed(one, { staging, production, redactor });
    if ("why" in made) plan.leftOut.set(made.why, (plan.leftOut.get(made.why) ?? 0) + 1);
    else {
      plan.sent.push({ startedAt: one.startedAt, request: made.request });
      plan.drawn.push(one);
    }
  }
  return { ...plan, redacted: redactor.texts };
}

const reasons = ({ leftOut }: Plan): string =>
  [...leftOut].map(([why, count]) => `${readable(count)} ${why}`).join(", ");

/** The same sample for the rest of the day, so that a replay that was stopped can go on. */
function midnight(now: Date): Date {
  return new Date(Math.floor(now.getTime() / 86_400_000) * 86_400_000);
}

function numberOf(name: string, text: string, least: number, most: number, whole: boolean): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < least || value > most || (whole && !Number.isInteger(value)))
    throw new UsageError(
      `${name} has to be a ${whole ? "whole number" : "number"} from ${readable(least)} to ${readable(most)}.`,
    );
  return value;
}
