import type { Config } from "../../config/schema";
import { type CaseKind, caseKinds } from "../../lifecycle/kinds/eval";
import { ResultsError, shown } from "./problem";
import type { Asked } from "./targets";

/** What no case touches, by the tags of the cases. */
export interface Untouched {
  routes: string[];
  /** Routes that answer in another one's place, and were never asked a case of it. */
  fallbacks: { route: string; fallback: string }[];
  tools: string[];
  teams: string[];
  kinds: CaseKind[];
}

type Declared = Pick<Config, "routes" | "behaviour" | "limits">;

export function untouchedBy(runs: readonly Asked[], { routes, behaviour, limits }: Declared): Untouched {
  checkNames(runs, "tools", Object.keys(behaviour.tools), ({ tools }) => tools);
  checkNames(runs, "team", Object.keys(limits.teams), ({ team }) => (team === undefined ? [] : [team]));
  const casesOf = new Map(Object.keys(routes).map((route) => [route, new Set<string>()]));
  for (const { route, caseId } of runs) casesOf.get(route)?.add(caseId);
  const lacking = <T extends string>(all: readonly T[], touched: (run: Asked) => readonly string[]): T[] => {
    const seen = new Set(runs.flatMap(touched));
    return all.filter((one) => !seen.has(one));
  };
  const pairs = Object.entries(routes).flatMap(([route, { fallbacks }]) =>
    fallbacks.map((fallback) => ({ route, fallback })),
  );
  return {
    routes: lacking(Object.keys(routes), ({ route }) => [route]),
    fallbacks: pairs.filter(({ route, fallback }) => {
      const asked = casesOf.get(fallback);
      return ![...(casesOf.get(route) ?? [])].some((id) => asked?.has(id));
    }),
    tools: lacking(Object.keys(behaviour.tools), ({ tools }) => tools),
    teams: lacking(Object.keys(limits.teams), ({ team }) => (team === undefined ? [] : [team])),
    kinds: lacking(caseKinds, ({ kinds }) => kinds),
  };
}

/** A misspelt tag would touch nothing, and nobody would see why. */
function checkNames(
  runs: readonly Asked[],
  tag: string,
  declared: readonly string[],
  of: (run: Asked) => readonly string[],
): void {
  for (const run of runs)
    for (const name of of(run))
      if (!declared.includes(name))
        throw new ResultsError(
          `${run.file}: ${run.at}.${tag}: found ${shown(name)}; allowed is ${declared.length === 0 ? "none, since the stack has none" : declared.join(", ")}. Name it as the stack does.`,
        );
}

/** Lines for a person; empty where everything is touched. */
export function untouchedLines({ routes, fallbacks, tools, teams, kinds }: Untouched): string[] {
  const line = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${what}: ${names.join(", ")}`];
  return [
    ...line("routes", routes),
    ...line(
      "fallbacks",
      fallbacks.map(({ route, fallback }) => `${fallback} in the place of ${route}`),
    ),
    ...line("tools", tools),
    ...line("teams", teams),
    ...line("kinds of case", kinds),
  ];
}
