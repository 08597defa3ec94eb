import { isRecord } from "../config/record";
import { formatPath, type Path } from "../config/relation";
import type { StackResult } from "../config/stack";
import { nearestPosition, type Position, SECRET, toPlain } from "../config/yaml";
import type { Finding } from "./finding";
import { configValid } from "./stack/config-valid";

/**
 * Where the engine's effective values are not those of the files that were reviewed: the first place in each
 * key, never a value. Encrypted leaves are not compared.
 */
export function compareEffective(own: StackResult, effective: Readonly<Record<string, unknown>>): Finding[] {
  const keys = new Set([...own.raw.keys(), ...Object.keys(effective)]);
  return [...keys].flatMap((key) => {
    const node = own.raw.get(key);
    const path = difference(
      node && toPlain(node),
      Object.hasOwn(effective, key) ? effective[key] : undefined,
      [key],
    );
    if (path === undefined) return [];
    const at: Position = node ? nearestPosition(node, path.slice(1)) : { file: own.file, line: 1, column: 1 };
    const name = formatPath(path);
    return [
      {
        rule: configValid.name,
        status: "violation",
        object: `${name} in ${at.file}`,
        path: name,
        found: "effective configuration unlike the reviewed file",
        allowed: "what the file says",
        remedy:
          "Write the value into the file instead of giving it on the command line, and update from the reviewed commit.",
        at,
      } satisfies Finding,
    ];
  });
}

/** The first place at which two values differ, in plain JSON terms. */
function difference(file: unknown, engine: unknown, path: Path): Path | undefined {
  if (file === SECRET) return engine === undefined ? path : undefined;
  if (Array.isArray(file) && Array.isArray(engine)) {
    for (let index = 0; index < Math.max(file.length, engine.length); index++) {
      const found = difference(file[index], engine[index], [...path, index]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isRecord(file) && isRecord(engine)) {
    for (const key of new Set([...Object.keys(file), ...Object.keys(engine)])) {
      const found = difference(own(file, key), own(engine, key), [...path, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return Object.is(file, engine) || (file === 0 && engine === 0) ? undefined : path;
}

const own = (record: Readonly<Record<string, unknown>>, key: string) =>
  Object.hasOwn(record, key) ? record[key] : undefined;
