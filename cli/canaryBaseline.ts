import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { short } from "../config/hash";
import { canaryFiles } from "../config/jobProject";
import { counted } from "../config/numbers";
import { sentence } from "../config/schema/names";
import { WriteError, writeAll } from "../lifecycle/write";
import { type Baseline, formatBaseline } from "../measure/fingerprint/baseline";
import { compare } from "../measure/fingerprint/compare";
import { answersOf, type CanaryFound, sidesOf } from "../measure/fingerprint/results";
import type { MeasuredGateway } from "../measure/measurement";
import type { Ask } from "./confirm";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";

export interface BaselineOptions {
  cwd: string;
  baseline?: string;
  release?: string;
  accept: boolean;
  by?: string;
  yes: boolean;
}

/** Who signs a new baseline off; undefined where there is none to be. */
export function signer({ accept, by, yes, release }: BaselineOptions): string | undefined {
  if (!accept) {
    if (by !== undefined || yes) throw new UsageError("--by and --yes go with --accept.");
    return undefined;
  }
  if (release !== undefined)
    throw new UsageError("A baseline is no evidence: leave --release out, and compare with it afterwards.");
  if (by === undefined || !sentence(3, 200).safeParse(by).success)
    throw new UsageError("--by is missing or no name: who signs these answers off, in 3 to 200 characters.");
  return by;
}

/** The baseline's place in the project: it is reviewed like everything else. */
export function baselinePath(root: string, { cwd, baseline }: BaselineOptions): string {
  if (baseline === undefined) return canaryFiles.baseline;
  const path = relative(root, resolve(cwd, baseline));
  if (isAbsolute(path) || path.split(sep)[0] === "..")
    throw new UsageError("--baseline has to be a file in the project.");
  return path.split(sep).join("/");
}

export interface Accepting extends BaselineOptions {
  by: string;
  file: string;
  earlier: Baseline | undefined;
  found: CanaryFound;
  gateway: MeasuredGateway;
}

/** Writes new answers as the baseline, over an earlier one only once somebody has seen what changes. */
export async function acceptBaseline(
  root: string,
  { by, file, earlier, found, gateway, yes }: Accepting,
  { out }: Output,
  ask: Ask,
): Promise<number> {
  if (gateway.gateway.before !== gateway.gateway.after)
    throw new UsageError("The gateway's configuration changed meanwhile: nothing was written.");
  const baseline = baselineOf(by, found, gateway);
  if (earlier !== undefined) {
    out(`${changes(earlier, baseline, found).join("\n")}\n`);
    if (!yes && ask === undefined)
      throw new UsageError(
        "Nothing was written: without a terminal to ask on, the command needs --yes. It asks no model again.",
      );
    if (!yes && !/^y(es)?$/i.test(((await ask?.("Replace the baseline? [y/N] ")) ?? "").trim()))
      throw new UsageError("Nothing was written.");
  }
  const path = join(root, file);
  const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  try {
    writeAll(root, [{ path: file, before, after: formatBaseline(baseline) }]);
  } catch (error) {
    if (error instanceof WriteError) throw new UsageError(error.message);
    throw error;
  }
  out(
    `${by} signed off ${counted(baseline.measured.samples, "answer")} to ${counted(baseline.cells.length, "prompt")} as the baseline: ${file}.\n`,
  );
  return exit.clean;
}

function baselineOf(by: string, found: CanaryFound, gateway: MeasuredGateway): Baseline {
  const answers = answersOf(found.records);
  const cells = found.cells.map(({ key, route, target, prompt, digest }) => ({
    route,
    target,
    prompt,
    digest,
    answers: answers.get(key) ?? [],
  }));
  const thin = cells.filter((cell) => cell.answers.length < found.repeats);
  if (thin.length > 0)
    throw new UsageError(
      `${counted(thin.length, "prompt")} had fewer than ${found.repeats} answers: nothing was written. ${found.stopped ?? ""} The same command goes on from its journal.`.replace(
        "  ",
        " ",
      ),
    );
  return {
    version: 1,
    kind: "fingerprint baseline",
    signedOffBy: by,
    date: gateway.ended.toISOString().slice(0, 10),
    measured: {
      environment: gateway.environment,
      stack: gateway.stack,
      behaviourHash: gateway.gateway.before,
      providers: gateway.providers,
      started: gateway.started.toISOString(),
      ended: gateway.ended.toISOString(),
      samples: cells.reduce((sum, cell) => sum + cell.answers.length, 0),
    },
    models: found.served.models,
    ...(found.embedding === undefined ? {} : { embedding: found.embedding }),
    cells,
  };
}

const described = ({ signedOffBy, date, measured, cells }: Baseline): string =>
  `signed off by ${signedOffBy} on ${date}: ${counted(measured.samples, "answer")} to ${counted(cells.length, "prompt")} from ${measured.stack}, behaviour ${short(measured.behaviourHash)}, ${measured.providers} providers`;

/** What a person should know before one baseline takes another's place. */
function changes(earlier: Baseline, later: Baseline, found: CanaryFound): string[] {
  const sides = sidesOf(found, earlier);
  const { routes } = compare(sides, { rate: 0.05, seed: "accept" });
  const unknown = sides.filter(({ before }) => before.length === 0).length;
  return [
    `Now:    ${described(earlier)}.`,
    `Then:   ${described(later)}.`,
    ...routes.map(({ route, pValue, samples, features }) => {
      const seen = features.filter((one) => one.pValue <= 0.05).map(({ feature }) => feature);
      if (samples === 0) return `${route}: nothing to compare, all prompts are asked otherwise.`;
      return seen.length === 0
        ? `${route}: no difference is seen (p = ${pValue}).`
        : `${route}: the answers differ in ${seen.join(", ")} (p = ${pValue}).`;
    }),
    ...(unknown === 0 ? [] : [`${counted(unknown, "prompt")} of them new or asked otherwise.`]),
  ];
}
