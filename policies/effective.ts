import { formatPath } from "../config/relation";
import type { StackResult } from "../config/stack";
import { firstDifference } from "../config/value";
import { nearestPosition, type Position, toPlain } from "../config/yaml";
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
    const path = firstDifference(
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
