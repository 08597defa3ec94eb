import { sha256 } from "../../config/hash";
import { isRecord } from "../../config/record";
import type { CaseKind } from "../../lifecycle/kinds/eval";
import type { LoggedRequest } from "../log/record";
import { textOf } from "../sample/rubric";

/** A request that makes no case; one sentence. */
export class IncidentError extends Error {
  override readonly name = "IncidentError";
}

/** What promptfoo asserts of an answer. */
export interface Assertion {
  type: "is-json" | "contains" | "regex" | "not-regex" | "llm-rubric";
  value?: string;
}

/** One test of promptfoo's, with the tags that `lockstep evidence eval` reads. */
export interface RegressionCase {
  description: string;
  vars: { messages: string };
  assert: Assertion[];
  metadata: {
    route: string;
    lockstep: { case: string; kinds: CaseKind[]; team?: string; core?: true };
    incident: { reason: string; request_sha256: string; added: string; behaviour_hash?: string };
  };
}

export interface CaseInput {
  request: LoggedRequest;
  /** The route's declared prompt: it is not part of the case, which is to try the present one. */
  prompt: string | undefined;
  redact(text: string): string;
  assertions: Assertion[];
  reason: string;
  kinds: CaseKind[];
  core: boolean;
  /** The teams that are declared. */
  teams: readonly string[];
  /** yyyy-mm-dd. */
  day: string;
}

/** @throws IncidentError where a conversation is not in the log, or not of text. */
export function caseOf(input: CaseInput): RegressionCase {
  const { request, prompt, redact, assertions, reason, kinds, core, teams, day } = input;
  const { id, route, messages, team, behaviourHash } = request;
  if (messages === undefined)
    throw new IncidentError(
      "The log has no messages of this request: it was written with the logging of messages turned off, or withheld.",
    );
  const own = messages.map((message) => redacted(turnOf(message), redact) as Record<string, unknown>);
  const [first, ...rest] = own;
  const isDeclared =
    first?.role === "system" && prompt !== undefined && same(textOf(first.content), [prompt, redact(prompt)]);
  const turns = isDeclared ? rest : own;
  if (turns.length === 0) throw new IncidentError("The request has no message but the route's prompt.");
  const digest = sha256(id);
  return {
    description: `Incident of ${day}: ${reason}`,
    vars: { messages: forTemplates(turns.map((turn) => JSON.stringify(turn)).join(",")) },
    assert: assertions,
    metadata: {
      route,
      lockstep: {
        case: `incident-${digest.slice(0, 12)}`,
        kinds,
        ...(team !== undefined && teams.includes(team) ? { team } : {}),
        ...(core ? { core: true } : {}),
      },
      incident: {
        reason,
        request_sha256: digest,
        added: day,
        ...(behaviourHash === undefined ? {} : { behaviour_hash: behaviourHash }),
      },
    },
  };
}

const same = (text: string, others: readonly string[]): boolean =>
  others.some((other) => other.trim() === text.trim());

/** What an application sends again; all else a provider or the gateway has put there. */
const kept = ["role", "content", "name", "tool_calls", "tool_call_id"];

function turnOf(message: unknown): Record<string, unknown> {
  if (!isRecord(message) || typeof message.role !== "string")
    throw new IncidentError("The request has a message without a role.");
  const { content } = message;
  if (Array.isArray(content) && !content.every((part) => isRecord(part) && part.type === "text"))
    throw new IncidentError(
      "The request has parts that are no text, such as images, which the log does not keep whole.",
    );
  return Object.fromEntries(
    kept.flatMap((key) => (message[key] === undefined || message[key] === null ? [] : [[key, message[key]]])),
  );
}

function redacted(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redactedText(value, redact);
  if (Array.isArray(value)) return value.map((one) => redacted(one, redact));
  if (isRecord(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [redact(key), redacted(inner, redact)]),
    );
  return typeof value === "number" && redact(String(value)) !== String(value) ? redact(String(value)) : value;
}

/** Arguments of tools are JSON in a text, and stay it. */
function redactedText(text: string, redact: (text: string) => string): string {
  if (/^\s*[{[]/.test(text))
    try {
      const value: unknown = JSON.parse(text);
      const hidden = redacted(value, redact);
      return JSON.stringify(hidden) === JSON.stringify(value) ? text : JSON.stringify(hidden);
    } catch {}
  return redact(text);
}

/**
 * promptfoo renders a variable's text as a template of Nunjucks, and what somebody wrote in a conversation is none. In
 * compact JSON "{" stands before "{", "%" or "#", and "}" behind "%" or "#", in strings only, where they may be
 * written as escapes. Of a "#}" alone Nunjucks makes an error.
 */
const forTemplates = (json: string): string =>
  json
    .replace(/\{(?=[{%#])/g, "\\u007b")
    .replace(/(?<=[%#])\}/g, "\\u007d")
    .replace(
      /[\u007f-\u009f\u2028\u2029\ufeff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );

/** Whether the logged answer satisfies all that can be judged without a model; undefined where nothing can. */
export function passes(text: string, assertions: readonly Assertion[], schema?: (text: string) => boolean) {
  const judged = assertions.flatMap(({ type, value = "" }) => {
    switch (type) {
      case "is-json":
        return [(schema ?? isJson)(text)];
      case "contains":
        return [text.includes(value)];
      case "regex":
        return [new RegExp(value).test(text)];
      case "not-regex":
        return [!new RegExp(value).test(text)];
      default:
        return [];
    }
  });
  return judged.length === 0 ? undefined : judged.every(Boolean);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
