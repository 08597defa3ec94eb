import { percent, readable } from "../../config/numbers";
import type { TrafficResults } from "../../lifecycle/kinds/traffic";
import type { Measured } from "../measurement";
import { rounded } from "../statistics";
import { type Asked, compared } from "../traffic/compare";
import type { Counts } from "../traffic/counts";
import type { Dimension } from "../traffic/dimensions";
import { reasonsOf, resultsOf, trafficResults } from "../traffic/results";
import type { Output } from "./outputs";
import type { ReplayRecord } from "./run";

/** What of a sample may be left out before it is no sample of production. */
const mostLeftOut = 0.05;
/** Sent so late that the recorded spacing is none. */
const lateSeconds = 1;

export interface Replayed {
  production: Counts;
  /** The requests that were sent, counted by what they were in production. */
  sent: Counts;
  records: readonly ReplayRecord[];
  /** Production's answers to them, by their place in the plan; undefined where its log keeps none. */
  answers: readonly (Output | undefined)[];
  /** How many were drawn, and of those that could not be sent, how many for each reason. */
  drawn: number;
  leftOut: ReadonlyMap<string, number>;
  speed: number;
  /** Texts that were redacted once more. */
  redacted: number;
  /** Why it ended early; undefined where it did not. */
  stopped: string | undefined;
  /** The names of tools that are declared: any other is a client's or a model's own. */
  tools: readonly string[];
}

/** What a replay does not reproduce: one key sends it all, and what was answered is compared below. */
const silent = ["output_tokens", "model_name", "team", "tool_use", "cache"];

interface OutputDimension extends Pick<Dimension, "name" | "sort"> {
  of(output: Output): string | undefined;
}

const dimensionsOf = (tools: readonly string[]): OutputDimension[] => [
  {
    name: "output tokens",
    sort: "number",
    of: ({ tokens }) => (tokens === undefined ? undefined : String(tokens)),
  },
  {
    name: "format",
    sort: "word",
    of: ({ valid, route }) => (valid === undefined ? undefined : `${route}: ${valid ? "valid" : "invalid"}`),
  },
  { name: "refusals", sort: "word", of: ({ refused }) => (refused ? "refused" : "not refused") },
  {
    name: "tool choices",
    sort: "word",
    of: ({ tools: called }) =>
      called.length === 0
        ? "none"
        : called.map((one) => (tools.includes(one) ? one : "another tool")).join(", "),
  },
  { name: "finish reasons", sort: "word", of: ({ finish }) => finish },
];

/** Whether staging answers production's requests as production did. */
export function replayResults(
  replay: Replayed,
  asked: Asked,
  notes: readonly string[],
): Measured & { results: TrafficResults } {
  const { production, sent, records, answers, drawn, leftOut, speed, tools } = replay;
  const away = speed === 1 ? silent : [...silent, "hour"];
  const found = trafficResults(
    production,
    { counts: sent, name: "the replayed sample", silent: away },
    asked,
    notes,
  );
  const pairs = records.flatMap(({ index, output }) => {
    const theirs = answers[index];
    return output === null || theirs === undefined ? [] : [{ ours: output, theirs }];
  });
  const outputs = dimensionsOf(tools).flatMap(({ name, sort, of }) => {
    const one = compared(
      { name, sort, missing: (bin) => bin },
      {
        production: tally(pairs.map(({ theirs }) => of(theirs))),
        tested: tally(pairs.map(({ ours }) => of(ours))),
      },
      asked,
    );
    return one === undefined ? [] : [one];
  });
  const unsent = [...leftOut.values()].reduce((sum, count) => sum + count, 0);
  const unknown = answers.filter((one) => one === undefined).length;
  const answered = records.filter(({ status }) => status === 200).length;
  return {
    ...found,
    inconclusive: [
      ...found.inconclusive,
      ...reasonsOf(outputs).map((reason) => `Replay: ${reason}`),
      ...(unsent > mostLeftOut * drawn
        ? [
            `${readable(unsent)} of ${readable(drawn)} drawn requests could not be sent, ${percent(unsent, drawn)} of them.`,
          ]
        : []),
      ...(unknown > mostLeftOut * answers.length
        ? [
            `Production's log keeps no answer to ${readable(unknown)} of ${readable(answers.length)} requests.`,
          ]
        : []),
      ...(replay.stopped === undefined ? [] : [replay.stopped]),
    ],
    results: {
      ...found.results,
      outputs: { sent: records.length, answered, speed, dimensions: resultsOf(outputs) },
    },
    raw: {
      ...found.raw,
      replay: {
        drawn,
        leftOut: Object.fromEntries(leftOut),
        statuses: counted(records.map(({ status }) => String(status))),
        late: records.filter((one) => one.lateSeconds > lateSeconds).length,
        usd: rounded(records.reduce((sum, { usd }) => sum + usd, 0)),
        outputs: Object.fromEntries(
          dimensionsOf(tools)
            .filter(({ sort }) => sort === "word")
            .map(({ name, of }) => [
              name,
              {
                production: counted(pairs.map(({ theirs }) => of(theirs))),
                staging: counted(pairs.map(({ ours }) => of(ours))),
              },
            ]),
        ),
      },
    },
  };
}

/** What was sent and what was not, a line each, for people and for the raw output. */
export function replayNotes({ records, drawn, leftOut, speed, redacted }: Replayed): string[] {
  const late = records.filter((one) => one.lateSeconds > lateSeconds).length;
  const reasons = [...leftOut].map(([why, count]) => `${readable(count)} ${why}`);
  return [
    `Replayed: ${readable(records.length)} of ${readable(drawn)} drawn requests, at ${readable(speed)} times the recorded speed${reasons.length === 0 ? "" : `; left out: ${reasons.join(", ")}`}.`,
    ...(redacted === 0 ? [] : [`${readable(redacted)} texts were redacted once more before they were sent.`]),
    ...(late === 0
      ? []
      : [
          `${readable(late)} requests were sent more than ${lateSeconds} s late: their spacing is not as it was recorded.`,
        ]),
  ];
}

function tally(values: readonly (string | undefined)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

const counted = (values: readonly (string | undefined)[]): Record<string, number> =>
  Object.fromEntries([...tally(values)].sort(([a], [b]) => (a < b ? -1 : 1)));
