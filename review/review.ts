import { isSameStack } from "../config/compare";
import { environmentText } from "../config/documents";
import type { ProjectFiles } from "../config/files";
import { loadPair, type PairResult } from "../config/pair";
import { type Tier, tiers } from "../config/schema/environment";
import type { Stack, StackResult } from "../config/stack";
import { type Deployed, readDeployed } from "../lifecycle/deployed";
import { type EvidenceStore, evidenceStore } from "../lifecycle/evidence";
import { closedReleases } from "../lifecycle/proof";
import { daysLeft } from "../policies/accountability";
import { blocks, type Finding } from "../policies/finding";
import { judgeAll, type Ruleset } from "../policies/judge";
import { problemFindings } from "../policies/stack/config-valid";
import { changesOf, type ValueChange } from "./changes";
import { type Distance, distance } from "./distance";
import { type ColdStart, coldStarts, type WorstCase, worstCase } from "./money";
import {
  type EvidenceStatus,
  gatesProduction,
  proofStatus,
  type ReleaseStatus,
  releaseStatus,
} from "./releaseStatus";
import { type Latency, latencyOf, type RouteReview, routesOf } from "./routes";
import { type SettingChange, settingChanges } from "./settings";

/** A finding, the environments whose update it concerns, and whether the change brought it. */
export interface ReviewFinding extends Finding {
  stacks: string[];
  /** True where the files before the change had no such finding. */
  isNew: boolean;
}

export type SideState = "whole" | "unreadable" | "absent";

/** What a change does to one environment. */
export interface EnvironmentReview {
  tier: Tier;
  name: string;
  /** Whether the stack was there, and could be read; all that follows is undefined on a side that is not whole. */
  files: { before: SideState; after: SideState };
  hash: { before: string | undefined; after: string | undefined };
  carries: { before: readonly string[] | undefined; after: readonly string[] | undefined };
  /** Empty where either side is not whole: nothing is guessed. */
  changes: readonly ValueChange[];
  worstCase: { before: WorstCase | undefined; after: WorstCase | undefined };
  /** What the last update by `lockstep up` left behind, by its record; absent where nothing is recorded. */
  deployed?: Deployed;
}

export interface ExceptionReview {
  tier: Tier;
  rule: string;
  path: string;
  owner: string;
  ticket: string;
  expires: string;
  /** Whole days after today; negative once it has expired. */
  daysLeft: number;
  isNew: boolean;
}

/** What a change of the files does to a pair of environments. */
export interface Review {
  project: string;
  stacks: readonly string[];
  /** True where the change removes the files of both stacks. */
  isRemoved: boolean;
  findings: readonly ReviewFinding[];
  environments: readonly EnvironmentReview[];
  distance: { before: Distance["counts"] | undefined; after: Distance["counts"] | undefined };
  limits: Distance["limits"];
  coldStarts: readonly ColdStart[];
  /** Every route with its longest time and the models that a request can end at. */
  routes: readonly RouteReview[];
  /** Latency under load, as the newest evidence has it. */
  latency: Latency | undefined;
  /** The evidence about production's behaviour as the change leaves it; undefined where no release proves it. */
  proof: { hash: string; release: string; evidence: readonly EvidenceStatus[] } | undefined;
  releases: readonly ReleaseStatus[];
  exceptions: readonly ExceptionReview[];
  /** What production would go back to after the change; undefined where nothing else was closed. */
  rollback: { release: string; hash: string } | undefined;
  /** What the change edits of what the rules ask for. */
  settings: readonly SettingChange[];
}

export interface ReviewOptions {
  /** The files before the change; undefined where there were none. */
  base: ProjectFiles | undefined;
  head: ProjectFiles;
  /** One stack of the pair. */
  stack: string;
  ruleset: Ruleset;
  /** The rules' settings before the change. */
  baseRuleset: Ruleset;
  now: Date;
}

