import { counted } from "../../config/numbers";
import { type Relation, relations } from "../../config/relation";
import type { ValueChange } from "../changes";
import type { LinkTo } from "../markdownText";
import type { Review } from "../review";
import { place } from "./findings";
import { cut, html, type Markup, nothing, type Section, section, subheading, table } from "./markup";

/** How many changes of one relation are told before the table of all of them has to be read. */
const told = 6;

/** What changes, by environment and relation. */
export function changesSection({ environments }: Review, at: Section, link: LinkTo): Markup {
  const readableOnes = environments.filter(
    ({ hash }) => hash.before !== undefined && hash.after !== undefined,
  );
  if (readableOnes.length === 0) return nothing;
  const groups = (changes: readonly ValueChange[]) =>
    relations.flatMap((relation) => {
      const own = changes.filter((one) => one.relation === relation);
      if (own.length === 0) return [];
      const left = own.length - told;
      return [
        html`${subheading(at, relation)}<ul>${own
          .slice(0, told)
          .map((one) => html`<li>${one.words} ${place(one.at, link)}</li>`)}${
          left > 0 ? html`<li><a href="#${at.id}-all">and ${left} more</a></li>` : nothing
        }</ul>`,
      ];
    });
  const columns = readableOnes.map(
    ({ tier, changes }) =>
      html`<div class="group"><p class="side ${tier}">${tier}: ${counted(changes.length, "value")}</p>${
        changes.length === 0 ? html`<p class="muted">No value changes.</p>` : groups(changes)
      }</div>`,
  );
  return section(at, "changes", "What changes", html`<div class="columns">${columns}</div>`);
}

interface Row {
  change: ValueChange;
  tiers: string[];
}

/** All changes of both environments, to search in. */
export function differencesSection({ environments }: Review, at: Section, link: LinkTo): Markup {
  const rows = new Map<string, Row>();
  for (const { tier, changes } of environments)
    for (const change of changes) {
      const { words, at: where } = change;
      const key = JSON.stringify([words, where.file, where.line]);
      const known = rows.get(key);
      if (known === undefined) rows.set(key, { change, tiers: [tier] });
      else known.tiers.push(tier);
    }
  if (rows.size === 0) return nothing;
  const { kept, rest } = cut([...rows.values()]);
  return section(
    at,
    "all",
    "All differences",
    html`<div class="filter" role="search" aria-label="Differences of ${at.id}" hidden><label>Search <input type="search" autocomplete="off" spellcheck="false"></label><label>Relation <select><option value="">all relations</option>${relationsOf(
      kept,
    ).map(
      (relation) => html`<option value="${relation}">${relation}</option>`,
    )}</select></label><p role="status" aria-live="polite"></p></div>
${table(
  "All differences",
  [
    { head: "what", kind: "name" },
    { head: "before" },
    { head: "after" },
    { head: "relation" },
    { head: "environment" },
    { head: "place" },
  ],
  kept.map(({ change, tiers }) => [
    html`${change.words}`,
    change.before ?? "",
    change.after ?? "",
    change.relation,
    tiers.join(", "),
    place(change.at, link),
  ]),
  kept.map(({ change }) => html` data-relation="${change.relation}"`),
)}${rest}`,
  );
}

const relationsOf = (rows: readonly Row[]): Relation[] =>
  relations.filter((relation) => rows.some(({ change }) => change.relation === relation));
