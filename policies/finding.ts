import type { Position } from "../config/yaml";

/**
 * - `violation`: the rule is not met.
 * - `cannot-decide`: what the rule needs is not known before the update; it blocks like a violation.
 * - `exempted`: a violation that an exception in force covers.
 */
export const statuses = ["violation", "cannot-decide", "exempted"] as const;
export type Status = (typeof statuses)[number];

/** One thing that one rule has to say about one object. The only type in which rules speak. */
export interface Finding {
  rule: string;
  status: Status;
  /** What it is about, as the subject of a sentence: "staging's limits.monthlyUsd", "Deployment gateway". */
  object: string;
  /** The configuration path or resource URN that an exception would name. */
  path: string;
  /** What is there, in words or as a value; never a value that may be secret. */
  found: string;
  /** What may be there. */
  allowed: string;
  /** What to do about it. */
  remedy: string;
  /** For stack files: where it stands. */
  at?: Position;
  /** For exempted findings: what covers it, and for how many days after today. */
  exception?: { owner: string; expires: string; daysLeft: number; ticket: string };
}

/** True for a finding that must stop an update. */
export function blocks(finding: Finding): boolean {
  return finding.status !== "exempted";
}

const labels = ["found", "allowed", "path", "at", "remedy", "except"] as const;

/**
 * A finding as the text that a policy reports: a line on the object, then one labelled line each. The
 * engine passes only text on, so this is also how findings come back from the pack: see `parseFinding`.
 */
export function formatFinding(finding: Finding): string {
  const { object, status, at, exception } = finding;
  const head =
    status === "cannot-decide"
      ? `${oneLine(object)} cannot be proven before the update.`
      : `${oneLine(object)}:`;
  const values = {
    ...finding,
    at: at && `${at.file}:${at.line}:${at.column}`,
    except: exception && formatException(exception),
  };
  const lines = labels.flatMap((label) =>
    values[label] === undefined ? [] : [`  ${label.padEnd(8)}${oneLine(values[label])}`],
  );
  return [head, ...lines].join("\n");
}

/**
 * The inverse of `formatFinding`; undefined for a text that some other policy wrote. The policy SDK puts the
 * policy's description on a line before it, which is passed over.
 */
export function parseFinding(rule: string, text: string): Finding | undefined {
  const lines = text.trim().split("\n");
  const first = lines.findIndex((line) => line.startsWith("  found "));
  const [head = "", ...rest] = lines.slice(Math.max(0, first - 1));
  const undecided = / cannot be proven before the update\.$/;
  if (!head.endsWith(":") && !undecided.test(head)) return undefined;
  const values: Partial<Record<string, string>> = {};
  for (const line of rest) {
    const match = /^ {2}(found|allowed|path|at|remedy|except) +(.*)$/.exec(line.trimEnd());
    if (match?.[1] !== undefined) values[match[1]] = match[2] ?? "";
  }
  const { found, allowed, path, remedy } = values;
  if (found === undefined || allowed === undefined || path === undefined || remedy === undefined)
    return undefined;
  const at = /^(.*):(\d+):(\d+)$/.exec(values.at ?? "");
  const exception = parseException(values.except ?? "");
  return {
    rule,
    status: undecided.test(head) ? "cannot-decide" : exception ? "exempted" : "violation",
    object: undecided.test(head) ? head.replace(undecided, "") : head.slice(0, -1),
    path,
    found,
    allowed,
    remedy,
    ...(at ? { at: { file: at[1] ?? "", line: Number(at[2]), column: Number(at[3]) } } : {}),
    ...(exception ? { exception } : {}),
  };
}

type Covering = NonNullable<Finding["exception"]>;

export const daysText = (days: number) => `${days} ${days === 1 ? "day" : "days"} left`;

/** Names are quoted, so that none can end its part of the line. */
function formatException({ owner, expires, daysLeft, ticket }: Covering): string {
  const [by, at] = [owner, ticket].map((text) => JSON.stringify(oneLine(text)));
  return `until ${expires}, ${daysText(daysLeft)}, owner ${by}, ticket ${at}`;
}

const exceptionText =
  /^until (\d{4}-\d{2}-\d{2}), (\d+) days? left, owner ("(?:[^"\\]|\\.)*"), ticket ("(?:[^"\\]|\\.)*")$/;

function parseException(text: string): Covering | undefined {
  const [, expires = "", days, owner = "", ticket = ""] = exceptionText.exec(text) ?? [];
  if (days === undefined) return undefined;
  try {
    return {
      owner: String(JSON.parse(owner)),
      expires,
      daysLeft: Number(days),
      ticket: String(JSON.parse(ticket)),
    };
  } catch {
    return undefined;
  }
}

/** A value from a configuration or a resource, made safe to stand in one line of a terminal or a comment. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
}
