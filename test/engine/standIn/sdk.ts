import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What the SDK's own class says about a resource: it is generated from the real provider's schema. */
export interface SdkShape {
  required: string[];
  inputs: string[];
  /** Known only once the object is there. */
  computed: string[];
}

const require = createRequire(__filename);
const folderOf = (name: string) => dirname(require.resolve(`@pulumi/${name}/package.json`));

export const sdkVersion = (name: string): string =>
  (JSON.parse(readFileSync(join(folderOf(name), "package.json"), "utf8")) as { version: string }).version;

const shapes = new Map<string, SdkShape>();

/** @throws for a type whose class the SDK does not have. */
export function sdkShape(type: string): SdkShape {
  const known = shapes.get(type);
  if (known) return known;
  const [name = "", module = ""] = type.split(":");
  const source = readFileSync(join(folderOf(name), `${module}.js`), "utf8");
  const all = (pattern: RegExp) => [
    ...new Set([...source.matchAll(pattern)].flatMap(([, key]) => key ?? [])),
  ];
  const shape = {
    required: all(/Missing required property '(\w+)'/g),
    inputs: all(/resourceInputs\["(\w+)"\] = .*\bargs\b/g),
    computed: all(/resourceInputs\["(\w+)"\] = undefined \/\*out\*\//g),
  };
  shapes.set(type, shape);
  return shape;
}
