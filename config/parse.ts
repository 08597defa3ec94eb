import type { z } from "zod";
import { credentialIn } from "./credentialPattern";
import { fieldOf, formatPath, type Path, unwrap } from "./relation";
import { type Config, schema } from "./schema";
import { quote } from "./visible";
import { SECRET } from "./yaml";

/** A problem of a value, before it is known where the value stands. */
export interface ValueProblem {
  path: Path;
  found: string;
  allowed: string;
  remedy: string;
  /** For an unknown key: the keys that are known at that place. */
  known?: readonly string[];
  undecided?: boolean;
}

/** Stands for an encrypted value in parsed configuration. */
export const encrypted = "[encrypted]";

/**
 * Checks plain data against the schema, defaults filled in. All problems at once; never a value that may be
 * secret in them.
 */
export function parseConfig(data: unknown): { config: Config | undefined; problems: ValueProblem[] } {
  const problems: ValueProblem[] = [];
  const clean = replaceSecrets(data, [], problems);
  const result = schema.safeParse(clean, { reportInput: true });
  const told = new Set(problems.map(({ path }) => formatPath(path)));
  for (const issue of result.error?.issues ?? []) {
    problems.push(...describeIssue(issue, clean).filter(({ path }) => !told.has(formatPath(path))));
  }
  return { config: problems.length === 0 ? result.data : undefined, problems };
}

/** The schema at a path; undefined where the path leads nowhere. */
export function schemaAt(path: Path): z.ZodType | undefined {
  let current: z.ZodType | undefined = schema;
  for (const step of path) {
    if (current === undefined) return undefined;
    const inner = unwrap(current) as z.ZodType & {
      shape?: Record<string, z.ZodType>;
      valueType?: z.ZodType;
      element?: z.ZodType;
    };
    if (inner.shape) current = Object.hasOwn(inner.shape, step) ? inner.shape[step] : undefined;
    else current = inner.valueType ?? inner.element;
  }
  return current;
}

/** Whether something else than a map stands where secrets stand by name: all of it may be a secret. */
export function isNamelessSecret(at: z.ZodType | undefined, data: unknown): boolean {
  if (at === undefined || data === undefined || data === null) return false;
  const { valueType } = unwrap(at) as { valueType?: z.ZodType };
  const named = typeof data === "object" && !Array.isArray(data);
  return !named && valueType !== undefined && fieldOf(valueType)?.secret === true;
}

/**
 * Encrypted values may stand only where the schema has a secret, plain ones never there; anything that
 * looks like a key or token is refused wherever it stands.
 */
function replaceSecrets(data: unknown, path: Path, problems: ValueProblem[]): unknown {
  const at = schemaAt(path);
  const secret = at !== undefined && fieldOf(at)?.secret === true;
  if (isNamelessSecret(at, data)) {
    const store = `pulumi config set --secret --path 'lockstep:${formatPath(path)}.<name>'`;
    problems.push({
      path,
      found: data === SECRET ? "an encrypted value without a name" : "a value in plain text",
      allowed: "a map of encrypted values",
      remedy:
        data === SECRET
          ? `Store each value under the name of its credential: ${store}`
          : `Revoke the credential: it has been written down. Then store the new one under its name: ${store}`,
    });
    return encrypted;
  }
  if (data === SECRET) {
    if (!secret) {
      problems.push({
        path,
        found: "an encrypted value",
        allowed: "a value in plain text",
        remedy:
          "Store it without --secret: what cannot be read here cannot be compared, so nothing can be proven about it.",
        undecided: true,
      });
    }
    return encrypted;
  }
  if (secret) {
    problems.push({
      path,
      found: "a value in plain text",
      allowed: "an encrypted value",
      remedy: `Revoke the credential: it has been written down. Then store the new one with: pulumi config set --secret --path 'lockstep:${formatPath(path)}'`,
    });
    return encrypted;
  }
  if (typeof data === "string") {
    const kind = credentialIn(data);
    if (kind === undefined) return data;
    problems.push({
      path,
      found: kind,
      allowed: "no credential in plain text",
      remedy:
        "Revoke the credential: it has been written down. Keep the new one in AWS Secrets Manager, or in credentialValues with pulumi config set --secret.",
    });
    return encrypted;
  }
  if (Array.isArray(data)) return data.map((item, index) => replaceSecrets(item, [...path, index], problems));
  if (typeof data === "object" && data !== null) {
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, replaceSecrets(value, [...path, key], problems)]),
    );
  }
  return data;
}

