import type { Config } from "../../config/schema";
import { ResultsError, shown } from "./problem";
import type { ReadFile, Run } from "./run";

/** A target of a route: the route, and the key in `models`. */
export interface TargetName {
  route: string;
  model: string;
}

export type Asked = Run & TargetName & { file: string };

export const targetKey = ({ route, model }: TargetName): string => `${route}/${model}`;

/** Every target of every route, each once whatever its order. */
export function declaredTargets({ routes }: Pick<Config, "routes">): TargetName[] {
  const all = Object.entries(routes).flatMap(([route, { targets }]) =>
    targets.map(({ model }) => ({ route, model })),
  );
  return [...new Map(all.map((one) => [targetKey(one), one])).values()];
}

/** The target that a deployment of the gateway stands for: "support-chat.chat-large.1". */
export function deployed(declared: readonly TargetName[], id: string): TargetName | undefined {
  return declared.find(
    ({ route, model }) =>
      id.startsWith(`${route}.${model}.`) && /^\d{1,3}$/.test(id.slice(route.length + model.length + 2)),
  );
}

/** `--target LABEL=ROUTE/MODEL`, each; a label may have "=" in it. */
export function labelsOf(
  options: readonly string[],
  declared: readonly TargetName[],
): Map<string, TargetName> {
  const labels = new Map<string, TargetName>();
  for (const option of options) {
    const at = option.lastIndexOf("=");
    const [label, key] = [option.slice(0, at), option.slice(at + 1)];
    if (at < 1) throw new ResultsError(`--target has to be LABEL=ROUTE/MODEL, not ${shown(option)}.`);
    const target = declared.find((one) => targetKey(one) === key);
    if (target === undefined)
      throw new ResultsError(`--target ${shown(option)}: ${shown(key)} is no target; ${list(declared)}.`);
    if (labels.has(label)) throw new ResultsError(`--target names ${shown(label)} twice.`);
    labels.set(label, target);
  }
  return labels;
}

const list = (declared: readonly TargetName[]) => `the stack has ${declared.map(targetKey).join(", ")}`;

/**
 * Which target every run asked: by `--target`, or because the label is a target (ROUTE/MODEL) or a deployment's id.
 * A label that is neither is an error, and so is a `--target` that no file has: nothing is guessed.
 */
export function asked(
  files: readonly ReadFile[],
  labels: ReadonlyMap<string, TargetName>,
  declared: readonly TargetName[],
): Asked[] {
  const unknown = new Set<string>();
  const used = new Set<string>();
  const own = (text: string | undefined): TargetName | undefined => {
    if (text === undefined) return undefined;
    const named = labels.get(text);
    if (named !== undefined) used.add(text);
    // "openai:chat:support-chat.chat-large.1": promptfoo puts the kind of provider before the model.
    const model = text.slice(text.lastIndexOf(":") + 1);
    return named ?? declared.find((one) => targetKey(one) === text) ?? deployed(declared, model);
  };
  const runs = files.flatMap(({ name, runs: read }) =>
    read.flatMap((run): Asked[] => {
      const target = own(run.label) ?? own(run.alias);
      if (target === undefined) unknown.add(run.label);
      return target === undefined ? [] : [{ ...run, ...target, file: name }];
    }),
  );
  if (unknown.size > 0) {
    const some = [...unknown].slice(0, 20).map(shown).join(", ");
    throw new ResultsError(
      `No target is known for the ${unknown.size === 1 ? "label" : "labels"} ${some}. Say which one each stands for with --target LABEL=ROUTE/MODEL; ${list(declared)}.`,
    );
  }
  const idle = [...labels.keys()].filter((label) => !used.has(label));
  if (idle.length > 0)
    throw new ResultsError(`--target names ${idle.map(shown).join(", ")}, which no file has.`);
  return runs;
}
