import { visible } from "../config/visible";
import type { Position } from "../config/yaml";

/** The URL of a line, for a link; undefined where there is none to link to. */
export type LinkTo = (at: Position) => string | undefined;

/** A text from a file: in a code span, without what does not show. */
export function code(text: string): string {
  const shown = visible(text);
  const fence = "`".repeat(Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const pad = shown.startsWith("`") || shown.endsWith("`") || shown.trim() === "" ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** A pipe would end a table's cell, in a code span too. */
export const cell = (text: string) => (text === "" ? "" : code(text).replaceAll("|", "\\|"));

export function placeOf(at: Position, link: LinkTo): string {
  const text = code(`${at.file}:${at.line}`);
  const url = link(at);
  return url === undefined ? text : `[${text}](${url})`;
}

export const escapeHtml = (text: string): string =>
  visible(text).replace(/[&<>"'@]/g, (character) => `&#${character.codePointAt(0)};`);
