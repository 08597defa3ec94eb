import type { Config } from "../../config/schema";
import { tellsModel } from "../../gateway/served";
import type { Client } from "../client";
import type { Cell } from "./prompts";
import type { CanaryRecord } from "./record";

/** The gateway's count of answers by the model that the provider named; see gateway/callback/lockstep_served.py. */
const metric = "lockstep_served_answers_total";

/** Counts of one of the gateway's processes, by series. */
export type Counts = Map<string, { model: string; match: string; served: string; count: number }>;

/** Counts by process: every pod counts for itself. */
export type Served = Map<string, Counts>;

/** A service spreads connections over pods by chance: so many of them find all of a few. */
const reads = 12;

/** Reads what the gateway's processes have counted; one that cannot be read has none. */
export async function readServed(client: Pick<Client, "metrics">, times = reads): Promise<Served> {
  const texts = await Promise.all(Array.from({ length: times }, () => client.metrics()));
  const served: Served = new Map();
  for (const text of texts) {
    if (text === undefined) continue;
    const process = /^process_start_time_seconds (\S+)$/m.exec(text)?.[1] ?? "";
    const counts = countsOf(text);
    if (counts.size > 0) served.set(process, counts);
  }
  return served;
}

export function countsOf(text: string): Counts {
  const counts: Counts = new Map();
  for (const [, labels = "", value = ""] of text.matchAll(
    new RegExp(`^${metric}\\{([^\\n]*)\\} (\\S+)`, "gm"),
  )) {
    const of = Object.fromEntries(
      [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = "", text = ""]) => [label, text]),
    );
    const { model = "", match = "", served = "" } = of;
    counts.set(labels, { model, match, served, count: Number(value) });
  }
  return counts;
}

export interface ServedModel {
  model: string;
  served: string[];
  by?: "provider" | "request";
}

export interface ServedFound {
  models: ServedModel[];
  /** Why they are not known. */
  inconclusive: string[];
}

/** What was found in several stretches. */
export function joined(stretches: readonly ServedFound[]): ServedFound {
  const models = new Map<string, ServedModel>();
  for (const one of stretches.flatMap((found) => found.models)) {
    const served = [...new Set([...(models.get(one.model)?.served ?? []), ...one.served])].sort();
    models.set(one.model, { ...one, served });
  }
  return {
    models: [...models.values()],
    inconclusive: [...new Set(stretches.flatMap(({ inconclusive }) => inconclusive))],
  };
}

/**
 * The ids that answered, for every model that was asked: what providers named between both readings, in whatever
 * traffic there was, or, of those that name none, what was asked for where their deployment answered.
 */
export function servedModels(
  config: Config,
  cells: readonly Cell[],
  records: readonly CanaryRecord[],
  before: Served,
  after: Served,
): ServedFound {
  const names = [...new Set(cells.map(({ model }) => model))];
  const inconclusive: string[] = [];
  const models = names.flatMap((name): ServedModel[] => {
    const { modelId, provider } = config.models[name] ?? {};
    if (modelId === undefined || provider === undefined) return [];
    if (!tellsModel(provider)) {
      const own = new Set(cells.filter(({ model }) => model === name).map(({ target }) => target));
      const answered = records.some(({ status, deployment }) => status === 200 && own.has(deployment ?? ""));
      return answered ? [{ model: name, served: [modelId], by: "request" }] : [];
    }
    const served = grown(before, after).filter((one) => one.model === modelId);
    if (served.some(({ match }) => match === "unknown"))
      inconclusive.push(`An answer for ${name} does not say which model served it.`);
    const ids = [...new Set(served.flatMap((one) => (one.served === "" ? [] : [one.served])))].sort();
    return ids.length === 0 ? [] : [{ model: name, served: ids }];
  });
  if (after.size === 0)
    return {
      models,
      inconclusive: [`The gateway does not count what was served: no ${metric} in /metrics/.`],
    };
  return { models, inconclusive };
}

/** What a process counted between both readings; one that started in between had counted nothing. */
function grown(before: Served, after: Served) {
  return [...after].flatMap(([process, counts]) =>
    [...counts].flatMap(([labels, one]) =>
      one.count > (before.get(process)?.get(labels)?.count ?? 0) ? [one] : [],
    ),
  );
}
