import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, sha256 } from "../config/hash";
import { readable } from "../config/numbers";
import { type Baseline, readBaseline } from "../measure/fingerprint/baseline";
import { askedOf } from "../measure/fingerprint/features";
import { plannedBy, secondsLeft, usualUsd } from "../measure/fingerprint/plan";
import { usedBy } from "../measure/fingerprint/record";
import { type CanaryFound, canaryResults } from "../measure/fingerprint/results";
import { canaryRecords, type JournalRecord, runStretch } from "../measure/fingerprint/stretch";
import type { MeasuredGateway } from "../measure/measurement";
import { addMeasured, checkAdding } from "./addMeasured";
import { acceptBaseline, baselinePath, signer } from "./canaryBaseline";
import { type CanaryOptions, orRefused, planOf, textOf } from "./canaryPlan";
import { alarmOf, canaryJson, canaryText, withoutBaseline } from "./canaryText";
import { type Ask, processAsk } from "./confirm";
import { exit, UsageError } from "./exit";
import { judged } from "./measuredText";
import {
  between,
  boundsOf,
  budgetOf,
  type Environment,
  journalOf,
  type Measuring,
  measuringOf,
  orSchema,
  stoppable,
} from "./measuring";
import type { Output } from "./output";
import { Progress } from "./progress";
import { findProject } from "./project";

/** By which its traffic can be told from others'. */
const userAgent = "lockstep-canary";

/** `lockstep canary`: whether the models behave as they did when the baseline was signed off. */
export async function canary(
  options: CanaryOptions,
  output: Output,
  version: string,
  env: Environment,
  ask: Ask = processAsk(output),
): Promise<number> {
  const root = findProject(options.cwd);
  checkAdding(root, options);
  const by = signer(options);
  const file = baselinePath(root, options);
  const baseline = existsSync(join(root, file))
    ? orRefused(() => readBaseline(textOf(root, file), file))
    : undefined;
  if (baseline === undefined && by === undefined) {
    if (options.release !== undefined)
      throw new UsageError(`There is no baseline (${file}): sign one off with --accept --by NAME.`);
    output.out(withoutBaseline(file, options.json));
    return exit.clean;
  }
  const measuring = measuringOf(root, options, env, userAgent);
  try {
    const { found, gateway, journal } = await measured(root, options, measuring, baseline, output, version);
    const code =
      by !== undefined
        ? await acceptBaseline(root, { by, file, earlier: baseline, found, gateway, ...options }, output, ask)
        : told(root, options, measuring, baseline as Baseline, found, gateway, output);
    // Only now is nothing lost without it.
    rmSync(journal);
    return code;
  } finally {
    measuring.client.close();
  }
}

async function measured(
  root: string,
  options: CanaryOptions,
  measuring: Measuring,
  baseline: Baseline | undefined,
  output: Output,
  version: string,
): Promise<{ found: CanaryFound; gateway: MeasuredGateway; journal: string }> {
  const { stack, client, providers, url } = measuring;
  const { config, behaviourHash: hash } = stack;
  const plan = planOf(root, options, stack, baseline);
  const askedByRoute = orSchema(
    () => new Map(Object.keys(config.routes).map((route) => [route, askedOf(stack, route)])),
  );
  const { cells, repeats, embedding } = plan;
  const usual = options.accept ? {} : { maxUsd: usualUsd(config).toFixed(4) };
  const bounds = boundsOf({ ...usual, ...options }, plannedBy(plan));
  const asked = sha256(canonicalJson(cells.map(({ key, digest }) => `${key} ${digest}`)));
  const heading = { kind: "fingerprint", hash, url, accept: options.accept, repeats, asked };
  const { path, journal } = journalOf<JournalRecord>(
    root,
    // A baseline's answers are kept apart from a run's.
    options.accept ? "baseline" : "fingerprint",
    options,
    heading,
    hash,
  );
  const budget = budgetOf(bounds, usedBy(canaryRecords(journal.earlier)));
  const progress = new Progress(output.terminal ? process.stderr : undefined);
  const tool = { name: "lockstep canary", version, command: `lockstep canary --repeats ${repeats}` };
  try {
    const { gateway, found } = await stoppable({ path, journal }, (signal) =>
      between(measuring, tool, () =>
        runStretch(plan, {
          config,
          asked: askedByRoute,
          client,
          budget,
          journal,
          signal,
          progress: (done, total) => {
            const minutes = Math.ceil(secondsLeft(plan, total - done) / 60);
            progress.say(`canary: ${readable(done)} of ${readable(total)} answers, ${minutes} min left`);
          },
        }),
      ),
    );
    const pinned = embedding === undefined ? undefined : config.models[embedding]?.modelId;
    return {
      found: { cells, repeats, ...found, providers, embedding: pinned, stopped: budget.reached },
      gateway,
      journal: path,
    };
  } finally {
    progress.end();
  }
}

function told(
  root: string,
  options: CanaryOptions,
  { stack: { config } }: Measuring,
  baseline: Baseline,
  found: CanaryFound,
  gateway: MeasuredGateway,
  { out, style }: Output,
): number {
  const { routes, ...results } = canaryResults(config, found, baseline);
  const files = addMeasured(root, options, "fingerprint", gateway, results);
  const { passed, criteria } = judged("fingerprint", config, results);
  const alarm = alarmOf(results, criteria);
  out(
    options.json
      ? canaryJson({ alarm, passed, criteria, routes, measured: results, files })
      : canaryText(config, { results, routes, files, alarm }, style),
  );
  // Beside normal traffic only an alarm is one; evidence has to pass.
  return alarm || (options.release !== undefined && !passed) ? exit.findings : exit.clean;
}
