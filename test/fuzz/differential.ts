import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readProject, readStack } from "../../config/documents";
import { engineConfig } from "../../config/engine";
import { memoryFiles } from "../../config/files";
import { loadStack } from "../../config/stack";
import { Breach } from "./breach";
import type { Pulumi, Said } from "./pulumi";
import type { Target } from "./targets";

const root = join(__dirname, "..", "..");
const shipped = (file: string): Uint8Array => readFileSync(join(root, file));

/** What we take for the engine's configuration of the stack "staging"; undefined where we refuse one of the files. */
export function ours(project: Uint8Array, stack: Uint8Array): Record<string, Said> | undefined {
  const bytes = new Map([
    ["Pulumi.yaml", project],
    ["Pulumi.staging.yaml", stack],
  ]);
  const none = memoryFiles({});
  const files = {
    list: none.list,
    read: (path: string) => {
      const found = bytes.get(path);
      return found === undefined ? none.read(path) : { found: true as const, bytes: found };
    },
  };
  const document = readProject(files);
  if (document.problems.length + readStack(files, "Pulumi.staging.yaml").problems.length > 0)
    return undefined;
  const { values, secretKeys } = engineConfig(
    loadStack(files, document, { byId: new Map(), problems: [] }, "staging"),
  );
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const secret = secretKeys.includes(key);
      return [key, secret ? { secret } : { value, secret }];
    }),
  );
}

/** The first key that the two readings tell differently, with both; undefined where they agree. */
export function disagreement(
  mine: Record<string, Said>,
  theirs: Record<string, Said>,
): { key: string; ours: unknown; pulumi: unknown } | undefined {
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const [own, other] = [mine, theirs].map((said) => (Object.hasOwn(said, key) ? said[key] : undefined));
    if (!isSame(own, other)) return { key, ours: own?.value, pulumi: other?.value };
  }
  return undefined;
}

function isSame(own: Said | undefined, other: Said | undefined): boolean {
  if (own === undefined || other === undefined || own.secret !== other.secret) return false;
  if (own.secret || own.value === other.value) return true;
  // Go writes some characters of JSON as escapes.
  if (other.objectValue === undefined || own.value === undefined) return false;
  return isDeepStrictEqual(JSON.parse(own.value), JSON.parse(other.value ?? "null"));
}

function compared(pulumi: Pulumi, project: Uint8Array, stack: Uint8Array): void {
  const mine = ours(project, stack);
  if (mine === undefined) return;
  const theirs = pulumi.config(project, stack);
  const different = theirs && disagreement(mine, theirs);
  if (different !== undefined)
    throw new Breach(`Pulumi reads another value at ${different.key}: ${JSON.stringify(different)}`);
}

/** The files that the engine reads too: what we accept it has to read alike. */
export function differential(pulumi: Pulumi): Target[] {
  const [project, stack] = ["Pulumi.yaml", "Pulumi.staging.yaml"].map(shipped) as [Uint8Array, Uint8Array];
  return [
    { name: "pulumi-project", seeds: [project], run: (bytes) => compared(pulumi, bytes, stack) },
    { name: "pulumi-stack", seeds: [stack], run: (bytes) => compared(pulumi, project, bytes) },
  ];
}