/** Reviews a change of the files of one pair: pure, without the Pulumi SDK, credentials or network. */
export function reviewPair({ base, head, stack, ruleset, baseRuleset, now }: ReviewOptions): Review {
  const after = loadPair(head, stack);
  const before = base && loadPair(base, stack);
  if (before && base && isIn(before, base) && !isIn(before, head)) return removal(before, { base, head });
  const evidence = storeOf(head);
  const found = findingsOf(after, evidence, ruleset, now);
  // Where nothing is found, nobody asks what was found before.
  const old = found.length > 0 && before && base ? findingsOf(before, storeOf(base), baseRuleset, now) : [];
  const releases = after.pair
    ? [...after.pair.releases.values()].filter(({ data }) => data.state === "open")
    : [];
  const apart = after.pair && distance(after.pair);
  return {
    project: after.project.project ?? "",
    stacks: bothNames(after),
    isRemoved: false,
    findings: merged(found, new Set(old.map(({ finding }) => keyOf(finding)))),
    environments: environmentsOf(before, after, { base, head }),
    distance: {
      before: before?.pair && distance(before.pair).counts,
      after: apart?.counts,
    },
    limits: apart?.limits ?? [],
    coldStarts: after.pair ? coldStarts(stackOf(before, "production"), after.pair.production) : [],
    routes: after.pair ? routesOf(stackOf(before, "staging")?.config, after.pair, evidence) : [],
    latency: after.pair && latencyOf(after.pair, evidence),
    proof: after.pair && proofStatus(after.pair, evidence, ruleset, now),
    releases: releases.map((release) =>
      releaseStatus(release, { files: head, loaded: after, evidence, ruleset, now }),
    ),
    exceptions: exceptionsOf(before, after, now),
    rollback: rollbackOf(after),
    settings: settingChanges(base, head),
  };
}

/** Files are given once for all pairs of a project, and so is what lies in them. */
const stores = new WeakMap<ProjectFiles, EvidenceStore>();

function storeOf(files: ProjectFiles): EvidenceStore {
  const store = stores.get(files) ?? evidenceStore(files);
  stores.set(files, store);
  return store;
}

/** Whether either stack of a pair has a file there. */
const isIn = ({ own, counterpart }: PairResult, files: ProjectFiles): boolean =>
  [own, counterpart].some((one) => one !== undefined && files.read(one.file).found);

/** Nothing is judged of a pair whose files both go: neither environment can be updated any more. */
function removal(before: PairResult, files: Pick<ReviewOptions, "base" | "head">): Review {
  return {
    project: before.project.project ?? "",
    stacks: bothNames(before),
    isRemoved: true,
    findings: [],
    environments: environmentsOf(before, undefined, files),
    distance: { before: before.pair && distance(before.pair).counts, after: undefined },
    limits: [],
    coldStarts: [],
    routes: [],
    latency: undefined,
    proof: undefined,
    releases: [],
    exceptions: [],
    rollback: undefined,
    settings: [],
  };
}

/** True where nothing keeps either environment from being updated. */
export const passes = ({ findings }: Review): boolean => !findings.some(blocks);

/** The stacks whose update something stops. */
export const blockedStacks = ({ stacks, findings }: Review): string[] => {
  const blocked = new Set(findings.filter(blocks).flatMap((one) => one.stacks));
  return stacks.filter((stack) => blocked.has(stack));
};

interface Told {
  finding: Finding;
  stack: string;
}

/** The rules look at the pair, whosever update it is: what gates production alone is left out for staging. */
function findingsOf(result: PairResult, evidence: EvidenceStore, ruleset: Ruleset, now: Date): Told[] {
  const { pair, problems } = result;
  if (!pair)
    return problemFindings(problems).flatMap((finding) =>
      // Neither stack is updated without the other one's file.
      bothNames(result).map((stack) => ({ finding, stack })),
    );
  const { staging, production } = pair;
  const findings = judgeAll({ pair, evidence, tier: "production" }, now, ruleset);
  const gating = new Set(ruleset.rules.filter(gatesProduction).map(({ name }) => name));
  return [
    ...findings.filter(({ rule }) => !gating.has(rule)).map((finding) => ({ finding, stack: staging.name })),
    ...findings.map((finding) => ({ finding, stack: production.name })),
  ];
}

