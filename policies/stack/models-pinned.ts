import { z } from "zod";
import { day, days } from "../../config/days";
import { describeValue } from "../../config/value";
import { inEach } from "../environments";
import { judgeModelName } from "../modelNames";
import type { Report, StackRule } from "../rule";

const settings = z.strictObject({
  retirementNoticeDays: z
    .number()
    .int()
    .min(0)
    .max(365)
    .default(14)
    .describe("The days before a model's retirement from which it may no longer be used."),
  catalogue: z
    .array(z.string().regex(/^[a-z]+\/\S{1,300}$/, 'a provider and a model id: "openai/our-model-2026-03"'))
    .max(1_000)
    .default([])
    .describe(
      'Models that the team knows to be one fixed version though their names do not say so, "provider/modelId": ["openai/our-model-2026-03"]. A name that is known to move stays refused.',
    ),
});

export const modelsPinned: StackRule<typeof settings> = {
  kind: "stack",
  name: "models-pinned",
  description: "Every model is one fixed version that is not about to be retired.",
  protects:
    "From a provider that changes the model under an alias, so that what was tested is not what answers.",
  severity: "critical",
  exceptions: true,
  settings,
  check({ pair, now }, { retirementNoticeDays, catalogue }) {
    return inEach(pair, (stack, name) =>
      Object.entries(stack.config.models).flatMap(([key, model]): Report[] => {
        const reports: Report[] = [];
        const { modelVersion, versionUpgradeOption, revision } = model;
        const verdict = judgeModelName(model.provider, model.modelId, {
          ...(modelVersion === undefined ? {} : { modelVersion }),
          ...(versionUpgradeOption === undefined ? {} : { versionUpgradeOption }),
          ...(revision === undefined ? {} : { revision }),
        });
        const path = ["models", key, "modelId"];
        const vouched =
          verdict.status === "unknown" && catalogue.includes(`${model.provider}/${model.modelId}`);
        if (verdict.status !== "fixed" && !vouched) {
          const instead = verdict.status === "floating" ? verdict.instead : undefined;
          reports.push({
            status: verdict.status === "unknown" ? "cannot-decide" : "violation",
            object: name(path),
            path: path.join("."),
            found: `${describeValue(model.modelId)}: ${verdict.why}`,
            allowed:
              instead === undefined
                ? "the id of one fixed version"
                : `the id of one fixed version, such as "${instead}"`,
            remedy:
              instead === undefined
                ? verdict.status === "unknown"
                  ? `Write the id of the fixed version that was evaluated; where this is one, add "${model.provider}/${model.modelId}" to the rule's setting catalogue.`
                  : `Write the id of the fixed version that was evaluated.`
                : `Write "${instead}", or the fixed version that was evaluated.`,
            at: stack.position(path),
          });
        }
        const left = (Date.parse(model.retires) - now.getTime()) / day;
        if (left < retirementNoticeDays) {
          const retires = ["models", key, "retires"];
          reports.push({
            object: name(retires),
            path: retires.join("."),
            found:
              left < 0
                ? `retired on ${model.retires}`
                : `retires on ${model.retires}, in ${days(Math.floor(left))}`,
            allowed: `a model with at least ${days(retirementNoticeDays)} left`,
            remedy: "Move the routes to a successor through a release.",
            at: stack.position(retires),
          });
        }
        return reports;
      }),
    );
  },
};
