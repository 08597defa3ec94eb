import { short } from "../config/hash";
import { counted, readable, signedMargin } from "../config/numbers";
import type { Relation } from "../config/relation";
import { visible } from "../config/visible";
import type { Position } from "../config/yaml";
import { blocks, daysText } from "../policies/finding";
import type { EvidenceStatus, ReleaseStatus } from "./releaseStatus";
import { passes, type Review, type ReviewFinding } from "./review";

/** The longest that a comment may be; GitHub takes 65,536 characters. */
export const longestComment = 60_000;

/** The URL of a line, for a link; undefined where there is none to link to. */
export type LinkTo = (at: Position) => string | undefined;

/**
 * The reviews of all pairs as one Markdown comment: the verdict and what blocks first, the rest folded. However
 * large the change, it has at most 60,000 characters; what does not fit is counted.
 *
 * Every text that comes from a file stands in a code span, in which neither Markdown, HTML nor a mention is one.
 */
export function reviewMarkdown(reviews: readonly Review[], link: LinkTo = () => undefined): string {
  const parts = reviews.flatMap((review) => sections(review, link));
  const footer = "\n<sub>Lockstep judges files alone: what is deployed it does not see.</sub>\n";
  let room = longestComment - footer.length - 200;
  let left = 0;
  const kept: string[] = [];
  for (const part of parts) {
    const fitted = part.length <= room ? part : cut(part, room);
    if (fitted === "") left++;
    else kept.push(fitted);
    room -= fitted.length + 1;
  }
  const rest =
    left === 0 ? "" : `\n_${counted(left, "section")} did not fit: \`lockstep review\` has everything._\n`;
  return `${kept.join("\n")}${rest}${footer}`;
}

/** The lines of a section that fit, with the count of the others; "" where hardly any do. */
function cut(part: string, room: number): string {
  const lines = part.split("\n");
  const end = lines.at(-2) === "</details>" ? "\n</details>\n" : "\n";
  let length = 0;
  let fit = 0;
  while (fit < lines.length && length + (lines[fit]?.length ?? 0) + 1 < room - 120) {
    length += (lines[fit]?.length ?? 0) + 1;
    fit++;
  }
  return fit < 4
    ? ""
    : `${lines.slice(0, fit).join("\n")}\n\n_… and ${readable(lines.length - fit)} more lines._\n${end}`;
}

/** A text from a file: in a code span, without what does not show. */
export function code(text: string): string {
  const shown = visible(text);
  const fence = "`".repeat(Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const pad = shown.startsWith("`") || shown.endsWith("`") || shown.trim() === "" ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** A pipe would end a table's cell, in a code span too. */
const cell = (text: string) => code(text).replaceAll("|", "\\|");

function sections(review: Review, link: LinkTo): string[] {
  return [
    `${verdict(review)}\n`,
    findingsSection(review, link),
    changesSection(review, link),
    moneySection(review),
    ...review.releases.map((release) => releaseSection(release)),
    exceptionsSection(review),
    distanceSection(review),
  ].filter((part) => part !== "");
}

function verdict(review: Review): string {
  const blocking = review.findings.filter(blocks);
  const fresh = blocking.filter(({ isNew }) => isNew);
  const undecided = blocking.filter(({ status }) => status === "cannot-decide");
  const stacks = review.stacks.map(code).join(" and ");
  const head = passes(review)
    ? `### ✅ Lockstep: nothing blocks ${stacks}`
    : `### ❌ Lockstep: ${counted(blocking.length, "finding")} ${blocking.length === 1 ? "blocks" : "block"} ${stacks}`;
  const parts = [
    blocking.length > 0 ? comesWith(blocking.length, fresh.length) : "",
    undecided.length > 0 ? `${readable(undecided.length)} cannot be decided from the files` : "",
    review.settings.length > 0
      ? `**the change edits what the rules ask for: ${review.settings.map(code).join(", ")}**`
      : "",
  ].filter(Boolean);
  return `${head}\n${parts.length === 0 ? "" : `\n${sentence(parts.join("; "))}\n`}\n${hashTable(review)}`;
}

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

function hashTable({ environments, rollback }: Review): string {
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

const list = (ids: readonly string[]) => (ids.length === 0 ? "nothing" : ids.join(", "));

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

function placeOf(at: Position, link: LinkTo): string {
  const text = code(`${at.file}:${at.line}`);
  const url = link(at);
  return url === undefined ? text : `[${text}](${url})`;
}

const relations: readonly Relation[] = ["mirrored", "stricter", "separate", "free"];

function changesSection({ environments }: Review, link: LinkTo): string {
  const changed = environments.filter(({ changes }) => changes.length > 0);
  if (changed.length === 0) return "";
  const lines = changed.flatMap(({ tier, changes }) =>
    relations.flatMap((relation) => {
      const own = changes.filter((one) => one.relation === relation);
      if (own.length === 0) return [];
      return [
        `**${tier}**, ${relation}`,
        "",
        ...own.map(({ words, at }) => `- ${code(words)} ${placeOf(at, link)}`),
        "",
      ];
    }),
  );
  return `#### What changes\n\n${lines.join("\n")}`;
}

function moneySection({ coldStarts, releases }: Review): string {
  const deltas = releases.flatMap(({ id, tokenDelta = [] }) =>
    tokenDelta.map(
      ({ route, monthlyUsd, requestsPerMonth }) =>
        `- release ${code(id)}, ${code(route)}: ${signed(monthlyUsd.warm)} with a warm prompt cache, ${signed(monthlyUsd.cold)} with a cold one, at ${readable(requestsPerMonth)} requests a month`,
    ),
  );
  const colds = coldStarts.map(
    ({ route, prompt, tokens, kept, usdPerRequest }) =>
      `- ${code(route)}: the prompt ${code(prompt)} keeps about ${readable(kept)} of its ${readable(tokens)} leading tokens; until the rest is cached again, a request costs up to ${usdPerRequest.toPrecision(2)} USD more (estimated at 4 characters a token)`,
  );
  return deltas.length + colds.length === 0 ? "" : `#### Money\n\n${[...deltas, ...colds].join("\n")}\n`;
}

const signed = (amount: number) => `${amount < 0 ? "-" : "+"}${Math.abs(amount).toFixed(2)} USD a month`;

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

const escapeHtml = (text: string) =>
  visible(text).replace(/[&<>"'@]/g, (character) => `&#${character.codePointAt(0)};`);
