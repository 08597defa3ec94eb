import { readable } from "../config/numbers";
import type { Field, Path } from "../config/relation";
import type { ErrorClass } from "../config/schema/routes";
import { describeValue } from "../config/value";

/** The error classes as a reviewer names them. */
const errors: Readonly<Record<ErrorClass, string>> = {
  rateLimit: "429",
  timeout: "a time-out",
  serverError: "500",
  serviceUnavailable: "503",
  badRequest: "400",
  authentication: "401",
  notFound: "404",
  contentPolicy: "a content-policy refusal",
};

/** What a step of a path is called where its name alone says too little or the unit twice. */
const names: Readonly<Record<string, string>> = {
  usdPerMillionTokens: "price of",
  modelId: "model id",
  alertAtPercent: "alert",
  allowedFails: "after failures with",
  coolDown: "cool-down",
  retires: "retirement date",
  topK: "chunks retrieved",
  retries: "retries on",
  timeoutSeconds: "time-out",
  streamTimeoutSeconds: "time-out of a stream's first part",
  deadlineSeconds: "deadline",
  monthlyUsd: "monthly budget",
  dailyUsd: "daily budget",
  cpuCores: "CPU",
  memoryGib: "memory",
  minPeakMultiple: "lowest load",
  maxAgeDays: "longest age",
  file: "",
};

/** Maps whose keys name the thing that a value is about. */
const entries = new Set(["routes", "models", "credentials"]);

/**
 * What a value is called in a review: `routes.chat.retries.rateLimit` is "chat retries on 429". Derived from the
 * path, so that a new field has words without anybody writing them.
 */
export function wordsOf(path: Path): string {
  const [key = "", ...rest] = path;
  const head = String(key);
  if (entries.has(head)) return join([String(rest[0] ?? head), ...phrase(rest.slice(1))]);
  if (head === "limits" && rest[0] === "teams")
    return join([`team ${String(rest[1])}`, ...phrase(rest.slice(2))]);
  if (head === "limits") return join(phrase(rest));
  if (head === "behaviour" && (rest[0] === "prompts" || rest[0] === "tools"))
    return join([rest[0] === "prompts" ? "prompt" : "tool", String(rest[1] ?? ""), ...phrase(rest.slice(2))]);
  if (head === "exceptions" && typeof rest[0] === "number")
    return join([`exception ${rest[0] + 1}`, ...phrase(rest.slice(1))]);
  return join([spaced(head), ...phrase(rest)]);
}

function phrase(path: Path): string[] {
  return path.map((step, index) => {
    if (typeof step === "number") return String(step + 1);
    const before = path[index - 1];
    if (before === "retries" || before === "allowedFails") return errors[step as ErrorClass] ?? spaced(step);
    if (step === "targets") return "target";
    return names[step] ?? spaced(step);
  });
}

const units = /(Seconds|Usd|Days|Hours|Minutes|Gib|Percent|Tokens)$/;

/** `firstTokenP95Seconds` as "first token p95": the value brings its unit along. */
function spaced(name: string): string {
  return name
    .replace(units, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase();
}

const join = (words: readonly string[]) => words.filter((word) => word !== "").join(" ");

/** A value with its unit, as a reviewer reads it. */
export function valueWords(value: unknown, field: Field): string {
  if (value === undefined) return "nothing";
  if (typeof value !== "number") return describeValue(value);
  return field.unit === undefined || field.unit === "1" || field.unit === "ratio"
    ? readable(value)
    : `${readable(value)} ${field.unit}`;
}
