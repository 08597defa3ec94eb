import { percent, readable } from "../config/numbers";
import type { Field, Path } from "../config/relation";
import type { Config } from "../config/schema";
import type { ErrorClass } from "../config/schema/routes";
import { describeValue } from "../config/value";
import { own } from "../gateway/timeouts";

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
  canaryEveryMinutes: "time between canaries",
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
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string"))
    return listed(value);
  if (typeof value !== "number") return describeValue(value);
  return field.unit === undefined || field.unit === "1" || field.unit === "ratio"
    ? readable(value)
    : `${readable(value)} ${field.unit}`;
}

/** Names as they are; anything else, and more than a person reads, as it is shown elsewhere. */
const listed = (items: readonly string[]) =>
  items.length <= 10 && items.every((item) => /^[\w.:/*-]{1,60}$/.test(item))
    ? items.join(", ")
    : describeValue(items);

/** A change of one value: "monthly budget from 20,000 to 25,000 USD per month (+25 %)". */
export function changeWords(path: Path, field: Field, was: unknown, is: unknown): string {
  if (path[0] === "carries") return carriesWords(was, is);
  const words = wordsOf(path);
  const [from, to] = [valueWords(was, field), valueWords(is, field)];
  if (isNothing(was)) return `${words}: ${to}, where there was none`;
  if (isNothing(is)) return `${words}: none, where there was ${from}`;
  // The unit once, and not at all where the words have it: "retries on 429 from 2 to 1".
  const named = field.unit !== undefined && words.includes(field.unit);
  const change = `${words} from ${withoutUnit(from, field.unit)} to ${named ? withoutUnit(to, field.unit) : to}`;
  return field.relation === "stricter" ? `${change}${share(was, is)}` : change;
}

const isNothing = (value: unknown) => value === undefined || (Array.isArray(value) && value.length === 0);

function share(was: unknown, is: unknown): string {
  if (typeof was !== "number" || typeof is !== "number" || was === 0) return "";
  return ` (${is < was ? "-" : "+"}${percent(Math.abs(is - was), was)})`;
}

function carriesWords(was: unknown, is: unknown): string {
  const [before, after] = [was, is].map((ids) => (Array.isArray(ids) ? ids.map(String) : []));
  const come = (after ?? []).filter((id) => !before?.includes(id));
  const gone = (before ?? []).filter((id) => !after?.includes(id));
  const parts = [
    come.length === 0 ? "" : `carries ${come.join(", ")}`,
    gone.length === 0 ? "" : `no longer carries ${gone.join(", ")}`,
  ].filter(Boolean);
  return parts.length === 0 ? `carries the same releases in another order` : parts.join(", and ");
}

/** A whole entry that comes or goes, with what a reviewer asks first: "model chat-new (openai, gpt-5.4-2026-03-05)". */
export function entryWords(path: Path, config: Config): string {
  const [key, second, third] = path;
  const name = String(second);
  if (path.length === 2 && (key === "models" || key === "routes" || key === "credentials"))
    return `${key.slice(0, -1)} ${name}${details(key, name, config)}`;
  if (key === "limits" && second === "teams" && path.length === 3) {
    const team = own(config.limits.teams, String(third));
    return `team ${String(third)}${team ? ` (${readable(team.monthlyUsd)} USD a month, ${readable(team.requestsPerMinute)} requests and ${readable(team.tokensPerMinute)} tokens a minute)` : ""}`;
  }
  if (key === "exceptions" && typeof second === "number") {
    const one = config.exceptions[second];
    if (one && path.length === 2) return `exception for ${one.rule}, ${one.path}`;
  }
  return wordsOf(path);
}

function details(key: "models" | "routes" | "credentials", name: string, config: Config): string {
  const model = key === "models" ? own(config.models, name) : undefined;
  if (model) return ` (${model.provider}, ${model.modelId})`;
  const route = key === "routes" ? own(config.routes, name) : undefined;
  if (route) {
    const models = [...route.targets].sort((a, b) => a.order - b.order).map(({ model: target }) => target);
    const back =
      route.fallbacks.length === 0 ? "no fallback" : `falling back to ${route.fallbacks.join(", ")}`;
    return ` (${[...new Set(models)].join(", ")}; ${back})`;
  }
  const credential = key === "credentials" ? own(config.credentials, name) : undefined;
  return credential ? ` (${credential.provider})` : "";
}

const withoutUnit = (text: string, unit: string | undefined) =>
  unit !== undefined && text.endsWith(` ${unit}`) ? text.slice(0, -unit.length - 1) : text;
