import { counted } from "../../config/numbers";
import type { Position } from "../../config/yaml";
import { blocks, daysText } from "../../policies/finding";
import type { LinkTo } from "../markdownText";
import type { Review, ReviewFinding } from "../review";
import { blockText, verdictNotes as notesOf, removalText, verdictOf } from "../verdict";
import {
  code,
  cut,
  folded,
  html,
  joined,
  longestList,
  type Markup,
  nothing,
  type Section,
  section,
} from "./markup";

/** How many findings are told in full before the others are folded. */
const unfolded = 6;

/** What a reviewer has to know first, as one sentence without markup. */
export function verdictText(review: Review): string {
  const { state, stacks } = verdictOf(review);
  const names = stacks.join(" and ");
  return state === "passes"
    ? `Nothing blocks ${names}`
    : state === "blocks"
      ? `${blockText(review)} ${names}`
      : `The change removes ${names}`;
}

/** Whether the change brought what blocks, and what it does at all. */
export function verdictNotes(review: Review): Markup {
  const notes = review.isRemoved
    ? [html`${removalText}`]
    : [...notesOf(review, String).map((note) => html`${note}`), touches(review)];
  return html`<p>Project ${code(review.project)}${notes.map((note) => html`; ${note}`)}.</p>`;
}

function touches({ environments }: Review): Markup {
  const counts = environments.map(
    ({ name, changes }) => html`${counted(changes.length, "value")} in ${code(name)}`,
  );
  if (environments.length === 0) return html`no environment can be read`;
  return environments.every(({ changes }) => changes.length === 0)
    ? html`the change touches no value`
    : html`the change touches ${joined(counts, " and ")}`;
}

export const settingsWarning = ({ settings }: Review): Markup =>
  settings.length === 0
    ? nothing
    : html`<p class="warning"><span class="mark fails"><span aria-hidden="true">!</span> Look closely:</span> the change edits what the rules themselves ask for: ${joined(
        settings
          .slice(0, 20)
          .map(({ path, before, after }) => html`${code(path)} from ${before} to ${after}`),
        "; ",
      )}${settings.length > 20 ? html` and ${settings.length - 20} more` : nothing}.</p>`;

/** What blocks, in full. */
export function findingsSection(review: Review, at: Section, link: LinkTo): Markup {
  const blocking = review.findings.filter(blocks);
  if (blocking.length === 0) return nothing;
  const first = blocking.slice(0, unfolded);
  const { kept, rest } = cut(blocking.slice(unfolded));
  const more =
    kept.length === 0
      ? nothing
      : folded(
          `${counted(blocking.length - first.length, "more finding")}`,
          html`${list(kept, at, link, unfolded)}${rest}`,
        );
  return section(at, "blocks", "What blocks", html`${list(first, at, link)}${more}`);
}

/** What an exception covers, and so does not block. */
export function exempted(review: Review, at: Section, link: LinkTo): Markup {
  const { kept, rest } = cut(review.findings.filter((one) => !blocks(one)));
  if (kept.length === 0) return nothing;
  return folded(
    `${counted(kept.length, "finding")} under an exception`,
    html`${list(kept, at, link, review.findings.length)}${rest}`,
  );
}

/** What the files alone do not tell. */
export function undecidedSection(review: Review, at: Section): Markup {
  const blocking = review.findings.filter(blocks);
  const unread = review.environments.filter(({ hash }) => hash.after === undefined);
  const missing = (["staging", "production"] as const).filter(
    (tier) => !review.environments.some((one) => one.tier === tier),
  );
  const { kept, rest } = cut(
    blocking.flatMap((one, index) =>
      one.status === "cannot-decide" ? [html`<li>${linked(at, index, one.object)}: ${one.found}</li>`] : [],
    ),
  );
  if (kept.length + unread.length + missing.length === 0) return nothing;
  return section(
    at,
    "undecided",
    "What could not be decided",
    html`<p>What cannot be decided blocks, like a violation.</p><ul class="plain">${unread.map(
      ({ tier, name, files }) =>
        html`<li>${tier} (${code(name)}) ${files.after === "absent" ? "is not there" : "cannot be read"} after the change, so nothing is said about its values.</li>`,
    )}${missing.map((tier) => html`<li>There is no ${tier} that could be read on either side.</li>`)}${kept}</ul>${rest}`,
  );
}

/** To a finding, where it stands on the page. */
const linked = (at: Section, index: number, text: string): Markup =>
  index < unfolded + longestList
    ? html`<a href="${`#${at.id}-finding-${index}`}">${text}</a>`
    : html`${text}`;

const list = (findings: readonly ReviewFinding[], at: Section, link: LinkTo, start = 0): Markup =>
  html`<ol class="findings">${findings.map((one, index) => item(one, `${at.id}-finding-${start + index}`, link))}</ol>`;

function item(finding: ReviewFinding, id: string, link: LinkTo): Markup {
  const { rule, object, found, allowed, remedy, at, status, isNew, stacks, exception } = finding;
  const state = {
    violation: html`<span class="mark fails"><span aria-hidden="true">✗</span><span class="unseen">violation</span></span>`,
    "cannot-decide": html`<span class="mark inconclusive"><span aria-hidden="true">?</span> cannot be decided</span>`,
    exempted: html`<span class="mark"><span aria-hidden="true">–</span> exempted</span>`,
  }[status];
  const until = exception
    ? html`<div class="whole"><dt>exception</dt><dd>until ${exception.expires}, ${daysText(exception.daysLeft)}, owner ${exception.owner}, ticket ${exception.ticket}</dd></div>`
    : nothing;
  const whom = [...stacks].sort().reverse().join(" and ");
  return html`<li class="finding ${status}" id="${id}"><p>${state} <strong>${rule}</strong>${isNew ? html` <span class="badge">new</span>` : nothing} <span class="about">${object}</span> ${at === undefined ? nothing : html`<span>${place(at, link)}</span> `}<span class="muted">${exception ? "" : "blocks "}${whom}</span></p>
<dl><div><dt>found</dt><dd>${found}</dd></div><div><dt>allowed</dt><dd>${allowed}</dd></div><div class="whole"><dt>remedy</dt><dd>${remedy}</dd></div>${until}</dl></li>
`;
}

/** File and line, with a link where there is one to follow. */
export function place(at: Position, link: LinkTo): Markup {
  const text = code(`${at.file}:${at.line}`);
  const url = link(at);
  return url !== undefined && isWeb(url) ? html`<a href="${url}" rel="noreferrer">${text}</a>` : text;
}

/** A link that a browser would run, or that leads anywhere but to the web, is none. */
function isWeb(url: string): boolean {
  try {
    return ["http:", "https:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}
