import { readable } from "../config/numbers";
import type { Stack } from "../config/stack";
import type { MeasuredGateway } from "../measure/measurement";
import { athenaSql } from "../measure/traffic/athena";
import type { Counts } from "../measure/traffic/counts";
import { leftOut, type Tested, trafficResults } from "../measure/traffic/results";
import type { Question } from "../measure/traffic/sql";
import { addMeasured, checkAdding } from "./addMeasured";
import { exit, UsageError } from "./exit";
import { type LogOptions, rangeOf } from "./logged";
import { judged, measuredText, providersOf } from "./measuredText";
import { between, type Environment, type MeasuringOptions, measuringOf } from "./measuring";
import type { Output } from "./output";
import { pairOf } from "./pairAhead";
import { findProject } from "./project";
import { countEval, countsOf, isEvalFile, withReading } from "./trafficSources";

export interface TrafficOptions extends LogOptions, MeasuringOptions {
  log?: string;
  productionLog?: string;
  target?: string[];
  missingFrom?: string;
  sql?: string;
  json: boolean;
}

/** `lockstep evidence traffic`: whether staging is tested with what production gets. */
export async function evidenceTraffic(
  options: TrafficOptions,
  output: Output,
  version: string,
  env: Environment,
  now: Date,
): Promise<number> {
  const { cwd } = options;
  const root = findProject(cwd);
  checkAdding(root, options);
  const providers = providersOf(options.providers);
  const { staging, production } = pairOf(root, options.stack, "What it is tested with cannot be judged");
  const range = rangeOf(options, now);
  const theirs: Question = { range, behaviourHash: undefined };
  const ours: Question = { range, behaviourHash: staging.behaviourHash };
  if (options.sql !== undefined) return printSql(options, { theirs, ours }, output);
  const { log, productionLog } = options;
  if (log === undefined || productionLog === undefined)
    throw new UsageError(
      "--log and --production-log are missing: what staging is tested with, and production's request log.",
    );
  const missingFrom = missingFromOf(options);
  const { config } = production;
  const asked = { maxPsi: config.acceptance.traffic.maxPsi, missingFrom };
  const tool = {
    name: "lockstep evidence traffic",
    version,
    command: `lockstep evidence traffic (${range.days} days of production's log)`,
  };
  const fromEval = isEvalFile(cwd, log);
  // An evaluation's file does not say what answered: the gateway is asked where it becomes evidence.
  const measuring =
    fromEval && options.release !== undefined
      ? measuringOf(root, { ...options, stack: staging.name }, env)
      : undefined;
  const { gateway, tested, counts } = await withReading(output, async (reading) => {
    const counts = some(
      "Production's request log",
      await countsOf(cwd, productionLog, theirs, reading("Production's log")),
    );
    const test = async (): Promise<Tested> => {
      if (fromEval) {
        const how = { targets: options.target ?? [], question: ours, reading: reading("The evaluation") };
        return await countEval(cwd, log, staging, how);
      }
      const own = await countsOf(cwd, log, ours, reading("Staging's log"));
      return { counts: own, name: "staging's request log", silent: [] };
    };
    const asked = measuring === undefined ? undefined : await between(measuring, tool, test);
    const tested = asked?.found ?? (await test());
    some("What staging is tested with", tested.counts);
    return { counts, tested, gateway: asked?.gateway };
  }).finally(() => measuring?.client.close());
  const found = trafficResults(counts, tested, asked, [
    `Production's request log: ${readable(counts.requests)} requests; ${leftOut(counts)}.`,
    `Tested with ${tested.name}: ${readable(tested.counts.requests)} requests; ${leftOut(tested.counts)}.`,
    `What ${missingFrom * 100} % of production's requests or more are, and no tested one, is named.`,
  ]);
  const written = addMeasured(
    root,
    options,
    "traffic",
    gateway ?? ofLog(staging, tested.counts, { providers, tool }),
    found,
  );
  const { passed } = judged("traffic", config, found);
  const lines = [
    ...found.raw.notes.slice(0, 2),
    ...found.results.missing.map((one) => output.style("yellow", one)),
  ];
  output.out(
    measuredText("traffic", config, found, { written, json: options.json, style: output.style, lines }),
  );
  return passed ? exit.clean : exit.findings;
}

/** Every record of a log says which behaviour wrote it. */
const ofLog = (
  { name, behaviourHash }: Stack,
  { first, last }: Counts,
  { providers, tool }: Pick<MeasuredGateway, "providers" | "tool">,
): MeasuredGateway => ({
  environment: "staging",
  stack: name,
  gateway: { before: behaviourHash, after: behaviourHash },
  providers,
  tool,
  started: new Date(first * 1000),
  ended: new Date(last * 1000),
});

function some(what: string, counts: Counts): Counts {
  if (counts.requests > 0) return counts;
  throw new UsageError(`${what} has no request of that time and behaviour; ${leftOut(counts)}.`);
}

function printSql(
  { sql, from, until }: TrafficOptions,
  { theirs, ours }: { theirs: Question; ours: Question },
  { out }: Output,
): number {
  if (sql !== "production" && sql !== "staging")
    throw new UsageError("--sql has to be production or staging: whose request log the query is for.");
  if (from === undefined || until === undefined)
    throw new UsageError("--sql needs --from and --until: the results are read with the same ones.");
  out(athenaSql(sql === "production" ? theirs : ours));
  return exit.clean;
}

function missingFromOf({ missingFrom = "1" }: TrafficOptions): number {
  if (!/^\d{1,2}(\.\d{1,4})?$/.test(missingFrom) || Number(missingFrom) === 0)
    throw new UsageError("--missing-from has to be a share in percent above 0 and below 100.");
  return Number(missingFrom) / 100;
}
