import type { Config } from "../../config/schema";
import { caseKinds, type Untouched } from "../../lifecycle/kinds/eval";
import { ResultsError, shown } from "./problem";
import type { Asked } from "./targets";

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
