import { short } from "../config/hash";
import { counted, readable, signedMargin } from "../config/numbers";
import type { Relation } from "../config/relation";
import { blocks, daysText } from "../policies/finding";
import { type CommonChange, commonChanges } from "./changes";
import { cell, code, escapeHtml, type LinkTo, placeOf } from "./markdownText";
import { coldStartText, deltaTexts } from "./moneyText";
import type { EvidenceStatus, ReleaseStatus } from "./releaseStatus";
import { blockedStacks, passes, type Review, type ReviewFinding } from "./review";
import { changesSeconds, secondsText, tradeoffHead, tradeoffRows, tradeoffSources } from "./tradeoff";

/** The sections of one review, the important first. */
export function sections(review: Review, link: LinkTo): string[] {
  return [
    `${verdict(review)}\n`,
    findingsSection(review, link),
    changesSection(review, link),
    moneySection(review),
    routesSection(review),
    ...review.releases.map((release) => releaseSection(release)),
    exceptionsSection(review),
    distanceSection(review),
  ].filter((part) => part !== "");
}

function verdict(review: Review): string {
  if (review.isRemoved) return removed(review);
  const blocking = review.findings.filter(blocks);
  const fresh = blocking.filter(({ isNew }) => isNew);
  const undecided = blocking.filter(({ status }) => status === "cannot-decide");
  const blocked = blockedStacks(review);
  const free = review.stacks.filter((stack) => !blocked.includes(stack));
  const head = passes(review)
    ? `### ✅ Lockstep: nothing blocks ${stacksText(review.stacks)}`
    : `### ❌ Lockstep: ${counted(blocking.length, "finding")} ${blocking.length === 1 ? "blocks" : "block"} ${stacksText(blocked)}`;
  const parts = [
    blocking.length > 0 ? comesWith(blocking.length, fresh.length) : "",
    undecided.length > 0 ? `${readable(undecided.length)} cannot be decided from the files` : "",
    blocking.length > 0 && free.length > 0 ? `nothing blocks ${stacksText(free)}` : "",
    review.settings.length > 0
      ? `**the change edits what the rules ask for: ${review.settings.map(code).join(", ")}**`
      : "",
  ].filter(Boolean);
  return `${head}\n${parts.length === 0 ? "" : `\n${sentence(parts.join("; "))}\n`}\n${summaryTable(review)}`;
}

const stacksText = (stacks: readonly string[]) => stacks.map(code).join(" and ");

/** Nothing can block it: without its file no stack can be updated, so also not destroyed. */
const removed = ({ stacks }: Review) =>
  `### ⚠️ Lockstep: the change removes ${stacks.map(code).join(" and ")}\n\nWhat they have deployed stays as it is, and nobody can update or destroy it without these files.\n`;

