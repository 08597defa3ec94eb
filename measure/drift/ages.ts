import { day, dayOf } from "../../config/days";
import { readable } from "../../config/numbers";
import type { Pair } from "../../config/pair";
import type { Config } from "../../config/schema";
import type { Stack } from "../../config/stack";
import { assess, isAsked, type Trust } from "../../lifecycle/assess";
import type { Evidence, EvidenceStore } from "../../lifecycle/evidence";
import type { KindName } from "../../lifecycle/kind";
import { kinds } from "../../lifecycle/kinds";
import { type Proof, proofOf } from "../../lifecycle/proof";
import { type AreaFound, areaFound, differ, line, unaudited } from "./difference";

export interface When {
  now: Date;
  /** How many days ahead an end is told of. */
  warnDays: number;
}

/** Exceptions of stacks: those that ended, and those that soon do. The last day still counts. */
export function exceptionAges(stacks: readonly Stack[], { now, warnDays }: When): AreaFound {
  const found = areaFound("exceptions");
  for (const { name, config } of stacks)
    for (const { rule, path, expires } of config.exceptions) {
      found.compared++;
      const left = (Date.parse(expires) + day - now.getTime()) / day;
      const about = line(`${name}: ${rule} at ${path}`, 300);
      if (left <= 0)
        found.differences.push(
          differ("exceptions", {
            name: about,
            difference: "the exception has expired",
            declared: `until ${expires}`,
          }),
        );
      else if (left <= warnDays) found.expiring.push({ area: "exceptions", name: about, ends: expires });
    }
  return found;
}

/** The newest evidence about a stack's retrieval index: how old the index was, and when that was measured. */
export function indexAge(
  { config, behaviourHash }: Stack,
  store: EvidenceStore,
  releases: readonly string[],
  { now }: When,
): AreaFound {
  if (config.behaviour.retrieval === undefined)
    return areaFound("index", { leftAside: ["Nothing is retrieved: there is no index."] });
  const [newest] = releases
    .flatMap((id) => store.of(id).evidence)
    .filter((one) => one.kind === "retrieval" && one.hash === behaviourHash && one.rawFault === undefined)
    .sort((a, b) => ended(b) - ended(a));
  if (newest === undefined)
    return unaudited(
      "index",
      "There is no retrieval evidence about the declared behaviour: lockstep evidence retrieval measures it.",
    );
  const { maxIndexAgeHours, maxAgeDays } = config.acceptance.retrieval;
  const { indexAgeHours } = newest.statement.predicate.results as { indexAgeHours: number };
  const age = (now.getTime() - ended(newest)) / day;
  if (age > maxAgeDays)
    return unaudited(
      "index",
      `The retrieval evidence of ${dayOf(new Date(ended(newest)))} is older than ${readable(maxAgeDays)} days: the index is looked at again by lockstep evidence retrieval.`,
    );
  const differences =
    indexAgeHours <= maxIndexAgeHours
      ? []
      : [
          differ("index", {
            name: "retrieval index",
            difference: "the index was older than it may be",
            declared: `at most ${readable(maxIndexAgeHours)} hours`,
            deployed: `${readable(indexAgeHours)} hours on ${dayOf(new Date(ended(newest)))}`,
          }),
        ];
  return areaFound("index", { compared: 1, differences });
}

const ended = ({ statement }: Evidence) => Date.parse(statement.predicate.ended);

export interface EvidenceOptions extends When {
  store: EvidenceStore;
  trust: Trust;
  requiredKinds: readonly KindName[];
}

/**
 * The evidence that production's next behaviour needs, or its present one: what is too old and what soon will be. Of a
 * closed release nothing is asked anew, so nothing of it is stale; its evidence is told of by its age.
 */
export function evidenceAges(pair: Pair, options: EvidenceOptions): AreaFound {
  const { now, warnDays, requiredKinds, store, trust } = options;
  const proof = proofAhead(pair, now);
  if (proof === undefined)
    return areaFound("evidence", {
      differences: [
        differ("evidence", {
          name: pair.production.name,
          difference: "no release has proven the behaviour that production declares",
        }),
      ],
    });
  const found = areaFound("evidence");
  const config: Config = pair.production.config;
  const release = proof.releases.at(-1)?.id ?? "";
  for (const kind of requiredKinds) {
    if (!isAsked(kinds[kind], proof, config)) continue;
    found.compared++;
    const { evidence, maxAgeDays } = assess(kind, { proof, config, store, trust, now, maximumAgeDays: 90 });
    if (evidence === undefined) {
      if (proof.promotion) found.leftAside.push(`There is no ${kind} evidence for release ${release} yet.`);
      continue;
    }
    const ends = ended(evidence) + maxAgeDays * day;
    if (proof.promotion && ends < now.getTime())
      found.differences.push(
        differ("evidence", {
          name: `${kind} of release ${release}`,
          difference: "the evidence is older than it may be",
          declared: `at most ${readable(maxAgeDays)} days`,
          deployed: `of ${dayOf(new Date(ended(evidence)))}`,
        }),
      );
    else if (ends >= now.getTime() && ends - now.getTime() <= warnDays * day)
      found.expiring.push({
        area: "evidence",
        name: `${kind} evidence of release ${release}`,
        ends: dayOf(new Date(ends)),
      });
  }
  if (!proof.promotion)
    found.leftAside.push(
      `Release ${release} is closed: its evidence counted on ${dayOf(proof.at)}, and a new release needs its own.`,
    );
  return found;
}

/** What proves the behaviour that staging carries towards production; where it carries nothing, production's own. */
function proofAhead(pair: Pair, now: Date): Proof | undefined {
  const { staging, production } = pair;
  const ahead = staging.carried.filter(({ id }) => production.carried.every((one) => one.id !== id));
  const behaviour = ahead.length === 0 ? undefined : production.carrying(staging.carried);
  if (behaviour === undefined) return proofOf(pair, now);
  return { hash: behaviour.behaviourHash, releases: staging.carried, at: now, promotion: true, first: false };
}
