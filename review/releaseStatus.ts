import type { ProjectFiles } from "../config/files";
import { loadPair, type Pair, type PairResult } from "../config/pair";
import { formatProblem } from "../config/problem";
import type { Release } from "../config/release";
import { toPlain } from "../config/yaml";
import { assess, isAsked } from "../lifecycle/assess";
import type { EvidenceStore } from "../lifecycle/evidence";
import type { Criterion, KindName } from "../lifecycle/kind";
import { kinds } from "../lifecycle/kinds";
import { closedReleases, proofOf } from "../lifecycle/proof";
import { addLine } from "../lifecycle/releaseCarry";
import { Draft } from "../lifecycle/releaseFiles";
import { blocks, type Finding } from "../policies/finding";
import { judge, type Ruleset } from "../policies/judge";
import type { RuleBase, StackRule } from "../policies/rule";
import type { evalsPassed } from "../policies/stack/evals-passed";
import { productionProven } from "../policies/stack/production-proven";
import { untouchedOf } from "./evidence";

/** One line of the checklist that a person fills in. */
export interface Check {
  item: string;
  done: boolean;
  /** What is there, in words. */
  note: string;
}

export interface EvidenceStatus {
  kind: KindName;
  /** Undefined where none counts. */
  file: string | undefined;
  ageDays: number | undefined;
  maxAgeDays: number;
  criteria: readonly Criterion[];
  /** True where the age is that at the time when the release was closed. */
  ageIsAtClosing: boolean;
  /** What keeps it from passing, in words; `path` begins with the name of a criterion where it is one's. */
  shortfalls: { path: string[]; found: string; allowed: string }[];
  /** Of an evaluation, what no case touches, one line each; absent where it does not say. */
  untouched?: string[];
}

/** All that a person asks about a release. The last four are absent for a closed one. */
export interface ReleaseStatus {
  id: string;
  file: string;
  owner: string;
  created: string;
  state: "open" | "closed";
  closed?: { at: string; behaviourHash: string };
  reverts?: string;
  carriedBy: string[];
  changes: { path: string; from?: unknown; to?: unknown }[];
  checklist: Check[];
  tokenDelta?: NonNullable<Release["data"]["tokenDelta"]>;
  /** Production's behaviour hash with the release. */
  behaviourHash?: string;
  evidence?: EvidenceStatus[];
  /** What still blocks production from carrying it. */
  missing?: Finding[];
  /** Why production could not carry it at all; then nothing else is known. */
  problems?: string[];
}

/** A pair as it was loaded, and what its releases are judged by. */
export interface ReleaseContext {
  files: ProjectFiles;
  loaded: PairResult;
  evidence: EvidenceStore;
  ruleset: Ruleset;
  now: Date;
}

/** The state of one release, with production as it would be if it carried it. */
export function releaseStatus(release: Release, context: ReleaseContext): ReleaseStatus {
  const { files, loaded, evidence, ruleset, now } = context;
  const { pair, problems } = loaded;
  const { id, file, data, changes } = release;
  const carriedBy = [pair?.staging, pair?.production].flatMap((one) =>
    one?.carried.some((other) => other.id === id) ? [one.name] : [],
  );
  const status: ReleaseStatus = {
    id,
    file,
    owner: data.owner,
    created: data.created,
    state: data.state,
    ...(data.closed === undefined ? {} : { closed: data.closed }),
    ...(data.reverts === undefined ? {} : { reverts: data.reverts }),
    carriedBy,
    changes: changes.map(({ name, from, to }) => ({
      path: name,
      ...(from === undefined ? {} : { from: toPlain(from) }),
      ...(to === undefined ? {} : { to: toPlain(to) }),
    })),
    checklist: checklist(release, pair),
    ...(data.tokenDelta === undefined ? {} : { tokenDelta: data.tokenDelta }),
  };
  if (data.state === "closed") return status;
  if (pair === undefined) return { ...status, problems: problems.map(formatProblem) };
  const promoted = carriedBy.includes(pair.production.name) ? loaded : carrying(files, pair, id);
  if (promoted.pair === undefined) return { ...status, problems: promoted.problems.map(formatProblem) };
  return {
    ...status,
    behaviourHash: promoted.pair.production.behaviourHash,
    evidence: proofStatus(promoted.pair, evidence, ruleset, now)?.evidence ?? [],
    missing: productionRefusals(promoted.pair, evidence, ruleset, now).map((finding) =>
      // Production's file is not written yet: its lines are those of the trial.
      promoted === loaded || finding.at?.file !== pair.production.file
        ? finding
        : { ...finding, at: { file, line: 1, column: 1 } },
    ),
  };
}

