import { day } from "../config/days";
import { short } from "../config/hash";
import { margin as marginText, readable } from "../config/numbers";
import type { Config } from "../config/schema";
import { trustedSigners } from "./envelope";
import type { Evidence, EvidenceStore } from "./evidence";
import type { Criterion, Kind, KindName } from "./kind";
import { kinds } from "./kinds";
import { producers } from "./producers";
import { type Proof, skewMilliseconds } from "./proof";

/** What evidence has to be like before its results are looked at. */
export interface Trust {
  /** Public keys in PEM. Where there are any, only evidence that one of them signed counts. */
  trustedKeys: readonly string[];
  /** Whether evidence counts that was measured against stand-ins for the providers. */
  stubProviders: "accept" | "refuse";
}

/** A reason for which evidence does not let production become what it is about. */
export interface Shortfall {
  /** What an exception names behind `releases.<id>.<kind>`: a criterion, and of what; empty for the evidence as a whole. */
  path: readonly string[];
  found: string;
  allowed: string;
  remedy: string;
}

/** What the evidence of one kind says about the hash that production is to have. */
export interface Assessment {
  kind: KindName;
  /** The newest that counts; undefined where none does. */
  evidence: Evidence | undefined;
  /** Days from its end to the time at which it has to be fresh; 0 where it ended after that. */
  ageDays: number | undefined;
  maxAgeDays: number;
  /** Every criterion, also those that are met. */
  criteria: readonly Criterion[];
  /** Empty where the evidence passes. */
  shortfalls: readonly Shortfall[];
}

/** Whether this kind of evidence is asked for: not what is compared with a production that does not exist yet. */
export function isAsked(kind: Kind, { first }: Proof, { behaviour }: Config): boolean {
  if (kind.comparesWithProduction && first) return false;
  return kind.name !== "retrieval" || behaviour.retrieval !== undefined;
}

/** Holds the newest evidence of a kind that counts against the acceptance criteria. */
export function assess(
  name: KindName,
  { proof, config, store, trust, now, maximumAgeDays }: AssessOptions,
): Assessment {
  const kind = kinds[name];
  const maxAgeDays = Math.min(config.acceptance[name].maxAgeDays, maximumAgeDays);
  const of = proof.releases.map(({ id }) => store.of(id));
  const candidates = of.flatMap(({ evidence }) => evidence).filter((one) => one.kind === name);
  const judged = candidates
    .map((evidence) => ({ evidence, fault: countingFault(evidence, proof.hash, trust) }))
    .sort((a, b) => ended(b.evidence) - ended(a.evidence));
  const newest = judged.find(({ fault }) => fault === undefined)?.evidence;
  if (newest === undefined) {
    const unreadable = of.flatMap((one) => one.unreadable).find((one) => one.kind === name);
    const other = judged[0] && `${judged[0].evidence.file} ${judged[0].fault}`;
    const why = other ?? (unreadable && `${unreadable.file} cannot be read: ${unreadable.why}`);
    return {
      kind: name,
      evidence: undefined,
      ageDays: undefined,
      maxAgeDays,
      criteria: [],
      shortfalls: [missing(name, proof, why, trust)],
    };
  }
  const { predicate } = newest.statement;
  const criteria = kind.criteria(predicate.results, config);
  return {
    kind: name,
    evidence: newest,
    ageDays: Math.max(0, proof.at.getTime() - ended(newest)) / day,
    maxAgeDays,
    criteria,
    shortfalls: [
      ...timeShortfalls(newest, proof, maxAgeDays, now),
      ...sizeShortfalls(kind, newest, config),
      ...predicate.inconclusive.map((reason) => ({
        path: ["inconclusive"],
        found: `inconclusive: ${reason}`,
        allowed: "a measurement that decides",
        remedy: measure(name, "Measure again, with more samples."),
      })),
      ...criteria.filter(({ outcome }) => outcome !== "passes").map((one) => unmet(name, one)),
    ],
  };
}

export interface AssessOptions {
  proof: Proof;
  /** Production's configuration, which has the acceptance criteria. */
  config: Config;
  store: EvidenceStore;
  trust: Trust;
  now: Date;
  /** The policy's own upper bound on every age. */
  maximumAgeDays: number;
}

const ended = ({ statement }: Evidence) => Date.parse(statement.predicate.ended);

