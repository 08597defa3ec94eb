import type { Release } from "../config/release";
import type { ReleaseData } from "../config/schema/release";
import { toPlain } from "../config/yaml";
import { entryLines, flowText, isEmpty } from "./editText";

/** One change of a release as its file has it. */
export interface PlainChange {
  path: string;
  from?: unknown;
  to?: unknown;
}

/** A release's file: keys in the order in which a person reads them, each change in lines of its own. */
export function releaseText({
  changes,
  ...rest
}: Omit<ReleaseData, "changes"> & { changes: PlainChange[] }): string {
  const { id, owner, created, state, reverts, hypothesis, ...others } = rest;
  const head = { id, owner, created, state, reverts, hypothesis };
  return [
    ...lines(head),
    ...(changes.length === 0 ? ["changes: []"] : ["changes:", ...changes.flatMap(changeLines)]),
    ...lines(others),
    "",
  ].join("\n");
}

const lines = (data: object) =>
  Object.entries(data).flatMap(([key, value]) => (value === undefined ? [] : entryLines(key, value, 0)));

function changeLines(change: PlainChange): string[] {
  const rows = ["path", "from", "to"].flatMap((key) => {
    const value = change[key as keyof PlainChange];
    if (!Object.hasOwn(change, key)) return [];
    return typeof value === "object" && value !== null && !isEmpty(value)
      ? entryLines(key, value, 4)
      : [`    ${key}: ${flowText(value, false)}`];
  });
  return rows.map((row, index) => (index === 0 ? `  - ${row.trimStart()}` : row));
}

/** The changes that undo those of a release, the last first. */
export const inverse = ({ changes }: Release): PlainChange[] =>
  changes
    .map(({ name, from, to }) => ({
      path: name,
      ...(to === undefined ? {} : { from: toPlain(to) }),
      ...(from === undefined ? {} : { to: toPlain(from) }),
    }))
    .reverse();
