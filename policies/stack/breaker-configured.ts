import { z } from "zod";
import { inEach } from "../environments";
import type { Report, StackRule } from "../rule";

const settings = z.strictObject({
  maximumInvalidResponses: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe("The most invalid answers that a breaker may wait for."),
});

export const breakerConfigured: StackRule<typeof settings> = {
  kind: "stack",
  name: "breaker-configured",
  description:
    "Every route has a circuit breaker for invalid answers, with a deterministic answer behind it.",
  protects: "From handing broken or invented output to users while a model misbehaves.",
  severity: "high",
  exceptions: true,
  settings,
  check({ pair }, { maximumInvalidResponses }) {
    return inEach(pair, (stack, name) =>
      Object.entries(stack.config.routes).flatMap(([alias, { breaker }]): Report[] => {
        const path = ["routes", alias, "breaker"];
        if (breaker === undefined) {
          return [
            {
              object: name(path),
              path: path.join("."),
              found: "nothing",
              allowed: `a breaker that opens after at most ${maximumInvalidResponses} invalid answers`,
              remedy: `Add ${path.join(".")} with invalidResponses, windowSeconds, openSeconds and answer.`,
              at: stack.position(path),
            },
          ];
        }
        if (breaker.invalidResponses <= maximumInvalidResponses) return [];
        const field = [...path, "invalidResponses"];
        return [
          {
            object: name(field),
            path: field.join("."),
            found: `${breaker.invalidResponses} invalid answers`,
            allowed: `at most ${maximumInvalidResponses}`,
            remedy: `Lower ${field.join(".")}.`,
            at: stack.position(field),
          },
        ];
      }),
    );
  },
};
