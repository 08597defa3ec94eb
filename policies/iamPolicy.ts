import { isRecord } from "../config/record";
import { list, type Props } from "./props";

/** The statements of a policy; undefined where it is no JSON with statements. */
export function statementsOf(json: string): Props[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isRecord(document)) return undefined;
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  return statements.every(isRecord) ? statements : undefined;
}

/** True where a principal is everyone. */
export function isEveryone(principal: unknown): boolean {
  if (principal === "*") return true;
  return isRecord(principal) && texts(principal.AWS).includes("*");
}

/** One value, or a list of them, as a list. */
export const texts = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? list(value) : value === undefined ? [] : [value];

/** Without a regular expression made from input: a pattern with many `*` must not take for ever. */
export function matches(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text;
  const parts = pattern.split("*");
  const fits = (part: string, from: number) =>
    [...part].every((char, index) => char === "?" || char === text[from + index]);
  let position = 0;
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    let start = index === 0 ? 0 : last ? Math.max(position, text.length - part.length) : position;
    while (start + part.length <= text.length && !fits(part, start) && index > 0 && !last) start++;
    if (start + part.length > text.length || !fits(part, start)) return false;
    position = start + part.length;
    if (last) return position === text.length;
  }
  return false;
}

/** True where an action of a statement, or all that it does not except, is the wanted one; case does not count. */
export function coversAction({ Action, NotAction }: Props, wanted: string): boolean {
  const covers = (action: unknown) =>
    typeof action === "string" && matches(action.toLowerCase(), wanted.toLowerCase());
  if (NotAction !== undefined) return !texts(NotAction).some(covers);
  return texts(Action).some(covers);
}

/** Whether a statement's condition says anything: an empty one narrows nothing. */
export const isNarrowed = (condition: unknown): boolean =>
  isRecord(condition) && Object.keys(condition).length > 0;
