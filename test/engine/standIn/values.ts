/** A resource's properties, as plain data. */
export type Values = Record<string, unknown>;

/** What stands for a value that nobody knows before the update (sdk/go/common/resource/plugin/rpc.go of the engine). */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The value at a path of keys; undefined where there is none. */
export function at(values: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) => (typeof value === "object" && value !== null ? (value as Values)[key] : undefined),
      values,
    );
}

/** Equal as JSON, whatever the order of keys. */
export function same(a: unknown, b: unknown): boolean {
  return sorted(a) === sorted(b);
}

/** The keys that differ, those of the plugin's own left out. */
export function changedKeys(olds: Values, news: Values): string[] {
  return [...new Set([...Object.keys(olds), ...Object.keys(news)])]
    .filter((key) => !key.startsWith("__") && !same(olds[key], news[key]))
    .sort();
}

/** `Type` of `package:module/file:Type`, as messages name it. */
export const shortType = (type: string): string => type.slice(type.lastIndexOf(":") + 1);

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? "undefined";