/** The same finding about both environments is one; a change of lines alone does not make it a new one. */
function merged(told: readonly Told[], known: ReadonlySet<string>): ReviewFinding[] {
  const found = new Map<string, ReviewFinding>();
  for (const { finding, stack } of told) {
    const key = keyOf(finding);
    const one = found.get(key);
    if (one === undefined) found.set(key, { ...finding, stacks: [stack], isNew: !known.has(key) });
    else if (!one.stacks.includes(stack)) one.stacks.push(stack);
  }
  return [...found.values()].sort(
    (a, b) => Number(blocks(b)) - Number(blocks(a)) || Number(b.isNew) - Number(a.isNew),
  );
}

const keyOf = ({ rule, status, object, path, found }: Finding) =>
  JSON.stringify([rule, status, object, path, found]);

/** Staging first, where it can be told. */
const bothNames = ({ own, counterpart }: PairResult): string[] =>
  [own, ...(counterpart === undefined ? [] : [counterpart])]
    .sort((a, b) => Number(tierOf(b) === "staging") - Number(tierOf(a) === "staging"))
    .map(({ name }) => name);

const tierOf = ({ raw }: StackResult): string | undefined => environmentText(raw.get("environment"), "tier");

function sideOf(result: PairResult | undefined, tier: Tier): StackResult | undefined {
  return [result?.own, result?.counterpart].find((one) => one !== undefined && tierOf(one) === tier);
}

/** A side whose pair cannot be read still has each stack that can. */
const stackOf = (result: PairResult | undefined, tier: Tier): Stack | undefined =>
  sideOf(result, tier)?.stack;

function environmentsOf(
  before: PairResult | undefined,
  after: PairResult | undefined,
  { base, head }: Pick<ReviewOptions, "base" | "head">,
): EnvironmentReview[] {
  return tiers.flatMap((tier): EnvironmentReview[] => {
    const [old, now] = [sideOf(before, tier), sideOf(after, tier)];
    const known = now ?? old;
    if (known === undefined) return [];
    const [was, is] = [old?.stack, now?.stack];
    const deployed = head && readDeployed(head, known.name);
    const state = (stack: Stack | undefined, files: ProjectFiles | undefined): SideState =>
      stack ? "whole" : files?.read(known.file).found ? "unreadable" : "absent";
    return [
      {
        tier,
        name: known.name,
        files: { before: state(was, base), after: state(is, head) },
        hash: { before: was?.behaviourHash, after: is?.behaviourHash },
        carries: { before: idsOf(was), after: idsOf(is) },
        // Against nothing everything would be new, and what cannot be read has not gone.
        changes: was && is && !isSameStack(was, is) ? changesOf(was, is) : [],
        worstCase: { before: was && worstCase(was.config), after: is && worstCase(is.config) },
        ...(deployed === undefined ? {} : { deployed }),
      },
    ];
  });
}

const idsOf = (stack: Stack | undefined) => stack?.carried.map(({ id }) => id);

function exceptionsOf(before: PairResult | undefined, after: PairResult, now: Date): ExceptionReview[] {
  return (["staging", "production"] as const).flatMap((tier) => {
    const old = new Set((stackOf(before, tier)?.config.exceptions ?? []).map((one) => JSON.stringify(one)));
    return (stackOf(after, tier)?.config.exceptions ?? []).map((one): ExceptionReview => {
      const { rule, path, owner, ticket, expires } = one;
      const isNew = !old.has(JSON.stringify(one));
      return { tier, rule, path, owner, ticket, expires, daysLeft: daysLeft(expires, now), isNew };
    });
  });
}

function rollbackOf({ pair }: PairResult): Review["rollback"] {
  if (pair === undefined) return undefined;
  const hash = pair.production.behaviourHash;
  const others = closedReleases(pair.releases.values())
    .map(({ release }) => ({ release: release.id, hash: release.data.closed?.behaviourHash ?? "" }))
    .filter((one) => one.hash !== hash);
  return others.at(-1);
}
