import type { Config } from "../config/schema";
import { quote } from "../config/visible";
import type { Criterion } from "../lifecycle/kind";
import { type EvalResults, evaluation } from "../lifecycle/kinds/eval";
import { skewMilliseconds } from "../lifecycle/proof";
import { ResultsError } from "../measure/eval/problem";
import { formats, maxResultsBytes, readResults } from "../measure/eval/read";
import { measuredOf } from "../measure/eval/results";
import type { Format, ReadFile } from "../measure/eval/run";
import { asked, declaredTargets, labelsOf } from "../measure/eval/targets";
import type { Measured } from "../measure/measurement";
import { SchemaError } from "../measure/schema";
import { addMeasured, checkAdding } from "./addMeasured";
import { evalText } from "./evalText";
import { readInput } from "./evidenceAdd";
import { exit, UsageError } from "./exit";
import { type Around, type AroundOptions, measuredAround } from "./measuredAround";
import { refusing } from "./orUsage";
import type { Output } from "./output";
import { pairAhead } from "./pairAhead";
import { findProject } from "./project";

export interface EvalOptions extends AroundOptions {
  stack?: string;
  release?: string;
  sign?: string;
  format?: string;
  target?: string[];
  providers?: string;
  tool?: string;
  toolVersion?: string;
  json: boolean;
}

/** `lockstep evidence eval`: what the results of an evaluation say about every target, as evidence. */
export async function evidenceEval(
  files: readonly string[],
  options: EvalOptions,
  { out, err, style }: Output,
  env: Readonly<Record<string, string | undefined>>,
  now: () => Date,
): Promise<number> {
  const { cwd, release } = options;
  const root = findProject(cwd);
  const stacks = pairAhead(root, options.stack, "Nothing can be evaluated");
  const { staging, production } = stacks;
  checkAdding(root, options);
  const providers = providersOf(options);
  const format = formatOf(options.format);
  const declared = declaredTargets(staging.config);
  checkTool(files, options, format);
  const labels = orRefused(() => labelsOf(options.target ?? [], declared));
  const around = await measuredAround(options, files, staging, { env, now, err });
  if (release !== undefined && around === undefined)
    throw new UsageError(
      "Evidence is bound to what the gateway reports of itself: give --url and --run, or --hash-before and the others for a run made elsewhere.",
    );
  const { read, found } = orRefused(() => {
    const inputs = files.map((name) => ({ name, bytes: readInput(cwd, name, maxResultsBytes) }));
    const read = readResults(inputs, format);
    return { read, found: measuredOf(read, asked(read, labels, declared), staging) };
  });
  if (around !== undefined) checkTimes(read, around);
  const criteria = judged(found, production.config);
  const passed =
    criteria.length > 0 &&
    found.inconclusive.length === 0 &&
    criteria.every(({ outcome }) => outcome === "passes");
  const written =
    release === undefined || around === undefined || providers === undefined
      ? []
      : addMeasured(
          root,
          options,
          "eval",
          {
            environment: "staging",
            stack: staging.name,
            gateway: around.gateway,
            providers,
            tool: { ...toolOf(read, options), command: around.command },
            started: around.started,
            ended: around.ended,
          },
          found,
        );
  const told = {
    passed,
    criteria,
    inconclusive: found.inconclusive,
    results: found.results as EvalResults,
    notes: found.raw.notes,
    written,
  };
  out(options.json ? `${JSON.stringify({ version: 1, ...told }, null, 2)}\n` : evalText(told, style));
  return passed ? exit.clean : exit.findings;
}

/** By what production will ask for. */
const judged = ({ results }: Measured, config: Config): Criterion[] =>
  evaluation.criteria(evaluation.results.parse(results), config);

function providersOf({ providers, release }: EvalOptions): "real" | "stub" | undefined {
  if (providers === "real" || providers === "stub") return providers;
  if (providers !== undefined) throw new UsageError("--providers has to be real or stub.");
  if (release !== undefined)
    throw new UsageError("--release needs --providers real, or stub where stand-ins answered.");
  return undefined;
}

function formatOf(format: string | undefined): Format | undefined {
  const known = formats.find((one) => one === format);
  if (format !== undefined && known === undefined)
    throw new UsageError(`--format has to be one of ${formats.join(", ")}.`);
  return known;
}

/** promptfoo's files say when they were made: one of another day is not of this run. */
function checkTimes(read: readonly ReadFile[], { started, ended }: Around): void {
  for (const { name, made } of read) {
    if (made === undefined) continue;
    const early = made.getTime() < started.getTime() - skewMilliseconds;
    if (early || made.getTime() > ended.getTime() + skewMilliseconds)
      throw new UsageError(
        `${quote(name)} was made at ${made.toISOString()}, outside of the run that it should be of: ${started.toISOString()} to ${ended.toISOString()}.`,
      );
  }
}

/** Before the command runs for nothing: only promptfoo's files tell who made them. */
function checkTool(files: readonly string[], options: EvalOptions, format: Format | undefined): void {
  const { release, tool, toolVersion } = options;
  const tells = format === undefined ? files.some((file) => file.endsWith(".json")) : format === "promptfoo";
  if (release !== undefined && !tells && (tool === undefined || toolVersion === undefined))
    throw new UsageError(noTool);
}

const noTool = "The files do not say which tool made them, in which version: give --tool and --tool-version.";

function toolOf(read: readonly ReadFile[], { tool, toolVersion }: EvalOptions) {
  const own = read.find((one) => one.tool !== undefined)?.tool;
  const name = tool ?? own?.name;
  const version = toolVersion ?? (tool === undefined ? own?.version : undefined);
  if (name === undefined || version === undefined) throw new UsageError(noTool);
  return { name, version };
}

const orRefused = refusing(ResultsError, SchemaError);