/** The pair with one more release in production. */
function carrying(files: ProjectFiles, { production }: Pair, id: string): PairResult {
  const draft = new Draft(files);
  addLine(draft, production.file, id);
  return loadPair(draft.now(), production.name);
}

/** What the rules that gate production alone have against it: findings that no exception covers. */
export function productionRefusals(
  pair: Pair,
  evidence: EvidenceStore,
  ruleset: Ruleset,
  now: Date,
): Finding[] {
  const judged = { pair, evidence, tier: "production" } as const;
  return ruleset.rules
    .filter(gatesProduction)
    .flatMap((rule) => judge(rule, judged, now, ruleset.settings(rule.name), ruleset))
    .filter(blocks);
}

export const gatesProduction = (rule: RuleBase): rule is StackRule =>
  "kind" in rule && rule.kind === "stack" && (rule as StackRule).gates === "production";

/** The evidence about production's behaviour hash; undefined where the hash is that of no release. */
export function proofStatus(
  pair: Pair,
  store: EvidenceStore,
  { rules, settings }: Ruleset,
  now: Date,
): { hash: string; release: string; evidence: EvidenceStatus[] } | undefined {
  const proof = proofOf(pair, now);
  if (proof === undefined) return undefined;
  const { requiredKinds, ...trust } = parsed(productionProven, settings);
  const { config } = pair.production;
  const evidence = requiredKinds
    .filter((kind) => isAsked(kinds[kind], proof, config))
    .map((kind) => {
      const maximumAgeDays = longestAge(kind, rules, settings);
      const assessment = assess(kind, { proof, config, store, trust, now, maximumAgeDays });
      const { evidence, ageDays, maxAgeDays, criteria, shortfalls } = assessment;
      return {
        kind,
        file: evidence?.file,
        ageDays,
        maxAgeDays,
        criteria,
        ageIsAtClosing: !proof.promotion,
        shortfalls: shortfalls.map(({ path, found, allowed }) => ({ path: [...path], found, allowed })),
        ...(evidence === undefined ? {} : untouchedOf(evidence)),
      };
    });
  return { hash: proof.hash, release: proof.releases.at(-1)?.id ?? "", evidence };
}

/** The upper bound of the age that the rule over this kind of evidence is set to. */
function longestAge(kind: KindName, rules: Ruleset["rules"], settings: Ruleset["settings"]): number {
  const rule = rules.find((one) => (one as StackRule).evidence === kind) as typeof evalsPassed | undefined;
  return rule === undefined ? Number.POSITIVE_INFINITY : parsed(rule, settings).maximumAgeDays;
}

function parsed<S>(
  rule: { name: string; settings?: { parse(value: unknown): S } },
  settings: Ruleset["settings"],
): S {
  if (rule.settings === undefined) throw new TypeError(`${rule.name} has no settings.`);
  return rule.settings.parse(settings(rule.name));
}

function checklist({ data }: Release, pair: Pair | undefined): Check[] {
  // An inverse waits for nobody: `release-complete` asks nothing of it.
  if (data.reverts !== undefined) return [];
  const { hypothesis, tokenDelta, rollback, signOffs = [] } = data;
  const first = pair !== undefined && closedReleases(pair.releases.values()).length === 0;
  return [
    { item: "hypothesis", done: hypothesis !== undefined, note: hypothesis ?? "nothing" },
    {
      item: "token delta",
      done: tokenDelta !== undefined,
      note:
        tokenDelta === undefined
          ? "nothing"
          : tokenDelta
              .map(
                ({ route, monthlyUsd }) =>
                  `${route} ${usd(monthlyUsd.warm)} warm, ${usd(monthlyUsd.cold)} cold`,
              )
              .join("; "),
    },
    {
      item: "way back",
      done: first || rollback?.rehearsed !== undefined,
      note:
        rollback === undefined ? (first ? "none: it is the first release" : "nothing") : wayBack(rollback),
    },
    {
      item: "sign-offs",
      done: signOffs.length > 0,
      note:
        signOffs.length === 0
          ? "none"
          : signOffs.map(({ name, role, date }) => `${name} (${role}, ${date})`).join("; "),
    },
  ];
}

const wayBack = ({ to, rehearsed }: NonNullable<Release["data"]["rollback"]>) =>
  `to ${to.slice(0, 12)}…, ${rehearsed === undefined ? "never rehearsed" : `rehearsed ${rehearsed}`}`;

const usd = (amount: number) => `${amount < 0 ? "-" : "+"}${Math.abs(amount).toFixed(2)} USD a month`;
