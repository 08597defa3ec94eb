import { type Alert, type AlertsArgs, make } from "./alert";
import { shortHash } from "./hardened";
import { grown, hashLabel, selector, series } from "./series";

/** One answer is enough: evidence was measured on the pinned model. */
export function servedAlert(args: AlertsArgs): Alert {
  const select = selector(args.namespace, 'match="other"');
  return make(
    args,
    "LockstepServedModelUnexpected",
    "critical",
    "0m",
    `${grown(series.answers, select, "1h", ["route", "model", "served"])} > 0`,
    `Another model than the pinned one answers on {{ $labels.route }} in ${args.environment}.`,
    'The provider says that "{{ $labels.served }}" gave {{ $value | printf "%.0f" }} answers in an hour; "{{ $labels.model }}" is pinned.',
  );
}

export function absenceAlerts(args: AlertsArgs): Alert[] {
  const select = selector(args.namespace);
  return [
    make(
      args,
      "LockstepMetricsAbsent",
      "critical",
      "5m",
      `absent(${series.inFlight}${select})`,
      `Nothing is known about the gateway in ${args.environment}.`,
      "No metrics have come from the gateway for five minutes: the other alarms see nothing.",
    ),
    make(
      args,
      "LockstepTrafficAbsent",
      "warning",
      "30m",
      `(${grown(series.requests, select, "1h")} or vector(0)) == 0`,
      `The gateway answers nobody in ${args.environment}.`,
      "There was no request in an hour, not even the canary's, which runs all the time.",
    ),
  ];
}

/** Two runs in a row: one and a half intervals since the last success, for as long again. */
export function canaryAlerts(args: AlertsArgs): Alert[] {
  if (args.canary === undefined) return [];
  const { cronJob, everyMinutes } = args.canary;
  const succeeded = `${series.jobSucceeded}${selector(args.namespace, `cronjob="${cronJob}"`)}`;
  return [
    make(
      args,
      "LockstepCanaryAbsent",
      "warning",
      `${Math.ceil(everyMinutes * 1.5)}m`,
      `time() - max by (namespace, cronjob) (${succeeded}) > ${everyMinutes * 90} or absent(${succeeded})`,
      `The canary does not get through in ${args.environment}.`,
      `No run of {{ $labels.cronjob }} has succeeded for three intervals of ${everyMinutes} minutes.`,
    ),
  ];
}

export function hashAlert(args: AlertsArgs): Alert {
  const other = selector(args.namespace, `${hashLabel}!="${shortHash(args.behaviourHash)}"`);
  return make(
    args,
    "LockstepBehaviourHashUnexpected",
    "critical",
    "30m",
    `count by (${hashLabel}, pod) (${series.inFlight}${other}) > 0`,
    `A pod of the gateway runs something else than is declared in ${args.environment}.`,
    `The pod {{ $labels.pod }} carries the behaviour hash "{{ $labels.${hashLabel} }}"; "${shortHash(args.behaviourHash)}" is declared.`,
  );
}
