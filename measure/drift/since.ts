import { credentialIn } from "../../config/credentialPattern";
import { dayOf } from "../../config/days";
import { isRecord } from "../../config/record";
import { decodeEnvelope } from "../../lifecycle/envelope";
import { parseStatement } from "../../lifecycle/evidence";
import { type DriftDifference, type DriftResults, drift } from "../../lifecycle/kinds/drift";
import { keyOf } from "./difference";
import { DriftInputError, readJson } from "./json";

/** An audit before this one. */
export interface LastAudit {
  /** The stack that it was about. */
  stack: string;
  ended: Date;
  results: DriftResults;
}

/** Reads drift evidence, plain or in an envelope, or what `lockstep audit --format json` printed. */
export function readLast(bytes: Uint8Array): LastAudit {
  const data = readJson(bytes);
  if (!isRecord(data)) throw new DriftInputError("is no audit");
  const credential = credentialIn(Buffer.from(bytes).toString("utf8"));
  if (credential !== undefined)
    throw new DriftInputError(`has ${credential} in it, which has to be revoked now`);
  if ("payload" in data || "predicateType" in data) return fromStatement(bytes, "payload" in data);
  const results = drift.results.safeParse(data.results);
  const ended = typeof data.ended === "string" ? Date.parse(data.ended) : Number.NaN;
  if (typeof data.stack !== "string" || Number.isNaN(ended) || !results.success)
    throw new DriftInputError("is neither drift evidence nor the output of lockstep audit --format json");
  return { stack: data.stack, ended: new Date(ended), results: results.data };
}

function fromStatement(bytes: Uint8Array, inEnvelope: boolean): LastAudit {
  const decoded = inEnvelope ? decodeEnvelope(bytes) : { payload: bytes };
  const parsed = "why" in decoded ? decoded : parseStatement(decoded.payload);
  if ("why" in parsed) throw new DriftInputError(`is no evidence: ${parsed.why}`);
  if (parsed.kind !== "drift")
    throw new DriftInputError(`is evidence of the kind ${parsed.kind}, not of drift`);
  const { stack, ended, results } = parsed.statement.predicate;
  return { stack, ended: new Date(ended), results: results as DriftResults };
}

/** Since when each difference is there, and what of the last audit is not there any more. */
export function sinceLast(
  differences: readonly DriftDifference[],
  last: LastAudit | undefined,
  now: Date,
): { differences: DriftDifference[]; gone: DriftDifference[] } {
  const before = new Map(last?.results.differences.map((one) => [keyOf(one), one]));
  const present = new Set(differences.map(keyOf));
  return {
    differences: differences.map((one) => {
      const known = before.get(keyOf(one));
      return { ...one, since: known?.since ?? dayOf(known !== undefined && last ? last.ended : now) };
    }),
    gone: [...before.values()].filter((one) => !present.has(keyOf(one))),
  };
}
