import type { Config } from "../config/schema";
import type { Criterion } from "../lifecycle/kind";
import type { RouteComparison } from "../measure/fingerprint/compare";
import type { Measured } from "../measure/measurement";
import type { Paint } from "../review/terminal";
import { measuredText } from "./measuredText";

/** A route whose answers changed, or a model that is not the pinned one. What nobody told is no alarm. */
export function alarmOf({ results }: Measured, criteria: readonly Criterion[]): boolean {
  const told = (results.models as { model: string }[]).map(({ model }) => model);
  return criteria.some(
    ({ name, subject, outcome }) =>
      outcome === "fails" && (name === "alarm" || (name === "served" && told.includes(subject ?? ""))),
  );
}

interface Found {
  alarm: boolean;
  routes: readonly RouteComparison[];
  files: readonly string[];
}

/** One line, as a job's log takes it. */
export function canaryJson({
  measured: { raw: _raw, ...rest },
  files,
  ...told
}: Found & { passed: boolean; criteria: readonly Criterion[]; measured: Measured }): string {
  return `${JSON.stringify({ version: 1, ...told, ...rest, written: files })}\n`;
}

export function canaryText(
  config: Config,
  { results, routes, files, alarm }: Found & { results: Measured },
  style: Paint,
): string {
  const rate = config.acceptance.fingerprint.maxFalseAlarmRate;
  const changed = routes.flatMap(({ route, features }) =>
    features
      .filter(({ pValue }) => pValue <= rate)
      .map(({ feature, pValue, before, after }) => {
        const means =
          before === undefined || after === undefined ? "" : `, ${before} before and ${after} now`;
        return `Changed: ${route}: ${feature}${means} (p = ${pValue}).\n`;
      }),
  );
  return [
    ...changed,
    measuredText("fingerprint", config, results, { written: files, json: false, style }),
    alarm ? style("red", "Alarm: the models do not behave as was signed off.\n") : "No alarm.\n",
  ].join("");
}

/** Nothing is asked, and nothing paid for: there is nothing to compare with. */
export function withoutBaseline(file: string, json: boolean): string {
  const inconclusive = [
    `There is no baseline (${file}): sign one off with "lockstep canary --accept --by NAME --max-usd USD", and commit it.`,
  ];
  return json
    ? `${JSON.stringify({ version: 1, alarm: false, passed: false, routes: [], inconclusive, written: [] })}\n`
    : `Inconclusive: ${inconclusive[0]}\n`;
}
