import { stripVTControlCharacters } from "node:util";
import { isRecord } from "../config/record";
import type { EnforcementLevel, PolicyReport } from "../preview/policyReport";

/** A resource that the engine looked at in a run. */
export interface SeenResource {
  urn: string;
  type: string;
  name: string;
  parent: string;
  provider: string;
  /** The first step that it took: create, update, same, delete, … */
  op: string;
}

/** What the engine said in one preview or update, as far as a verdict looks at it. */
export interface Observed {
  resources: Map<string, SeenResource>;
  /** Of them, those whose step came to its end. */
  done: Set<string>;
  /** For each resource that the pack was asked about: the policies that were neither disabled nor of another type. */
  asked: Map<string, Set<string>>;
  /** The same of the policies over the whole stack; undefined where the engine never came to that. */
  askedStack: Set<string> | undefined;
  /** What the policies of the pack reported. */
  reports: PolicyReport[];
  /** Violations of mandatory policies of other packs, which the backend adds. */
  foreign: { pack: string; policy: string; message: string }[];
  diagnostics: { severity: "warning" | "error"; message: string }[];
  /** The last lines that the program and the pack wrote on standard error. */
  written: string[];
  /** How many resources were created, updated, … and how the run ended; absent where it did not get so far. */
  summary: { changes: Record<string, number>; result: string } | undefined;
}

export const nothingObserved = (): Observed => ({
  resources: new Map(),
  done: new Set(),
  asked: new Map(),
  askedStack: undefined,
  reports: [],
  foreign: [],
  diagnostics: [],
  written: [],
  summary: undefined,
});

/**
 * Takes one event of the engine in (sdk/go/common/apitype/events.go); the SDK's types leave the summaries of policies
 * out. Of inputs and outputs nothing is kept.
 */
export function observe(observed: Observed, event: object, packName: string): void {
  const all: Readonly<Record<string, unknown>> = { ...event };
  for (const [kind, read] of Object.entries(readers)) {
    const payload = all[kind];
    if (isRecord(payload)) read(observed, payload, packName);
  }
}

const mostLines = 200;

type Payload = Readonly<Record<string, unknown>>;
type Reader = (observed: Observed, payload: Payload, packName: string) => void;

const readers: Readonly<Record<string, Reader>> = {
  resourcePreEvent({ resources }, { metadata }) {
    if (!isRecord(metadata)) return;
    const urn = text(metadata.urn);
    if (urn === "" || resources.has(urn)) return;
    const state = [metadata.new, metadata.old].find(isRecord) ?? {};
    resources.set(urn, {
      urn,
      type: text(metadata.type),
      name: urn.split("::").slice(3).join("::"),
      parent: text(state.parent),
      // A reference is the provider's URN and its id.
      provider: text(state.provider).replace(/::[^:]*$/, ""),
      op: text(metadata.op),
    });
  },
  resOutputsEvent({ done }, { metadata }) {
    if (isRecord(metadata)) done.add(text(metadata.urn));
  },
  policyAnalyzeSummaryEvent({ asked }, payload, packName) {
    if (payload.policyPackName !== packName) return;
    const urn = text(payload.resourceUrn);
    asked.set(urn, new Set([...(asked.get(urn) ?? []), ...names(payload)]));
  },
  policyAnalyzeStackSummaryEvent(observed, payload, packName) {
    if (payload.policyPackName === packName) observed.askedStack = new Set(names(payload));
  },
  policyEvent({ reports, foreign }, payload, packName) {
    const [policy, message] = [text(payload.policyName), withoutColours(text(payload.message))];
    const level = text(payload.enforcementLevel) as EnforcementLevel;
    if (payload.policyPackName === packName)
      reports.push({ policy, level, message, urn: text(payload.resourceUrn) });
    else if (level === "mandatory") foreign.push({ pack: text(payload.policyPackName), policy, message });
  },
  diagnosticEvent({ diagnostics, written }, payload) {
    const { severity } = payload;
    if (severity === "info#err") {
      written.push(withoutColours(text(payload.message)).trimEnd());
      if (written.length > mostLines) written.shift();
    }
    if (severity !== "warning" && severity !== "error") return;
    const message = withoutColours(text(payload.message)).trim();
    if (diagnostics.every((one) => one.message !== message)) diagnostics.push({ severity, message });
  },
  summaryEvent(observed, { resourceChanges, result }) {
    const changes = Object.entries(isRecord(resourceChanges) ? resourceChanges : {});
    observed.summary = {
      changes: Object.fromEntries(changes.map(([op, count]) => [op, Number(count)])),
      result: text(result),
    };
  },
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const names = ({ passed, failed }: Payload): string[] =>
  [passed, failed].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));

/** The engine marks colours in its own way, and terminals in theirs. */
const withoutColours = (message: string): string =>
  stripVTControlCharacters(message.replaceAll(/<\{%[^%]*%\}>/g, ""));
