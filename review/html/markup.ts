import { readable } from "../../config/numbers";
import { visible } from "../../config/visible";

/** The longest list on the page; of a longer one the rest is counted. */
export const longestList = 2_000;

/** The longest text from a file, in characters. */
const longestText = 2_000;

/** Markup that may stand on the page. Everything that is not one is escaped by {@link html}. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Part = string | number | Markup | undefined | readonly Part[];

/** A template whose parts are escaped, for text and for attributes in double quotes alike. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.map((text, index) => text + shown(parts[index])).join(""));
}

function shown(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "number") return escapeText(readable(part));
  if (typeof part === "string") return escapeText(part);
  return part.map(shown).join("");
}

/** A text that is nothing but text in HTML, SVG and attributes, and shows what does not show. */
export function escapeText(text: string): string {
  const whole = visible(text.slice(0, longestText));
  const left = text.length - longestText;
  const cut = left > 0 ? `${whole} … and ${readable(left)} more characters` : whole;
  return cut.replace(/[&<>"'`]/g, (character) => `&#${character.codePointAt(0)};`);
}

export const nothing = new Markup("");

/** A text from a file, as such. */
export const code = (text: string): Markup => html`<code>${text}</code>`;

export const codes = (texts: readonly string[], none = "nothing"): Markup =>
  texts.length === 0 ? html`${none}` : joined(texts.map(code), ", ");

export const joined = (parts: readonly Markup[], separator: string): Markup =>
  html`${parts.map((part, index) => (index === 0 ? part : html`${separator}${part}`))}`;

/** "before → after", or one of them where they are the same; said in words for those who do not see the arrow. */
export function fromTo(before: Markup | undefined, after: Markup | undefined): Markup {
  if (after === undefined) return html`<strong>cannot be read</strong>`;
  if (before === undefined || before.text === after.text) return after;
  return html`<span class="was">${before}</span> <span aria-hidden="true">→</span><span class="unseen">to</span> ${after}`;
}

/** The first part of a list, and a sentence on the rest. */
export function cut<T>(items: readonly T[], most = longestList): { kept: readonly T[]; rest: Markup } {
  const left = items.length - most;
  return left <= 0
    ? { kept: items, rest: nothing }
    : {
        kept: items.slice(0, most),
        rest: html`<p class="rest">${left} more are left out here: the list ends after ${most}.</p>`,
      };
}

/** A mark that is told by its shape, its word and its colour. */
export type Outcome = "passes" | "fails" | "inconclusive";

const shapes: Record<Outcome, string> = { passes: "✓", fails: "✗", inconclusive: "?" };

export const mark = (outcome: Outcome, word: string = outcome): Markup =>
  html`<span class="mark ${outcome}"><span aria-hidden="true">${shapes[outcome]}</span> ${word}</span>`;

export interface Column {
  head: string;
  /** Numbers stand to the right; charts take what room there is. */
  kind?: "number" | "chart" | "name";
}

/** A table; on a narrow screen each row is a card, so the roles are spelled out: CSS would take them away. */
export function table(
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly Part[])[],
  attributes: readonly Markup[] = [],
): Markup {
  const head = columns.map(
    ({ head: text, kind }) =>
      html`<th role="columnheader" scope="col" class="${kind ?? "text"}">${text}</th>`,
  );
  const body = rows.map(
    (cells, row) =>
      html`<tr role="row"${attributes[row]}>${cells.map((cell, index) => {
        const { head: text = "", kind = "text" } = columns[index] ?? {};
        const isEmpty = cell === undefined || cell === "" || cell === nothing;
        return html`<td role="cell" class="${isEmpty ? `${kind} empty` : kind}" data-label="${text}"><div>${cell}</div></td>`;
      })}</tr>\n`,
  );
  return html`<table class="cards" role="table" aria-label="${label}"><thead role="rowgroup"><tr role="row">${head}</tr></thead><tbody role="rowgroup">
${body}</tbody></table>`;
}

/** A chart with what it shows and how it is read; its numbers stand in the same figure. */
export const figure = (title: string, reading: Part, content: Part): Markup =>
  html`<figure><figcaption><strong>${title}</strong> <span>${reading}</span></figcaption>${content}</figure>`;

/** Headings of one part of the page: the parts of several pairs lie a level deeper. */
export interface Section {
  id: string;
  level: 2 | 3;
}

export function section({ id, level }: Section, name: string, title: string, content: Part): Markup {
  const heading = level === 2 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`;
  return html`<section id="${id}-${name}">${heading}\n${content}</section>\n`;
}

export const subheading = ({ level }: Section, title: string): Markup =>
  level === 2 ? html`<h3 class="sub">${title}</h3>` : html`<h4 class="sub">${title}</h4>`;

export const folded = (summary: Part, content: Part, isOpen = false): Markup =>
  html`<details${isOpen ? html` open` : nothing}><summary>${summary}</summary>${content}</details>\n`;
