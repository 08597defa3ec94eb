import { isRecord } from "../config/record";
import type { Props } from "./props";

/** The strings of a resource, without where they stand: rules that look at every one of them share one walk. */
export interface ResourceStrings {
  /** Keys of maps too. */
  texts: readonly string[];
  /** A name and what stands under it, one after the other: entries of named maps, and maps with a name and a value. */
  named: readonly string[];
  /** A text is itself JSON, whose strings are not among these. */
  hasJson: boolean;
}

/** Maps whose entries are read by name: environment variables, and what Kubernetes hands to pods. */
export const namedMaps: ReadonlySet<unknown> = new Set([
  ...["variables", "environment", "environmentVariables", "data", "stringData", "annotations"],
]);

/** ECS takes its containers as JSON text. */
export const jsonKey = "containerDefinitions";

/** Of the last resource: the rules of one question are asked one after the other about the same properties. */
let last: { props: Props; strings: ResourceStrings } | undefined;

export function resourceStrings(props: Props): ResourceStrings {
  if (last?.props === props) return last.strings;
  const strings = { texts: [], named: [], hasJson: false };
  collect(props, false, strings);
  last = { props, strings };
  return strings;
}

type Collected = { texts: string[]; named: string[]; hasJson: boolean };

function collect(value: unknown, byName: boolean, into: Collected): void {
  if (typeof value === "string") into.texts.push(value);
  else if (Array.isArray(value)) for (const item of value) collect(item, false, into);
  else if (isRecord(value)) {
    if (typeof value.name === "string" && typeof value.value === "string")
      into.named.push(value.name, value.value);
    for (const key of Object.keys(value)) {
      const item = value[key];
      into.texts.push(key);
      if (byName && typeof item === "string") into.named.push(key, item);
      if (key === jsonKey) into.hasJson = true;
      collect(item, namedMaps.has(key), into);
    }
  }
}