/** Why evidence says nothing about a hash, as the rest of a sentence about its file; undefined where it counts. */
export function countingFault(evidence: Evidence, hash: string, trust: Trust): string | undefined {
  const { statement, rawFault } = evidence;
  const { environment, gateway, providers } = statement.predicate;
  if (evidence.hash !== hash) return `is about another behaviour hash, ${short(evidence.hash)}`;
  if (environment !== "staging") return `was measured in ${environment}, not in staging`;
  if (gateway.before !== hash || gateway.after !== hash) {
    const other = gateway.before === hash ? gateway.after : gateway.before;
    return `was measured on a gateway that reported another behaviour hash, ${short(other)}`;
  }
  if (rawFault !== undefined) return `does not count: ${rawFault}`;
  if (trust.stubProviders === "refuse" && providers === "stub")
    return "was measured against stand-ins for the providers";
  if (trust.trustedKeys.length > 0) {
    if (evidence.envelope === undefined) return "is not signed";
    if (trustedSigners(evidence.envelope, trust.trustedKeys).length === 0)
      return "is signed by no trusted key";
  }
  return undefined;
}

function missing(
  kind: KindName,
  { hash }: Proof,
  why: string | undefined,
  { trustedKeys }: Trust,
): Shortfall {
  return {
    path: [],
    found: why === undefined ? `no ${kind} evidence` : `no ${kind} evidence that counts: ${why}`,
    allowed: `${trustedKeys.length > 0 ? "signed " : ""}${kind} evidence about ${short(hash)}, measured in staging`,
    remedy: measure(kind, "Let staging run exactly what production is to run, and measure it there."),
  };
}

const measure = (kind: KindName, how: string) =>
  `${how} Then: ${producers[kind].command} --release <id> (${producers[kind].guide}).`;

function timeShortfalls(evidence: Evidence, { at }: Proof, maxAgeDays: number, now: Date): Shortfall[] {
  const { kind, statement } = evidence;
  const { started, ended: end } = statement.predicate;
  const remedy = measure(kind, "Measure again.");
  if (Date.parse(end) > now.getTime() + skewMilliseconds) {
    return [
      { path: ["ended"], found: `${end}, which is in the future`, allowed: "a time that has been", remedy },
    ];
  }
  if (Date.parse(started) > Date.parse(end)) {
    return [
      {
        path: ["started"],
        found: `${started}, after its end at ${end}`,
        allowed: "a start before the end",
        remedy,
      },
    ];
  }
  const age = (at.getTime() - Date.parse(end)) / day;
  if (age <= maxAgeDays) return [];
  return [
    {
      path: ["maxAgeDays"],
      found: `evidence of ${end}, ${readable(age)} days old`,
      allowed: `at most ${readable(maxAgeDays)} days`,
      remedy,
    },
  ];
}

function sizeShortfalls(kind: Kind, { statement }: Evidence, config: Config): Shortfall[] {
  const { samples, repeats } = statement.predicate;
  const remedy = measure(kind.name, "Measure more.");
  const [leastSamples, leastRepeats] = [
    kind.minimumSamples(config),
    kind.random ? kind.minimumRepeats(config) : 1,
  ];
  return [
    ...(samples >= leastSamples
      ? []
      : [
          {
            path: ["samples"],
            found: `${readable(samples)} samples`,
            allowed: `at least ${readable(leastSamples)}`,
            remedy,
          },
        ]),
    ...(repeats >= leastRepeats
      ? []
      : [
          {
            path: ["repeats"],
            found: repeats === 1 ? "one repeat of each, of something random" : `${repeats} repeats of each`,
            allowed: `at least ${leastRepeats} repeats: temperature zero is not deterministic`,
            remedy,
          },
        ]),
  ];
}

function unmet(kind: KindName, { name, subject, measured, required, outcome, margin }: Criterion): Shortfall {
  const by = margin === undefined || outcome === "inconclusive" ? "" : `, off by ${marginText(margin)}`;
  return {
    path: subject === undefined ? [name] : [name, subject],
    found: `${subject === undefined ? "" : `${subject}: `}${outcome === "inconclusive" ? "inconclusive, " : ""}${measured}${by}`,
    allowed: required,
    remedy: measure(kind, "Mend the cause and measure again, or drop the release."),
  };
}
