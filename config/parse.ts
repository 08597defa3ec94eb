import type { z } from "zod";
import { credentialIn } from "./credentialPattern";
import { describeIssues, schemaAt, type ValueProblem } from "./issues";
import { fieldOf, formatPath, type Path, unwrap } from "./relation";
import { type Config, schema } from "./schema";
import { encrypted } from "./value";
import { SECRET } from "./yaml";

/**
 * Checks plain data against the schema, defaults filled in. All problems at once; never a value that may be
 * secret in them.
 */
export function parseConfig(data: unknown): { config: Config | undefined; problems: ValueProblem[] } {
  const problems: ValueProblem[] = [];
  const clean = replaceSecrets(data, [], problems);
  const result = schema.safeParse(clean, { reportInput: true });
  const told = new Set(problems.map(({ path }) => formatPath(path)));
  const found = describeIssues(schema, result.error?.issues ?? [], clean);
  problems.push(...found.filter(({ path }) => !told.has(formatPath(path))));
  return { config: problems.length === 0 ? result.data : undefined, problems };
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
