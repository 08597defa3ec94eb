import { short } from "../config/hash";
import { counted, readable } from "../config/numbers";
import type { Deployed } from "../lifecycle/deployed";
import { blocks } from "../policies/finding";
import { blockedStacks, type EnvironmentReview, passes, type Review } from "./review";

/** What stands beside a verdict, a clause each without its end; `name` shows what comes from a file. */
export function verdictNotes(review: Review, name: (text: string) => string): string[] {
  const { findings, stacks } = review;
  const blocking = findings.filter(blocks);
  const undecided = blocking.filter(({ status }) => status === "cannot-decide").length;
  const exempted = findings.filter((one) => !blocks(one));
  const blocked = blockedStacks(review);
  const free = stacks.filter((stack) => !blocked.includes(stack));
  return [
    blocking.length === 0 ? "" : comesWith(blocking.length, blocking.filter(({ isNew }) => isNew).length),
    undecided === 0 ? "" : `${readable(undecided)} cannot be decided from the files`,
    blocking.length === 0 || free.length === 0 ? "" : `nothing blocks ${free.map(name).join(" and ")}`,
    exempted.length === 0
      ? ""
      : `${counted(exempted.length, "finding")} ${exempted.length === 1 ? "passes" : "pass"} under an exception${newText(exempted.length, exempted.filter(({ isNew }) => isNew).length)}`,
  ].filter(Boolean);
}

function newText(all: number, fresh: number): string {
  if (fresh === 0) return "";
  return `, ${fresh === all ? "" : `${readable(fresh)} of them `}new with this change`;
}

function comesWith(all: number, fresh: number): string {
  if (all === 1) return fresh === 1 ? "it comes with this change" : "it was there before this change";
  if (fresh === 0) return "none of them comes with this change";
  const those = fresh === all ? "all of them" : `${readable(fresh)} of them`;
  return `${those} ${fresh === 1 ? "comes" : "come"} with this change`;
}

/** What the verdict is about: "blocks", with the stacks that are blocked, or "passes", with all. */
export function verdictOf(review: Review): {
  state: "passes" | "blocks" | "removed";
  stacks: readonly string[];
} {
  if (review.isRemoved) return { state: "removed", stacks: review.stacks };
  return passes(review)
    ? { state: "passes", stacks: review.stacks }
    : { state: "blocks", stacks: blockedStacks(review) };
}

/** What follows from the removal of a pair: nothing can block it. */
export const removalText =
  "what they have deployed stays as it is, and nobody can update or destroy it without these files";

/** "3 findings block" */
export function blockText(review: Review): string {
  const count = review.findings.filter(blocks).length;
  return `${counted(count, "finding")} ${count === 1 ? "blocks" : "block"}`;
}

/** Why a side of an environment has no values; undefined where it has. */
export const sideText = (
  { files }: EnvironmentReview,
  side: "before" | "after",
): "cannot be read" | "not there" | undefined =>
  files[side] === "whole" ? undefined : files[side] === "unreadable" ? "cannot be read" : "not there";

/** "before → after", or one of them; of what was not there nothing is told, for {@link changeCount} says so. */
export function sidesText(before: string | undefined, after: string | undefined): string {
  if (before === undefined || before === "not there" || before === after) return after ?? "";
  return `${before} → ${after ?? ""}`;
}

/** How many values change, or why that cannot be told. */
export function changeCount(environment: EnvironmentReview): string {
  const after = sideText(environment, "after");
  const before = sideText(environment, "before");
  if (after !== undefined) return after;
  if (before === undefined) return readable(environment.changes.length);
  return before === "not there" ? "all are new" : "unknown: what was there cannot be read";
}

/** What production runs, what it is proven by and what it would go back to, a sentence each without its end. */
export function productionTexts(
  { environments, proof, rollback }: Review,
  name: (text: string) => string,
): string[] {
  const production = environments.find(({ tier }) => tier === "production");
  const moves = production?.hash.before !== undefined && production.hash.before !== production.hash.after;
  return [
    production?.deployed === undefined ? "" : deployedText(production.deployed, production.hash.after, name),
    proof === undefined
      ? ""
      : `${moves ? "With this change production" : "Production"} is what release ${name(proof.release)} stands for (${name(short(proof.hash))})`,
    rollback === undefined
      ? ""
      : `If production has to go back: release ${name(rollback.release)} (${name(short(rollback.hash))})`,
  ].filter(Boolean);
}

/** What the last update left behind, by its record, and whether the files have it. */
function deployedText(
  { time, commit, uncommitted, behaviourHash }: Deployed,
  files: string | undefined,
  name: (text: string) => string,
): string {
  const from = [
    commit === undefined ? "no commit" : `commit ${name(commit.slice(0, 12))}`,
    uncommitted.length === 0 ? "" : "files that no commit has",
  ].filter(Boolean);
  const runs = behaviourHash === undefined ? "is" : `runs ${name(short(behaviourHash))}`;
  const differs =
    files === undefined || behaviourHash === undefined || files === behaviourHash
      ? ""
      : `; these files have ${name(short(files))}`;
  return `Production ${runs} as it was updated on ${time.slice(0, 10)} from ${from.join(" and ")}${differs}`;
}

/** Whether any environment's behaviour becomes another one: only then a review weighs its models. */
export const movesBehaviour = ({ environments }: Review): boolean =>
  environments.some(({ hash: { before, after } }) => before !== after);
