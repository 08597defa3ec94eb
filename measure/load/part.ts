import { z } from "zod";
import { tiers } from "../../config/schema/environment";
import { stackName } from "../../config/schema/names";
import { hash } from "../../config/schema/release";
import { Latencies } from "../latencies";
import type { MeasuredGateway } from "../measurement";
import { encoded } from "./results";
import { merged, type StepSummary } from "./summary";

/** Parts that do not belong together, or files that are none; one sentence. */
export class PartError extends Error {
  override readonly name = "PartError";
}

/** What one of several pods measured at the same time. */
export interface Part {
  pod: number;
  pods: number;
  /** Of all pods together. */
  peakPerSecond: number;
  /** SHA-256 of the file of requests. */
  requests: string;
  stopped: string | undefined;
  gateway: MeasuredGateway;
  steps: StepSummary[];
}

const whole = z.int().min(0);
const schema = z.strictObject({
  version: z.literal(1),
  kind: z.literal("load"),
  pod: z.int().min(1),
  pods: z.int().min(1).max(1_000),
  peakPerSecond: z.number().positive(),
  requests: z.string().regex(/^[0-9a-f]{64}$/),
  stopped: z.string().max(500).optional(),
  gateway: z.strictObject({
    environment: z.enum(tiers),
    stack: stackName(),
    gateway: z.strictObject({ before: hash(), after: hash() }),
    providers: z.enum(["real", "stub"]),
    tool: z.strictObject({ name: z.string(), version: z.string(), command: z.string() }),
    started: z.iso.datetime(),
    ended: z.iso.datetime(),
  }),
  steps: z
    .array(
      z.strictObject({
        multiple: z.number().positive(),
        requests: whole,
        requestsPerSecond: z.number().min(0),
        errors: whole,
        fallbacks: whole,
        firstToken: z.string(),
        total: z.string(),
        hit: z.string(),
        miss: z.string(),
        late: z.string(),
        arrivals: z
          .array(
            z.strictObject({
              coefficientOfVariation: z.number(),
              lag1Autocorrelation: z.number(),
              faults: z.array(z.string().max(500)),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
});

export const formatPart = ({ gateway, steps, ...part }: Part): string =>
  `${JSON.stringify({ version: 1, kind: "load", ...part, gateway, steps: steps.map(encoded) })}\n`;

/** @throws PartError where the text is none. */
export function readPart(text: string, file: string): Part {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new PartError(`${file} is no JSON.`);
  }
  const read = schema.safeParse(data);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new PartError(
      `${file} is no part of a load measurement: ${issue?.path.join(".") || "the document"} is not as "evidence load --pod" writes it.`,
    );
  }
  const { gateway, steps, stopped, ...part } = read.data;
  try {
    return {
      ...part,
      stopped,
      gateway: { ...gateway, started: new Date(gateway.started), ended: new Date(gateway.ended) },
      steps: steps.map((step) => ({
        ...step,
        firstToken: Latencies.decode(step.firstToken),
        total: Latencies.decode(step.total),
        hit: Latencies.decode(step.hit),
        miss: Latencies.decode(step.miss),
        late: Latencies.decode(step.late),
      })),
    };
  } catch {
    throw new PartError(`${file} has a histogram that cannot be read.`);
  }
}

/**
 * All pods' parts as one measurement. Their processes are independent, so that together they are a Poisson process of
 * the summed rate; that holds for the time in which all of them sent, so they have to have run at the same time.
 *
 * @throws PartError where one is missing or there twice, or where they are not about the same.
 */
export function mergedParts(parts: readonly Part[]): Omit<Part, "pod"> {
  const [first] = parts;
  if (first === undefined) throw new PartError("There is no part to merge.");
  const same = (of: (part: Part) => unknown, what: string) => {
    if (new Set(parts.map((part) => JSON.stringify(of(part)))).size > 1)
      throw new PartError(`The parts are not about the same ${what}.`);
  };
  same(({ pods }) => pods, "number of pods");
  same(({ peakPerSecond }) => peakPerSecond, "peak");
  same(({ requests }) => requests, "requests");
  same(({ gateway: { gateway } }) => gateway, "behaviour");
  same(({ gateway: { stack, providers } }) => [stack, providers], "stack");
  same(({ steps }) => steps.map(({ multiple }) => multiple), "multiples of the peak");
  const there = parts.map(({ pod }) => pod).sort((a, b) => a - b);
  if (there.some((pod, index) => pod !== index + 1) || there.length !== first.pods)
    throw new PartError(
      `There have to be ${first.pods} parts, one of each pod; found are those of ${there.join(", ")}.`,
    );
  const began = Math.max(...parts.map(({ gateway: { started } }) => started.getTime()));
  const ended = Math.min(...parts.map(({ gateway: one }) => one.ended.getTime()));
  const longest = Math.max(...parts.map(({ gateway: one }) => one.ended.getTime() - one.started.getTime()));
  if (ended - began < 0.9 * longest)
    throw new PartError(
      "The pods did not run at the same time: less than nine tenths of it is common to all.",
    );
  return {
    pods: first.pods,
    peakPerSecond: first.peakPerSecond,
    requests: first.requests,
    stopped: parts.find(({ stopped }) => stopped !== undefined)?.stopped,
    gateway: {
      ...first.gateway,
      started: new Date(Math.min(...parts.map(({ gateway: { started } }) => started.getTime()))),
      ended: new Date(Math.max(...parts.map(({ gateway: one }) => one.ended.getTime()))),
    },
    steps: first.steps.map((_, index) => merged(parts.flatMap(({ steps }) => steps[index] ?? []))),
  };
}
