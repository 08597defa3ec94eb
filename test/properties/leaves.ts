import { loadPair } from "../../config/pair";
import { type Leaf, leaves, type Path } from "../../config/relation";
import { type Config, schema } from "../../config/schema";
import { shipped } from "../shipped";

const { pair } = loadPair(shipped(), "production");
if (!pair) throw new Error("the shipped pair cannot be read");

export const { staging, production } = pair;

/** Every leaf that the schema declares, whether or not the shipped pair writes it. */
export const declared: readonly (Leaf & { field: NonNullable<Leaf["field"]> })[] = [...leaves(schema)].map(
  (leaf) => {
    if (leaf.field === undefined) throw new Error(`${leaf.pattern} has no relation`);
    return { ...leaf, field: leaf.field };
  },
);

/** A path for a pattern: the first key or item that the shipped configuration has there, else a new one. */
export function pathOf(pattern: string, config: Config): Path {
  const steps = pattern.split(/\.|(?=\[\])/);
  let at: unknown = config;
  return steps.map((step) => {
    const found = step === "[]" ? 0 : step === "*" ? (Object.keys(Object(at))[0] ?? "fresh") : step;
    at = (Object(at) as Record<string | number, unknown>)[found];
    return found;
  });
}

export function valueAt(config: Config, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (Object(at) as Record<string | number, unknown>)[step],
    config as unknown,
  );
}

/** A copy with one value set, or taken out where it is `undefined`; what lies on the way is made. */
export function withValue(config: Config, path: Path, value: unknown): Config {
  const copy = structuredClone(config) as unknown as Record<string | number, unknown>;
  let at = copy;
  path.slice(0, -1).forEach((step, index) => {
    at[step] ??= typeof path[index + 1] === "number" ? [] : {};
    at = at[step] as Record<string | number, unknown>;
  });
  const last = path.at(-1) ?? "";
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy as unknown as Config;
}
