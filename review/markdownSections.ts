import { short } from "../config/hash";
import { counted, readable, signedMargin } from "../config/numbers";
import type { Relation } from "../config/relation";
import type { Criterion } from "../lifecycle/kind";
import { blocks, daysText } from "../policies/finding";
import { type CommonChange, commonChanges } from "./changes";
import { criterionName, isAmount, urgency } from "./criteria";
import { cell, code, escapeHtml, type LinkTo, placeOf } from "./markdownText";
import { coldStartText, deltaTexts } from "./moneyText";
import type { EvidenceStatus, ReleaseStatus } from "./releaseStatus";
import type { EnvironmentReview, Review, ReviewFinding } from "./review";
import { changesSeconds, secondsText, tradeoffHead, tradeoffRows, tradeoffSources } from "./tradeoff";
import {
  blockText,
  changeCount,
  movesBehaviour,
  productionTexts,
  removalText,
  sidesText,
  sideText,
  verdictNotes,
  verdictOf,
} from "./verdict";

/** The sections of one review, the important first. */
export function sections(review: Review, link: LinkTo, isOnly: boolean): string[] {
  return [
    `${verdict(review, isOnly)}\n`,
    findingsSection(review, link),
    changesSection(review, link),
    moneySection(review),
    routesSection(review),
    ...review.releases.map((release) => releaseSection(release)),
    exceptionsSection(review),
    distanceSection(review),
  ].filter((part) => part !== "");
}

/** The verdict in a heading, and what stands beside it. */
export function heading(review: Review): string {
  const { state, stacks } = verdictOf(review);
  const names = stacks.map(code).join(" and ");
  switch (state) {
    case "passes":
      return `### ✅ Lockstep: nothing blocks ${names}`;
    case "blocks":
      return `### ❌ Lockstep: ${blockText(review)} ${names}`;
    case "removed":
      return `### ⚠️ Lockstep: the change removes ${names}`;
  }
}

function verdict(review: Review, isOnly: boolean): string {
  const notes = review.isRemoved ? [removalText] : verdictNotes(review, code);
  return [
    heading(review),
    ...(notes.length === 0 ? [] : ["", sentence(notes.join("; "))]),
    ...(isOnly ? settingsText(review) : []),
    ...(review.isRemoved ? [] : ["", summaryTable(review)]),
  ].join("\n");
}

/** The rules' settings are the project's: of several pairs they are told once. */
export function settingsText({ settings }: Review): string[] {
  if (settings.length === 0) return [];
  const rows = settings
    .slice(0, 20)
    .map(({ path, before, after }) => `- ${code(path)}: ${code(before)} → ${code(after)}`);
  const more = settings.length > 20 ? [`- … and ${readable(settings.length - 20)} more`] : [];
  return ["", "⚠️ **The change edits what the rules ask for:**", "", ...rows, ...more];
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function summaryTable(review: Review): string {
  const { environments } = review;
  if (environments.length === 0) return "";
  const row = (title: string, of: (one: EnvironmentReview) => string) =>
    `| ${title} | ${environments.map(of).join(" | ")} |`;
  const sides =
    (of: (side: "before" | "after", one: EnvironmentReview) => string | undefined) =>
    (one: EnvironmentReview) =>
      sidesText(of("before", one) ?? sideText(one, "before"), of("after", one) ?? sideText(one, "after"));
  return [
    `| | ${environments.map(({ name, tier }) => (name === tier ? tier : `${tier} (${cell(name)})`)).join(" | ")} |`,
    `|---|${environments.map(() => "---").join("|")}|`,
    row(
      "behaviour",
      sides((side, { hash }) => hash[side] && code(short(hash[side]))),
    ),
    row(
      "carries",
      sides((side, { carries }) => list(carries[side])),
    ),
    row("values that change", changeCount),
    row(
      "limits used to the full",
      sides((side, { worstCase }) => usd(worstCase[side]?.usd)),
    ),
    row(
      "monthly budget",
      sides((side, { worstCase }) => usd(worstCase[side]?.budgetUsd)),
    ),
    ...productionTexts(review, code).flatMap((text) => ["", `${text}.`]),
  ].join("\n");
}

const list = (ids: readonly string[] | undefined) =>
  ids && (ids.length === 0 ? "no release" : ids.map(cell).join(", "));

const usd = (amount: number | undefined) =>
  amount === undefined ? undefined : `${readable(Math.round(amount))} USD a month`;

function findingsSection({ findings }: Review, link: LinkTo): string {
  const part = (title: string, some: readonly ReviewFinding[]) =>
    some.length === 0 ? "" : `#### ${title}\n\n${findingItems(some, link)}\n`;
  return [
    part("What blocks", findings.filter(blocks)),
    part(
      "Under an exception",
      findings.filter((one) => !blocks(one)),
    ),
  ]
    .filter(Boolean)
    .join("\n");
}

/** Of what one rule has against many things, a person reads a few and the count of the others. */
const mostAlike = 20;

function findingItems(findings: readonly ReviewFinding[], link: LinkTo): string {
  const rules = [...new Set(findings.map(({ rule }) => rule))];
  return rules
    .flatMap((rule) => {
      const own = findings.filter((one) => one.rule === rule);
      const items = own.slice(0, mostAlike).map((one) => findingItem(one, link));
      const more = own.length - items.length;
      return more === 0 ? items : [...items, `- **${rule}**: … and ${counted(more, "more finding")}`];
    })
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
      ...all.map((change) => `- ${code(change.words)} ${changePlace(change, link)}`),
      "",
    ]),
  );
  const later = routes.filter(changesSeconds).map((route) => `- ${code(route.route)}: ${secondsText(route)}`);
  if (later.length > 0) lines.push("**The longest time of a request**", "", ...later, "");
  return lines.length === 0 ? "" : `#### What changes\n\n${lines.join("\n")}`;
}

