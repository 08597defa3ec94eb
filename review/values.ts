import type { Field } from "../config/relation";
import type { Stack } from "../config/stack";
import { describeValue } from "../config/value";
import { walk } from "../config/walk";
import type { Position } from "../config/yaml";
import { columns, type Paint } from "./terminal";

/** One effective value of one stack, and where it comes from; `default` where no file has it. */
export interface EffectiveValue {
  path: string;
  value: unknown;
  relation: Field["relation"];
  unit: string | undefined;
  at: Position | "default";
}

/** All effective values of a stack at or below a path ("" for all). Encrypted ones are never read. */
export function effectiveValues(stack: Stack, prefix = ""): EffectiveValue[] {
  return [...walk(stack.config)]
    .filter(
      ({ name }) =>
        prefix === "" ||
        name === prefix ||
        ([".", "["].includes(name.charAt(prefix.length)) && name.startsWith(prefix)),
    )
    .map(({ path, name, field, value }) => ({
      path: name,
      value,
      relation: field.relation,
      unit: field.unit,
      at: stack.position(path),
    }));
}

export function valuesText(values: readonly EffectiveValue[], style: Paint): string {
  const rows = values.map(({ path, value, relation, unit, at }) => [
    path,
    describeValue(value) + (unit === undefined || unit === "1" ? "" : style("dim", ` ${unit}`)),
    style("dim", relation),
    style("cyan", at === "default" ? at : `${at.file}:${at.line}`),
  ]);
  return columns(
    [["path", "value", "relation", "from"].map((text) => style("bold", text)), ...rows],
    [0, 1, 2, 3],
  );
}
