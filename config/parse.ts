import type { z } from "zod";
import { credentialIn } from "./credentialPattern";
import { describeIssues, schemaAt, type ValueProblem } from "./issues";
import { isRecord } from "./record";
import { fieldOf, formatPath, type Path, unwrap } from "./relation";
import { type Config, configKeys, schema } from "./schema";
import { encrypted } from "./value";
import { SECRET } from "./yaml";

/**
 * Checks plain data against the schema, defaults filled in. All problems at once; never a value that may be
 * secret in them. `nodes` are what the data of each key was made of, where it was: what one of them says is known
 * from then on, and most stacks of a project share most of theirs.
 */
export function parseConfig(
  data: unknown,
  nodes: ReadonlyMap<string, object> = new Map(),
): { config: Config | undefined; problems: ValueProblem[] } {
  const knownOf = (key: string) => parsed.get(nodes.get(key) ?? {});
  const isOpen = isRecord(data) && Object.keys(data).every((key) => Object.hasOwn(schema.shape, key));
  const problems: ValueProblem[] = [];
  const clean = isOpen
    ? Object.fromEntries(
        Object.entries(data).map(([key, value]) => [
          key,
          knownOf(key) === undefined ? replaceSecrets(value, [key], problems) : value,
        ]),
      )
    : replaceSecrets(data, [], problems);
  const { config, issues } = isOpen
    ? parseKeys(clean as Record<string, unknown>, knownOf)
    : parseWhole(clean);
  const told = new Set(problems.map(({ path }) => formatPath(path)));
  const found = describeIssues(schema, issues, clean);
  problems.push(...found.filter(({ path }) => !told.has(formatPath(path))));
  if (config === undefined || problems.length > 0) return { config: undefined, problems };
  for (const [key, node] of nodes) parsed.set(node, config[key as keyof Config]);
  return { config: frozen(config), problems };
}

/** Whoever would change it would change it for every stack that has the node. */
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

/** What a node that has no problem says. */
const parsed = new WeakMap<object, unknown>();

interface Parsed {
  config: Config | undefined;
  issues: z.core.$ZodIssue[];
}

function parseWhole(data: unknown): Parsed {
  const { data: config, error } = schema.safeParse(data, { reportInput: true });
  return { config, issues: error?.issues ?? [] };
}

/** Key by key, in the order of the schema: the keys of the whole know nothing of each other. */
function parseKeys(data: Record<string, unknown>, knownOf: (key: string) => unknown): Parsed {
  const config: Record<string, unknown> = {};
  const issues: z.core.$ZodIssue[] = [];
  for (const key of configKeys) {
    const known = knownOf(key);
    if (known !== undefined) {
      config[key] = known;
      continue;
    }
    const result = schema.shape[key].safeParse(data[key], { reportInput: true });
    if (result.success) config[key] = result.data;
    else issues.push(...result.error.issues.map((issue) => ({ ...issue, path: [key, ...issue.path] })));
  }
  return { config: issues.length === 0 ? (config as Config) : undefined, issues };
}

/** Whether something else than a map stands where secrets stand by name: all of it may be a secret. */
export function isNamelessSecret(at: z.ZodType | undefined, data: unknown): boolean {
  if (at === undefined || data === undefined || data === null) return false;
  const { valueType } = unwrap(at) as { valueType?: z.ZodType };
  const named = typeof data === "object" && !Array.isArray(data);
  return !named && valueType !== undefined && fieldOf(valueType)?.secret === true;
}

/**
 * Encrypted values may stand only where the schema has a secret, plain ones never there; anything that
 * looks like a key or token is refused wherever it stands.
 */
function replaceSecrets(data: unknown, path: Path, problems: ValueProblem[]): unknown {
  const at = schemaAt(path);
  const secret = at !== undefined && fieldOf(at)?.secret === true;
  if (isNamelessSecret(at, data)) {
    const store = `pulumi config set --secret --path 'lockstep:${formatPath(path)}.<name>'`;
    problems.push({
      path,
      found: data === SECRET ? "an encrypted value without a name" : "a value in plain text",
      allowed: "a map of encrypted values",
      remedy:
        data === SECRET
          ? `Store each value under the name of its credential: ${store}`
          : `Revoke the credential: it has been written down. Then store the new one under its name: ${store}`,
    });
    return encrypted;
  }
  if (data === SECRET) {
    if (!secret) {
      problems.push({
        path,
        found: "an encrypted value",
        allowed: "a value in plain text",
        remedy:
          "Store it without --secret: what cannot be read here cannot be compared, so nothing can be proven about it.",
        undecided: true,
      });
    }
    return encrypted;
  }
  if (secret) {
    problems.push({
      path,
      found: "a value in plain text",
      allowed: "an encrypted value",
      remedy: `Revoke the credential: it has been written down. Then store the new one with: pulumi config set --secret --path 'lockstep:${formatPath(path)}'`,
    });
    return encrypted;
  }
  if (typeof data === "string") {
    const kind = credentialIn(data);
    if (kind === undefined) return data;
    problems.push({
      path,
      found: kind,
      allowed: "no credential in plain text",
      remedy:
        "Revoke the credential: it has been written down. Keep the new one in AWS Secrets Manager, or in credentialValues with pulumi config set --secret.",
    });
    return encrypted;
  }
  if (Array.isArray(data)) return data.map((item, index) => replaceSecrets(item, [...path, index], problems));
  if (typeof data === "object" && data !== null) {
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, replaceSecrets(value, [...path, key], problems)]),
    );
  }
  return data;
}
