import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { readable } from "../config/numbers";
import { reportPath } from "../gateway/callback";
import type { Client } from "../measure/client";
import { paceOf } from "../measure/fingerprint/plan";
import { Choice } from "../measure/sample/choose";
import { withWindow } from "../measure/sample/history";
import {
  alarmedRoutes,
  failuresOf,
  reportOf,
  type SampleFound,
  sampleResults,
} from "../measure/sample/results";
import { runScoring, type ScoreRecord, scoredBefore } from "../measure/sample/run";
import { rulesOf, validatorsOf } from "./evidenceValidity";
import { exit } from "./exit";
import { readRequests, unreadReason } from "./logged";
import {
  boundsOf,
  budgetOf,
  type Environment,
  journalOf,
  type Measuring,
  measuringOf,
  stoppable,
} from "./measuring";
import type { Output } from "./output";
import { pairOf } from "./pairAhead";
import { Progress } from "./progress";
import { findProject } from "./project";
import { historyPlace, loadHistory, saveHistory } from "./sampleHistory";
import { type SampleOptions, type SamplePlan, samplePlan, usualUsd } from "./samplePlan";
import { sampleJson, sampleText } from "./sampleText";

/** By which its traffic can be told from others', and is left out of the next sample. */
const userAgent = "lockstep-sample";
/** As many answers as one run looks at where no bound is named. */
const mostAnswers = 5_000;
/** A job has 55 minutes (components/probes.ts). */
const mostSeconds = 3_000;

/** `lockstep sample`: a share of the answers in the request log, scored by a cheaper model. */
export async function sample(
  options: SampleOptions,
  output: Output,
  env: Environment,
  now: Date,
): Promise<number> {
  const root = findProject(options.cwd);
  const measuring = measuringOf(root, { ...options, ...productions(root, options, env) }, env, userAgent);
  try {
    return await sampled(root, options, measuring, output, env, now);
  } finally {
    measuring.client.close();
  }
}

/** A job has its own stack's files only, and measuringOf reads which. */
function productions(root: string, { stack }: SampleOptions, env: Environment): { stack?: string } {
  if (stack !== undefined || (env.LOCKSTEP_STACK ?? "") !== "") return {};
  return { stack: pairOf(root, undefined, "Its answers cannot be sampled").production.name };
}

async function sampled(
  root: string,
  options: SampleOptions,
  measuring: Measuring,
  output: Output,
  env: Environment,
  now: Date,
): Promise<number> {
  const { stack, client } = measuring;
  const { config } = stack;
  const plan = samplePlan(options, stack, env, now);
  const { range } = plan;
  const rules = rulesOf(options, Object.keys(config.routes));
  const validators = validatorsOf(stack);
  const bounds = boundsOf(
    { ...options, maxUsd: options.maxUsd ?? usualUsd(config, range).toFixed(4) },
    // Twice each: a verdict that is none is asked for again.
    { requests: 2 * mostAnswers, seconds: mostSeconds },
  );
  const place = historyPlace(root, options.cwd, options.history ?? env.LOCKSTEP_SAMPLE_HISTORY);
  const history = await loadHistory(place);

  const most = Math.min(mostAnswers, Math.ceil(bounds.requests));
  const choice = new Choice(plan.share, config.routes, most);
  const log = { cwd: options.cwd, folder: plan.log, range };
  const unread = await readRequests(log, output, (request) => choice.add(request));
  const chosen = choice.all();
  const failures = failuresOf(chosen, validators, rules);
  const toScore = chosen.filter(({ id }) => !failures.has(id));

  const { path, journal } = journalOfWindow(root, options, measuring, plan);
  const budget = budgetOf(bounds, scoredBefore(journal.earlier));
  const progress = new Progress(output.terminal ? process.stderr : undefined);
  const pace = paceOf(config);
  let scores: ReadonlyMap<string, ScoreRecord>;
  try {
    scores = await stoppable({ path, journal }, (signal) =>
      runScoring(toScore, {
        config,
        judge: plan.judge,
        client,
        budget,
        journal,
        pace,
        signal,
        nonce: () => randomBytes(12).toString("hex"),
        progress: (done, total) => {
          const minutes = Math.ceil(((total - done) * pace.gapMs) / 60_000);
          progress.say(`sample: ${readable(done)} of ${readable(total)} answers, ${minutes} min left`);
        },
      }),
    );
  } finally {
    progress.end();
  }
  const found = sampleResults(config, {
    choice,
    failures,
    scores,
    history,
    window: { ...range, behaviourHash: stack.behaviourHash, scale: plan.scale },
    lowScore: plan.lowScore,
    stopped: budget.reached,
    unread: unreadReason({ unread }),
  });
  // A window of which too little is known is no measure for later ones.
  if (found.inconclusive.length === 0) await saveHistory(place, withWindow(history, found.window));
  const notReported = options.report ? await report(client, found) : undefined;
  rmSync(path, { force: true });
  const told = { plan, choice, found, reported: options.report && notReported === undefined, notReported };
  output.out(options.json ? sampleJson(told) : sampleText(config, told, output.style));
  const clear = alarmedRoutes(found).length === 0 && found.inconclusive.length === 0;
  return clear && notReported === undefined ? exit.clean : exit.findings;
}

/** The journal of one window: what was scored is not scored again. */
function journalOfWindow(
  root: string,
  options: SampleOptions,
  { stack: { behaviourHash: hash }, url }: Measuring,
  { range, judge, scale, share }: SamplePlan,
) {
  const heading = { kind: "sample", hash, url, ...range, share, scale, judge: judge.deployment };
  const window = new Date(range.from * 1000).toISOString().replace(/[:.]/g, "");
  return journalOf<ScoreRecord>(root, "sample", options, heading, hash, window);
}

/** Tells the gateway, whose series the alarms are on; why it could not, as a sentence. */
async function report(client: Client, found: SampleFound): Promise<string | undefined> {
  const why = "so no alarm of the monitoring can go off";
  try {
    const { status } = await client.raw("POST", reportPath, reportOf(found));
    if (status === 200) return undefined;
    return `The gateway did not take the report (${status}), ${why}: its key has to be the master key, or one whose allowed_routes has ${reportPath}.`;
  } catch {
    return `The gateway could not be told, ${why}.`;
  }
}
