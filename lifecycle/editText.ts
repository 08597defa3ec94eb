import { isRecord } from "../config/record";
import { readPlain } from "../config/yamlText";

/** Lines longer than this are broken up where the value allows it. */
const width = 110;

// Narrower than YAML, so that no reader can disagree: anything else is put in quotes.
const PLAIN = /^[\p{L}\p{N}_/(][\p{L}\p{N} _./@+=()%;'!,:&*[\]–…-]*$/u;

/** A value in one line: scalars as they are, maps and lists in braces and brackets. */
export function flowText(value: unknown, inFlow: boolean): string {
  if (Array.isArray(value)) return `[${value.map((item) => flowText(item, true)).join(", ")}]`;
  if (!isRecord(value)) return scalarText(value, inFlow);
  const entries = Object.entries(value).map(([key, inner]) => `${keyText(key)}: ${flowText(inner, true)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** A key that every reader takes for the same text. */
export const keyText = (key: string) =>
  /^[A-Za-z_][\w:-]*$/.test(key) && !key.endsWith(":") && isText(key) ? key : quoted(key);

function scalarText(value: unknown, inFlow: boolean): string {
  if (typeof value === "number") return decimal(value);
  if (typeof value !== "string") return String(value);
  const plain =
    PLAIN.test(value) &&
    isText(value) &&
    !/: |:$| $/.test(value) &&
    !(inFlow && /[,:[\]]/.test(value)) &&
    value.length <= 1_000;
  if (plain) return value;
  const single = value.includes('"') && /^[\x20-\x7e]*$/.test(value) && !value.includes("'");
  return single ? `'${value}'` : quoted(value);
}

const isText = (text: string): boolean => {
  const reading = readPlain(text);
  return "value" in reading && reading.value === text;
};

/** In double quotes; what does not show, or ends a line to somebody, is written as an escape. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\ufffe\uffff]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
  });

/** A number without an exponent, which readers take differently. */
export function decimal(value: number): string {
  const text = String(value === 0 ? 0 : value);
  const [, sign = "", whole = "", fraction = "", exponent] =
    /^(-?)(\d+)(?:\.(\d+))?e([-+]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}

/** Whether a value stands in one line when there is nothing beside it to follow. */
function isCompact(value: unknown, column: number): boolean {
  if (Array.isArray(value)) {
    return value.every((item) => !isCollection(item)) && column + flowText(value, false).length <= width;
  }
  if (!isRecord(value)) return true;
  const inner = Object.values(value);
  if (inner.some(isCollection) || column + flowText(value, false).length > width) return false;
  return inner.length <= 1 || inner.every((one) => typeof one !== "string");
}

const isCollection = (value: unknown) => typeof value === "object" && value !== null;
export const isEmpty = (value: unknown) =>
  isCollection(value) && (Array.isArray(value) ? value : Object.keys(value as object)).length === 0;

/** Whether a value can stand in lines of its own: a map or list with something in it. */
export const isBlock = (value: unknown, column: number) =>
  isCollection(value) && !isEmpty(value) && !isCompact(value, column);

/** A map or list in lines of its own, each behind `indent` columns. */
export function blockLines(value: unknown, indent: number): string[] {
  const pad = " ".repeat(indent);
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      if (!isBlock(item, indent + 2)) return [`${pad}- ${flowText(item, false)}`];
      const [first = "", ...rest] = blockLines(item, indent + 2);
      return [`${pad}- ${first.trimStart()}`, ...rest];
    });
  }
  return Object.entries(value as object).flatMap(([key, inner]) => entryLines(key, inner, indent));
}

/** One entry of a map in lines of its own. */
export function entryLines(key: string, value: unknown, indent: number): string[] {
  const head = `${" ".repeat(indent)}${keyText(key)}:`;
  return isBlock(value, head.length + 1)
    ? [head, ...blockLines(value, indent + 2)]
    : [`${head} ${flowText(value, false)}`];
}
