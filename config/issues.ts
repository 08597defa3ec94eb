import { z } from "zod";
import { fieldOf, formatPath, type Path, unwrap } from "./relation";
import { schema } from "./schema";
import { describeValue, valueAt } from "./value";
import { quote } from "./visible";

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

/** The schema at a path, of the configuration unless `root` says otherwise; undefined where it leads nowhere. */
export function schemaAt(path: Path, root: z.ZodType = schema): z.ZodType | undefined {
  let current: z.ZodType | undefined = root;
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

type Issue = z.core.$ZodIssue;

/** What zod says of data, in words: all problems at once, each with its path. */
export function describeIssues(
  root: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
  data: unknown,
): ValueProblem[] {
  return issues.flatMap((issue) => describeIssue(issue, data, root));
}

function describeIssue(issue: Issue, data: unknown, root: z.ZodType): ValueProblem[] {
  const path = issue.path.filter((step): step is string | number => typeof step !== "symbol");
  if (issue.code === "unrecognized_keys") {
    const at = schemaAt(path, root);
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
      allowed: [allowedBy(issue, path, root), ...wordsBeside(issue, path, root)].join(", or "),
      remedy: missing ? `Add ${formatPath(path)}.` : `Correct the value of ${formatPath(path)}.`,
    },
  ];
}

/** Of several forms zod tells of the nearest alone; the fixed words beside it are as good. */
function wordsBeside(issue: Issue, path: Path, root: z.ZodType): string[] {
  const at = schemaAt(path, root);
  const form = at && unwrap(at);
  if (!(form instanceof z.ZodUnion) || issue.code === "invalid_union") return [];
  const values = form.options.flatMap((one) => (one instanceof z.ZodLiteral ? [...one.values] : []));
  return values.map((value) => JSON.stringify(value));
}

function allowedBy(issue: Issue, path: Path, root: z.ZodType): string {
  const at = schemaAt(path, root);
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
        .map((branch) => (branch[0] ? allowedBy(branch[0], path, root) : ""))
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