function comesWith(all: number, fresh: number): string {
  const those =
    all === 1
      ? "it"
      : fresh === 0
        ? "none of them"
        : fresh === all
          ? "all of them"
          : `${readable(fresh)} of them`;
  if (all === 1 && fresh === 0) return "it was there before this change";
  return `${those} ${all === 1 || fresh < 2 ? "comes" : "come"} with this change`;
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function summaryTable({ environments, rollback }: Review): string {
  if (environments.length === 0) return "";
  const row = (title: string, of: (one: Review["environments"][number]) => string) =>
    `| ${title} | ${environments.map(of).join(" | ")} |`;
  return [
    `| | ${environments.map(({ name, tier }) => `${tier} (${cell(name)})`).join(" | ")} |`,
    `|---|${environments.map(() => "---").join("|")}|`,
    row("behaviour", ({ hash }) =>
      fromTo(hash.before && short(hash.before), hash.after && short(hash.after)),
    ),
    row("carries", ({ carries }) => fromTo(list(carries.before), list(carries.after))),
    row("values that change", ({ changes }) => readable(changes.length)),
    row("limits used to the full", ({ worstCase }) =>
      fromTo(worstCase.before && usd(worstCase.before.usd), worstCase.after && usd(worstCase.after.usd)),
    ),
    row("monthly budget", ({ worstCase }) =>
      fromTo(
        worstCase.before && usd(worstCase.before.budgetUsd),
        worstCase.after && usd(worstCase.after.budgetUsd),
      ),
    ),
    rollback === undefined
      ? ""
      : `\nProduction goes back to ${code(short(rollback.hash))}, release ${code(rollback.release)}.`,
  ]
    .filter(Boolean)
    .join("\n");
}

const list = (ids: readonly string[]) => (ids.length === 0 ? "no release" : ids.join(", "));

function fromTo(before: string | undefined, after: string | undefined): string {
  if (after === undefined) return "cannot be read";
  if (before === undefined || before === after) return cell(after);
  return `${cell(before)} → ${cell(after)}`;
}

const usd = (amount: number) => `${readable(Math.round(amount))} USD a month`;

function findingsSection({ findings }: Review, link: LinkTo): string {
  if (findings.length === 0) return "";
  const blocking = findings.filter(blocks);
  const exempted = findings.filter((one) => !blocks(one));
  return [
    blocking.length === 0
      ? ""
      : `#### What blocks\n\n${blocking.map((one) => findingItem(one, link)).join("\n")}\n`,
    exempted.length === 0
      ? ""
      : `#### Under an exception\n\n${exempted.map((one) => findingItem(one, link)).join("\n")}\n`,
  ]
    .filter(Boolean)
    .join("\n");
}

function findingItem(finding: ReviewFinding, link: LinkTo): string {
  const { rule, object, found, allowed, remedy, at, status, isNew, stacks, exception } = finding;
  const place = at === undefined ? stacks.map(code).join(", ") : placeOf(at, link);
  const notes = [
    isNew ? "new" : "",
    status === "cannot-decide" ? "cannot be decided" : "",
    exception
      ? `until ${exception.expires}, ${daysText(exception.daysLeft)}, owner ${code(exception.owner)}`
      : "",
  ].filter(Boolean);
  return [
    `- **${rule}**${notes.length === 0 ? "" : ` (${notes.join("; ")})`} ${code(object)} ${place}`,
    `  - found ${code(found)}`,
    `  - allowed ${code(allowed)}`,
    `  - remedy ${code(remedy)}`,
  ].join("\n");
}

const relations: readonly Relation[] = ["mirrored", "stricter", "separate", "free"];

function changesSection({ environments, routes }: Review, link: LinkTo): string {
  const lines = relations.flatMap((relation) =>
    groups(commonChanges(environments).filter((one) => one.relation === relation)).flatMap(([tiers, all]) => [
      `**${tiers}**, ${relation}`,
      "",
      ...all.map(({ words, at }) => `- ${code(words)} ${placeOf(at, link)}`),
      "",
    ]),
  );
  const later = routes.filter(changesSeconds).map((route) => `- ${code(route.route)}: ${secondsText(route)}`);
  if (later.length > 0) lines.push("**The longest time of a request**", "", ...later, "");
  return lines.length === 0 ? "" : `#### What changes\n\n${lines.join("\n")}`;
}

/** Changes by the environments that they are made in: those of both first. */
function groups(changes: readonly CommonChange[]): [tiers: string, changes: CommonChange[]][] {
  const by = new Map<string, CommonChange[]>();
  for (const one of changes) {
    const tiers = one.tiers.join(" and ");
    by.set(tiers, [...(by.get(tiers) ?? []), one]);
  }
  return [...by].sort(([a], [b]) => b.length - a.length);
}

function moneySection({ coldStarts, releases }: Review): string {
  const lines = [...deltaTexts(releases, code), ...coldStarts.map((one) => coldStartText(one, code))];
  return lines.length === 0 ? "" : `#### Money\n\n${lines.map((line) => `- ${line}`).join("\n")}\n`;
}

/** Where a change moves the longest time of a route, and what its models cost and are worth. */
function routesSection({ routes }: Review): string {
  if (routes.length === 0) return "";
  const rows = routes.flatMap(tradeoffRows).map(([route = "", model = "", provider = "", ...rest]) => {
    const cells = [cell(route), cell(model), cell(provider), ...rest];
    return `| ${cells.join(" | ")} |`;
  });
  const sources = tradeoffSources(routes).map(
    ({ file, note }) => `From ${code(file)}${note === "" ? "" : `, ${note}`}.`,
  );
  return [
    "<details><summary>Routes: quality against cost, and the longest time of a request</summary>",
    "",
    `| ${tradeoffHead.join(" | ")} |`,
    `|${tradeoffHead.map(() => "---").join("|")}|`,
    ...rows,
    "",
    sources.length === 0 ? "No evidence says what a model is worth." : sources.join(" "),
    "",
    ...routes.map((route) => `- ${code(route.route)}: ${secondsText(route)}`),
    "</details>",
    "",
  ].join("\n");
}

function releaseSection({ id, carriedBy, checklist, evidence = [], missing }: ReleaseStatus): string {
  const state =
    missing === undefined
      ? "cannot be judged"
      : missing.length === 0
        ? "nothing is missing: production may carry it"
        : `${counted(missing.length, "thing")} missing before production may carry it`;
  const rows = evidence.flatMap(evidenceRows);
  return [
    `<details><summary>Release <code>${escapeHtml(id)}</code>, carried by ${carriedBy.length === 0 ? "nobody" : carriedBy.map(escapeHtml).join(" and ")}: ${state}</summary>`,
    "",
    ...checklist.map(({ item, done, note }) => `- [${done ? "x" : " "}] ${item}: ${code(note)}`),
    "",
    ...(rows.length === 0
      ? []
      : [
          "| | evidence | criterion | measured | required | margin | age |",
          "|---|---|---|---|---|---|---|",
          ...rows,
        ]),
    "</details>",
    "",
  ].join("\n");
}

function evidenceRows({ kind, criteria, shortfalls, ageDays, maxAgeDays }: EvidenceStatus): string[] {
  const age = ageDays === undefined ? "" : `${Math.floor(ageDays)} of ${counted(maxAgeDays, "day")}`;
  if (criteria.length === 0)
    return shortfalls.map(
      ({ found, allowed }) => `| ❌ | ${kind} | | ${cell(found)} | ${cell(allowed)} | | |`,
    );
  return criteria.map(({ name, subject, measured, required, outcome, margin }) => {
    const mark = outcome === "passes" ? "✅" : outcome === "fails" ? "❌" : "❔";
    const room = margin === undefined ? "" : signedMargin(margin);
    return `| ${mark} | ${kind} | ${cell(subject === undefined ? name : `${name}, ${subject}`)} | ${cell(measured)} | ${cell(required)} | ${room} | ${age} |`;
  });
}

function exceptionsSection({ exceptions }: Review): string {
  if (exceptions.length === 0) return "";
  const rows = exceptions.map(
    ({ tier, rule, path, owner, ticket, daysLeft, isNew }) =>
      `| ${tier}${isNew ? ", new" : ""} | ${cell(rule)} | ${cell(path)} | ${cell(owner)} | ${cell(ticket)} | ${daysLeft < 0 ? "expired" : daysText(daysLeft)} |`,
  );
  return `#### Exceptions\n\n| environment | rule | path | owner | ticket | |\n|---|---|---|---|---|---|\n${rows.join("\n")}\n`;
}

function distanceSection({ distance: { before, after } }: Review): string {
  if (after === undefined) return "";
  const rows = relations.map((relation) => {
    const [was, is] = [before?.[relation], after[relation]];
    const change = (of: (one: typeof is) => number) =>
      was === undefined || of(was) === of(is)
        ? readable(of(is))
        : `${readable(of(was))} → ${readable(of(is))}`;
    return `| ${relation} | ${change(({ leaves }) => leaves)} | ${change(({ differ }) => differ)} | ${change(({ broken }) => broken)} |`;
  });
  return [
    "<details><summary>Distance between the environments</summary>",
    "",
    "| relation | values | differ | broken |",
    "|---|---|---|---|",
    ...rows,
    "</details>",
    "",
  ].join("\n");
}
