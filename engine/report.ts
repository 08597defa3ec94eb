import type { StackResult } from "../config/stack";
import { rules } from "../policies/registry";
import { type StackPreview, stackHead, toFinding } from "../preview/pairReport";
import { levels } from "../preview/policyReport";
import type { Run } from "./engine";
import { saysNothing } from "./explain";
import { policyFaults, readUnknown } from "./verdict";

/** A preview or an update by the real engine, in the form of `lockstep preview`. */
export function stackPreview(stack: StackResult, run: Run, pulumi: string): StackPreview {
  const { observed, receipts, failure } = run;
  const findings = [
    // What read an unknown is no finding: it is told as a policy that did not run.
    ...observed.reports.filter((report) => !readUnknown(report)).map(toFinding),
    ...observed.foreign.map(({ pack, policy, message }) => ({
      ...toFinding({ policy, level: "mandatory", message, urn: "" }),
      object: `The policy pack ${pack}`,
      path: pack,
    })),
  ];
  const isBlocked = findings.some(({ status }) => status !== "exempted");
  // A violation fails a run by itself, and says so itself.
  const isFailed = failure !== undefined && !isBlocked;
  return {
    name: stack.name,
    report: {
      ...stackHead(stack),
      evaluated: !isFailed,
      resources: [...observed.resources.values()].map(({ op: _, ...resource }) => resource),
      diagnostics: [
        ...observed.diagnostics.filter(
          ({ severity, message }) => severity === "warning" || (isBlocked && !saysNothing.test(message)),
        ),
        ...(isFailed ? [{ severity: "error" as const, message: failure }] : []),
      ],
      engine: {
        pulumi,
        changes: observed.summary?.changes ?? {},
        // Of a run that failed for another reason nothing is proven, and that is said.
        faults: isFailed ? [] : policyFaults(observed, receipts, rules),
      },
    },
    findings,
    policies: receipts.flatMap(({ policy, level }) => {
      const known = levels.find((one) => one === level);
      const description = rules.find(({ name }) => name === policy)?.description ?? "";
      return known === undefined ? [] : [{ name: policy, description, level: known }];
    }),
  };
}
