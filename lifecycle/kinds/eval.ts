import { z } from "zod";
import { name } from "../../config/schema/names";
import {
  atLeast,
  atMost,
  type Criterion,
  eachOnce,
  holds,
  interval,
  type Kind,
  notMeasured,
  withUnit,
} from "../kind";
import { ratio, ratioInterval, whole } from "../quantities";

/** What users send that a suite of friendly questions leaves out. */
export const caseKinds = [
  "adversarial",
  "schema-violation",
  "prompt-injection",
  "prompt-injection-by-tool",
  "pii-leakage",
  "conflicting-instructions",
  "over-long",
  "empty",
  "mixed-language",
] as const;
export type CaseKind = (typeof caseKinds)[number];

const ends = z.strictObject({ low: z.number().min(0), high: z.number().min(0) });

const target = z
  .strictObject({
    route: name,
    model: name.describe("The key of the target in `models`."),
    cases: z.int().min(0).describe("How many cases were evaluated."),
    repeats: z.int().min(1).describe("How often each case was."),
    score: ratioInterval.describe("The mean score over cases, 0 to 1, with its confidence interval."),
    schemaValidRatio: ratio()
      .describe("The share of answers that satisfy the route's schema; 1 without one. Absent: not measured.")
      .optional(),
    latencyP95Seconds: z.number().min(0).describe("Absent: not measured.").optional(),
    latencyP95Interval: ends.describe("Its confidence interval, where one was computed.").optional(),
    usdPerRequest: z.number().min(0).describe("The mean cost of a request. Absent: not measured.").optional(),
    usdPerRequestInterval: ends.describe("Its confidence interval, where one was computed.").optional(),
    usdPerMillionTokens: z
      .strictObject({ measured: z.number().min(0), declared: z.number().min(0) })
      .describe("What tokens cost by what was charged, and the same tokens by the prices in `models`.")
      .optional(),
    coreCases: whole().describe("How many of the cases are of the core reasoning path.").optional(),
    corePassed: whole().describe("How many of these passed in every repeat.").optional(),
  })
  .refine(
    (one) =>
      around(one.latencyP95Seconds, one.latencyP95Interval) &&
      around(one.usdPerRequest, one.usdPerRequestInterval),
    "intervals with the value between their ends",
  );

/** Whether an interval, where there is one, has the value between its ends. */
function around(value: number | undefined, interval: z.infer<typeof ends> | undefined): boolean {
  if (interval === undefined) return true;
  return value !== undefined && interval.low <= value && value <= interval.high;
}

const untouched = z.strictObject({
  routes: z.array(name).max(10_000),
  fallbacks: z
    .array(z.strictObject({ route: name, fallback: name }))
    .max(10_000)
    .describe("Routes that no case of a route that falls back to them was asked of."),
  tools: z.array(name).max(10_000),
  teams: z.array(name).max(10_000),
  kinds: z.array(z.enum(caseKinds)).max(caseKinds.length),
});

const results = z.strictObject({
  confidence: ratio().describe("The confidence level of the intervals."),
  method: z.string().min(3).max(500).describe("How the intervals were computed."),
  targets: z
    .array(target)
    .max(10_000)
    .refine(
      (targets) => eachOnce(targets, ({ route, model }) => `${route} ${model}`),
      "every route and model once",
    ),
  untouched: untouched.describe("What no case touches.").optional(),
});

export type EvalResults = z.infer<typeof results>;
export type Untouched = z.infer<typeof untouched>;

/** Quality, schema, latency and cost of every target of every route, fallbacks too. */
export const evaluation: Kind<EvalResults> = {
  name: "eval",
  results,
  comparesWithProduction: false,
  random: true,
  minimumSamples: ({ acceptance }) => acceptance.eval.minCases,
  minimumRepeats: ({ acceptance }) => acceptance.eval.minRepeats,
  criteria({ targets }, { acceptance, routes }) {
    const asked = acceptance.eval;
    return Object.entries(routes).flatMap(([route, { targets: declared }]) =>
      [...new Set(declared.map(({ model }) => model))].flatMap((model): Criterion[] => {
        const on = `${route} on ${model}`;
        const found = targets.find((one) => one.route === route && one.model === model);
        if (found === undefined)
          return [holds("targets", false, "no case", "cases for every target of a route", on)];
        const { schemaValidRatio: valid, latencyP95Seconds: latency, usdPerRequest: usd } = found;
        return [
          atLeast("minCases", found.cases, asked.minCases, "cases", on),
          atLeast("minRepeats", found.repeats, asked.minRepeats, "repeats of each case", on),
          interval("minScore", found.score, asked.minScore, "higher", "", on),
          valid === undefined
            ? notMeasured("minSchemaValidRatio", `at least ${withUnit(asked.minSchemaValidRatio, "")}`, on)
            : atLeast("minSchemaValidRatio", valid, asked.minSchemaValidRatio, "", on),
          bounded("maxLatencyP95Seconds", latency, found.latencyP95Interval, "seconds", on, asked),
          bounded("maxUsdPerRequest", usd, found.usdPerRequestInterval, "USD per request", on, asked),
          ...price(found, on),
          ...core(found, on),
        ];
      }),
    );
  },
};

/** By its interval where it has one: a p95 of few answers is not known to the digit. */
function bounded<Name extends string>(
  name: Name,
  value: number | undefined,
  ends: { low: number; high: number } | undefined,
  unit: string,
  on: string,
  asked: Readonly<Record<Name, number>>,
): Criterion {
  if (value === undefined) return notMeasured(name, `at most ${withUnit(asked[name], unit)}`, on);
  return ends === undefined
    ? atMost(name, value, asked[name], unit, on)
    : interval(name, { value, ...ends }, asked[name], "lower", unit, on);
}

type Target = z.infer<typeof target>;

/** Dearer tokens than declared make every sum of money wrong that is computed from the declared prices. */
const price = ({ usdPerMillionTokens: tokens }: Target, on: string): Criterion[] =>
  tokens === undefined
    ? []
    : [atMost("usdPerMillionTokens", tokens.measured, tokens.declared, "USD per million tokens", on)];

/** Of the core reasoning path every case has to pass; evidence of before there was the field says nothing of it. */
function core({ coreCases: cases, corePassed: passed = 0 }: Target, on: string): Criterion[] {
  if (cases === undefined) return [];
  const required = "every case of the core reasoning path passed in every repeat";
  if (cases === 0) return [{ ...notMeasured("core", required, on), measured: "no case is tagged core" }];
  return [holds("core", passed >= cases, `${passed} of ${cases} passed`, required, on)];
}

/** What no case touches, a line a sort of thing; empty where everything is touched. */
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
