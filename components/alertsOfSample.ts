import { type Alert, type AlertsArgs, make, percent } from "./alert";
import { badShare, grown, selector, series } from "./series";

/** What `lockstep sample` found, which it tells the gateway once an hour. */
export function sampleAlerts(args: AlertsArgs): Alert[] {
  const { silentFailureRatio } = args.objectives;
  const select = selector(args.namespace);
  return [
    // One bad answer of few is above any objective: they are so few that somebody can read it.
    make(
      args,
      "LockstepSampledAnswersBad",
      "warning",
      "0m",
      `${badShare(args.namespace)} > ${silentFailureRatio}`,
      `Sampled answers of the route {{ $labels.route }} are bad in ${args.environment}.`,
      `{{ $value | humanizePercentage }} of those in the last run were; ${percent(silentFailureRatio)} is the objective.`,
    ),
    make(
      args,
      "LockstepSampleShifted",
      "critical",
      "0m",
      `${grown(series.sampleShifts, select, "1h", ["route"])} > 0`,
      `Answers of the route {{ $labels.route }} have become worse in ${args.environment}.`,
      "More of its sampled answers are bad than in the week before, and more than chance explains.",
    ),
    make(
      args,
      "LockstepSampleAbsent",
      "warning",
      "2h",
      `(${grown(series.sampleRuns, selector(args.namespace, 'complete="true"'), "2h")} or vector(0)) == 0`,
      `Nobody looks at answers in ${args.environment}.`,
      "No run of the sampling job has come to its end for four hours.",
    ),
  ];
}