type Issue = z.core.$ZodIssue;

function describeIssue(issue: Issue, data: unknown): ValueProblem[] {
  const path = issue.path.filter((step): step is string | number => typeof step !== "symbol");
  if (issue.code === "unrecognized_keys") {
    const at = schemaAt(path);
    const shape = at && (unwrap(at) as { shape?: Record<string, unknown> }).shape;
    const known = Object.keys(shape ?? {});
    return issue.keys.map((key) => ({
      path: [...path, key],
      found: "an unknown key",
      allowed: `one of ${known.join(", ")}`,
      remedy: "Remove the key.",
      known,
    }));
  }
  if (issue.code === "invalid_key") {
    const key = String(path.at(-1) ?? "");
    return [
      { path, found: `the name ${quote(key)}`, allowed: messageOf(issue.issues[0]), remedy: "Rename it." },
    ];
  }
  const found = describeValue(valueAt(data, path));
  const missing = found === "nothing";
  return [
    {
      path,
      found,
      allowed: allowedBy(issue, path),
      remedy: missing ? `Add ${formatPath(path)}.` : `Correct the value of ${formatPath(path)}.`,
    },
  ];
}

function allowedBy(issue: Issue, path: Path): string {
  const at = schemaAt(path);
  const unit = at && fieldOf(at)?.unit;
  const suffix = unit === undefined || unit === "1" ? "" : ` ${unit}`;
  switch (issue.code) {
    case "invalid_type":
      if (issue.expected === "record" || issue.expected === "object") return "a map";
      return `${article(issue.expected)}${suffix === "" ? "" : ` in${suffix}`}`;
    case "too_small": {
      const word = issue.inclusive === false ? "more than" : "at least";
      return issue.origin === "number" || issue.origin === "int"
        ? `${word} ${issue.minimum}${suffix}`
        : `${word} ${issue.minimum} ${issue.origin === "string" ? "characters" : "entries"}`;
    }
    case "too_big": {
      const word = issue.inclusive === false ? "less than" : "at most";
      return issue.origin === "number" || issue.origin === "int"
        ? `${word} ${issue.maximum}${suffix}`
        : `${word} ${issue.maximum} ${issue.origin === "string" ? "characters" : "entries"}`;
    }
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "invalid_format":
      if (issue.format === "date") return 'a date of the calendar, quoted ("2027-01-31")';
      if (issue.format === "email") return "an e-mail address";
      if (issue.format === "url") return "a URL with https";
      return messageOf(issue);
    case "invalid_union":
      return issue.errors
        .map((branch) => (branch[0] ? allowedBy(branch[0], path) : ""))
        .filter(Boolean)
        .join(", or ");
    default:
      return messageOf(issue);
  }
}

const article = (type: string) =>
  ({
    string: "a text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
  })[type] ?? `a ${type}`;

const messageOf = (issue: { message?: string | undefined } | undefined) => issue?.message ?? "another value";

/** A value as it may stand in a message: short, on one line, and never a long text. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === encrypted) return "an encrypted value";
  if (typeof value === "string") return value.length <= 120 ? quote(value) : "a long text";
  if (Array.isArray(value)) {
    const scalars = value.every((item) => typeof item !== "object");
    const text = scalars ? `[${value.map(describeValue).join(", ")}]` : "";
    return scalars && text.length <= 160 ? text : `a list of ${value.length}`;
  }
  if (typeof value === "object") return "a map";
  return String(value);
}

/** The value at a path of plain data; undefined where there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  let current = data;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<Path[number], unknown>)[step];
  }
  return current;
}