/** A line of what is gone is one of the files before the change, which the link does not lead to. */
const changePlace = ({ kind, at }: CommonChange, link: LinkTo) =>
  kind === "removed" ? `before at ${placeOf(at, () => undefined)}` : placeOf(at, link);

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

/** What the models of each route cost and are worth, where the change moves any behaviour. */
function routesSection(review: Review): string {
  const { routes } = review;
  if (routes.length === 0 || !movesBehaviour(review)) return "";
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

function releaseSection(status: ReleaseStatus): string {
  const { id, carriedBy, checklist, evidence = [], missing, reverts } = status;
  const carried = carriedBy.length === 0 ? "nobody" : carriedBy.map(escapeHtml).join(" and ");
  const undoes = reverts === undefined ? "" : `, undoes <code>${escapeHtml(reverts)}</code>`;
  return [
    `<details><summary>Release <code>${escapeHtml(id)}</code>${undoes}, carried by ${carried}: ${stateText(missing, carriedBy.length > 1)}</summary>`,
    "",
    ...(checklist.length === 0
      ? []
      : [...checklist.map(({ item, done, note }) => `- [${done ? "x" : " "}] ${item}: ${code(note)}`), ""]),
    ...(evidence.length === 0
      ? []
      : [
          "| | evidence | criterion | measured | required | margin | age |",
          "|---|---|---|---|---|---|---|",
          ...evidence.flatMap(evidenceRows),
        ]),
    "</details>",
    "",
  ].join("\n");
}

function stateText(missing: ReleaseStatus["missing"], isPromoted: boolean): string {
  if (missing === undefined) return "it cannot be judged";
  if (missing.length === 0) return isPromoted ? "nothing stops it" : "production may carry it";
  return isPromoted
    ? `${counted(missing.length, "thing")} ${missing.length === 1 ? "stops" : "stop"} it`
    : `${counted(missing.length, "thing")} missing before production may carry it`;
}

/** What is not met, a row each; where all is met one row, with the criterion that has the least room. */
function evidenceRows(status: EvidenceStatus): string[] {
  const { kind, criteria, shortfalls } = status;
  const row = (mark: string, cells: readonly string[]) =>
    `| ${mark} | ${kind} | ${cells.join(" | ")} | ${ageText(status)} |`;
  if (shortfalls.length === 0) {
    const [least] = criteria
      .filter((one) => one.margin !== undefined && !isAmount(one))
      .sort((a, b) => urgency(a) - urgency(b));
    if (least === undefined)
      return [row("✅", [counted(criteria.length, "criterion", "criteria"), "", "", ""])];
    const others = criteria.length === 1 ? "" : ` (the least of ${readable(criteria.length)})`;
    return [row("✅", [`${cell(criterionName(least))}${others}`, ...valuesOf(least)])];
  }
  const failing = criteria.filter(({ outcome }) => outcome !== "passes");
  const named = new Set(failing.map(({ name }) => name));
  return [
    ...failing.map((one) =>
      row(one.outcome === "fails" ? "❌" : "❔", [cell(criterionName(one)), ...valuesOf(one)]),
    ),
    ...shortfalls
      .filter(({ path: [name = ""] }) => !named.has(name))
      .map(({ found, allowed }) => row("❌", ["", cell(found), cell(allowed), ""])),
  ];
}

const valuesOf = ({ measured, required, margin }: Criterion) => [
  cell(measured),
  cell(required),
  margin === undefined ? "" : signedMargin(margin),
];

function ageText({ ageDays, maxAgeDays, ageIsAtClosing }: EvidenceStatus): string {
  if (ageDays === undefined) return "";
  return `${Math.floor(ageDays)} of ${counted(maxAgeDays, "day")}${ageIsAtClosing ? " when it was closed" : ""}`;
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
