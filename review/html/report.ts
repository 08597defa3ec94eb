import { counted } from "../../config/numbers";
import type { LinkTo } from "../markdownText";
import { passes, type Review } from "../review";
import { changesSection, differencesSection } from "./changes";
import { environmentsSection, limitsSection, spendSection } from "./environments";
import { evidenceSection } from "./evidence";
import {
  exempted,
  findingsSection,
  settingsWarning,
  undecidedSection,
  verdictNotes,
  verdictText,
} from "./findings";
import { html, type Markup, nothing, type Section } from "./markup";
import { page } from "./page";
import { exceptionsSection, moneySection, releasesSection } from "./releases";
import { routesSection } from "./routes";

// The page of an audit is of the same bundle.
export { auditHtml } from "./audit";

export interface HtmlOptions {
  now: Date;
  version: string;
  /** Where a line is shown; without it there are no links. */
  link?: LinkTo | undefined;
}

/**
 * The reviews of all pairs as one HTML file for a browser, a phone or paper: the verdict, what blocks and what changes
 * first, then limits, money and measurements as charts, each with its numbers. The page loads nothing and asks nobody.
 *
 * Every text that comes from a file is escaped by the one template that all markup is made with.
 */
export function reviewHtml(
  reviews: readonly Review[],
  { now, version, link = () => undefined }: HtmlOptions,
): string {
  const isOne = reviews.length === 1;
  const blocked = reviews.filter((one) => !passes(one));
  const title =
    reviews.length === 1 && reviews[0]
      ? verdictText(reviews[0])
      : blocked.length === 0
        ? `Nothing blocks any of ${counted(reviews.length, "pair")}`
        : `${blocked.length} of ${counted(reviews.length, "pair")} ${blocked.length === 1 ? "is" : "are"} blocked`;
  const time = `${now.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const body = html`<a class="skip" href="#main">Skip to the verdict</a>
<header class="top"><span>Lockstep review, ${time}</span><button type="button" id="theme" hidden>Dark theme</button></header>
<main id="main">${isOne ? nothing : overview(title, reviews)}${reviews.map((review, index) =>
    pair(review, { id: `pair-${index + 1}`, level: isOne ? 2 : 3 }, link),
  )}</main>
<footer><p>Lockstep ${version}. It judges files alone: what is deployed it does not see.</p></footer>`;
  return page(`${title} – Lockstep`, body);
}

/** What a page of several pairs begins with. */
const overview = (title: string, reviews: readonly Review[]): Markup =>
  html`<h1>${title}</h1><nav class="pairs" aria-label="Pairs"><ul>${reviews.map(
    (review, index) =>
      html`<li><a href="#pair-${`${index + 1}`}">${signOf(review)} ${review.project}: ${verdictText(review)}</a></li>`,
  )}</ul></nav>`;

function pair(review: Review, at: Section, link: LinkTo): Markup {
  const parts: [name: string, title: string, content: Markup][] = [
    ["blocks", "What blocks", findingsSection(review, at, link)],
    ["environments", "Environments", environmentsSection(review, at)],
    ["changes", "What changes", changesSection(review, at, link)],
    ["undecided", "Not decided", undecidedSection(review, at)],
    ["limits", "Limits", limitsSection(review, at)],
    ["evidence", "Evidence", evidenceSection(review, at)],
    ["releases", "Releases", releasesSection(review, at)],
    ["routes", "Routes and models", routesSection(review, at)],
    ["spend", "Spend", spendSection(review, at)],
    ["money", "Money", moneySection(review, at)],
    ["exceptions", "Exceptions", exceptionsSection(review, at, exempted(review, at, link))],
    ["all", "All differences", differencesSection(review, at, link)],
  ];
  const links = parts
    .filter(([, , content]) => content !== nothing)
    .map(([name, title]) => html`<li><a href="#${at.id}-${name}">${title}</a></li>`);
  return html`<div class="${at.level === 3 ? "pair" : "only"}" id="${at.id}">
<div class="${signOf(review) === "✓" ? "verdict" : "verdict blocked"}">${heading(review, at)}
${verdictNotes(review)}
<nav aria-label="Sections of ${at.id}"><ul>${links}</ul></nav></div>
${settingsWarning(review)}${parts.map(([, , content]) => content)}</div>
`;
}

const signOf = (review: Review) => (review.isRemoved ? "!" : passes(review) ? "✓" : "✗");

function heading(review: Review, { level }: Section): Markup {
  const sign = html`<span class="sign" aria-hidden="true">${signOf(review)}</span>`;
  const text = verdictText(review);
  return level === 2 ? html`<h1>${sign} ${text}</h1>` : html`<h2>${sign} ${text}</h2>`;
}
