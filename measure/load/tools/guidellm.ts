import { z } from "zod";
import { parsed, refuse } from "../../eval/problem";
import { earlySeconds, type ToolRequest, type ToolResults } from "./request";

/** 2001 and 2100: guidellm 0.8 has numbers near -1 where it asked for a request's time before it had begun. */
const [earliest, latest] = [1e9, 4.2e9];
const instant = z
  .number({ error: "seconds since 1970" })
  .min(earliest, "seconds since 1970")
  .max(latest, "seconds since 1970");

/** Of what never came to be sent there is no time. */
const timings = z.object({
  targeted_start: z.number().nullish(),
  request_start: instant.nullish(),
  first_token_iteration: instant.nullish(),
  request_end: instant.nullish(),
});
const request = z.object({
  info: z.object({ timings }),
  input_metrics: z.object({ cached_tokens: z.number().nullish() }).nullish(),
});
const listed = z.array(request, { error: "the list of these requests" });
const count = z.int({ error: "a whole number of requests" }).min(0);

/** The report's version 2, of guidellm 0.8. */
const report = z.object({
  metadata: z.object({
    version: z.literal(2, { error: "2, the form of guidellm 0.8's reports" }),
    guidellm_version: z.string().regex(/^[\w.+-]{1,50}$/, "a version"),
  }),
  benchmarks: z
    .array(
      z.object({
        config: z.object({ strategy: z.object({ type_: z.string().regex(/^\w{1,40}$/, "a strategy") }) }),
        metrics: z.object({
          request_totals: z.object({ successful: count, errored: count, incomplete: count }),
        }),
        requests: z.object({ successful: listed, errored: listed, incomplete: listed }),
      }),
    )
    .min(1, "a benchmark"),
});

/** These send the next request when one is answered: a gateway that stalls is asked less. */
const closed = ["synchronous", "concurrent", "throughput"];

/** @throws ResultsError where the data are no whole report. */
export function readGuidellm(data: unknown, file: string): ToolResults {
  const remedy = "Give guidellm's own JSON report (`--output kind=json,path=…`).";
  const { metadata, benchmarks } = parsed(report, data, file, "the report", remedy);
  const refused = new Set<string>();
  const runs = benchmarks.map(
    ({ config: { strategy }, metrics: { request_totals: totals }, requests }, index) => {
      const at = `benchmarks[${index}].requests`;
      const kinds = ["successful", "errored", "incomplete"] as const;
      for (const kind of kinds)
        if (requests[kind].length !== totals[kind])
          refuse({
            file,
            at: `${at}.${kind}`,
            found: `${requests[kind].length} of ${totals[kind]} requests`,
            allowed: "all of them: how some arrived does not tell how all did",
            remedy: "Let guidellm write every request: leave sample_size out.",
          });
      if (closed.includes(strategy.type_))
        refused.add(
          `guidellm's strategy ${strategy.type_} sends a request when another is answered (a closed loop): a gateway that stalls is asked less. Use an open one.`,
        );
      const sent = kinds.flatMap((kind) =>
        requests[kind].flatMap((one, place) =>
          requestOf(one, kind === "successful", file, `${at}.${kind}[${place}]`),
        ),
      );
      if (sent.length === 0)
        refuse({ file, at, found: "no request that was sent", allowed: "at least one", remedy });
      return sent;
    },
  );
  return {
    tool: { name: "guidellm", version: metadata.guidellm_version },
    runs,
    notes: [
      "From guidellm's report: each request's targeted start, start, first token and end. Those that it cut off at the end count as errors.",
      "guidellm does not tell a stream that was cut off from a whole one, nor fallbacks.",
    ],
    refused: [...refused],
  };
}

function requestOf(
  { info: { timings: times }, input_metrics: input }: z.infer<typeof request>,
  whole: boolean,
  file: string,
  at: string,
): ToolRequest[] {
  const start = times.request_start ?? undefined;
  if (start === undefined && !whole) return [];
  const end = times.request_end ?? (whole ? undefined : start);
  const first = times.first_token_iteration ?? undefined;
  const target = times.targeted_start ?? undefined;
  if (
    start === undefined ||
    end === undefined ||
    end < start ||
    (first !== undefined && (first < start || first > end))
  )
    return refuse({
      file,
      at: `${at}.info.timings`,
      found: "times that are missing or not in order",
      allowed: "request_start, first_token_iteration and request_end, one after the other",
      remedy: "Let guidellm measure again.",
    });
  const cached = input?.cached_tokens ?? undefined;
  return [
    {
      due: target !== undefined && target >= earliest && target <= start + earlySeconds ? target : undefined,
      start,
      firstToken: first,
      end,
      whole,
      hit: cached === undefined ? undefined : cached > 0,
    },
  ];
}
