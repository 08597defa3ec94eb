import type { Pair } from "../../config/pair";
import type { Config } from "../../config/schema";
import { subject } from "../environments";
import type { Report, StackRule } from "../rule";

export const credentialsSeparate: StackRule = {
  kind: "stack",
  name: "credentials-separate",
  description:
    "No secret and no provider account is used by both environments, and each keeps its secrets under its own prefix.",
  protects: "From a leaked or throttled staging key that takes production down with it.",
  severity: "critical",
  exceptions: false,
  check({ pair }) {
    const shared = sharedReports(pair);
    const told = new Set(shared.map(({ path }) => path));
    return [...shared, ...prefixReports(pair).filter(({ path }) => !told.has(path))];
  },
};

function sharedReports({ staging, production }: Pair): Report[] {
  const theirs = new Map<string, string>();
  for (const [key, other] of Object.entries(production.config.credentials))
    for (const field of fields) {
      const id = idOf(field, other);
      if (!theirs.has(id)) theirs.set(id, key);
    }
  return Object.entries(staging.config.credentials).flatMap(([key, own]) =>
    fields.flatMap((field): Report[] => {
      const shared = theirs.get(idOf(field, own));
      if (shared === undefined) return [];
      const name = `credentials.${key}.${field}`;
      const what = field === "secretName" ? "secret" : "provider account";
      return [
        {
          object: subject("staging", name),
          path: name,
          found: `"${own[field]}", which production uses as credentials.${shared}.${field}`,
          allowed: `a ${what} that production does not use`,
          remedy: `Create a ${what} for staging alone and name it in ${staging.file}.`,
          at: staging.position(["credentials", key, field]),
        },
      ];
    }),
  );
}

function prefixReports(pair: Pair): Report[] {
  return (["staging", "production"] as const).flatMap((tier) => {
    const { config, position, file } = pair[tier];
    const prefix = `${config.environment.secretPrefix}/`;
    return Object.entries(config.credentials)
      .filter(([, { secretName }]) => !secretName.startsWith(prefix))
      .map(([key, { secretName }]) => ({
        object: subject(tier, `credentials.${key}.secretName`),
        path: `credentials.${key}.secretName`,
        found: `"${secretName}"`,
        allowed: `a name that starts with "${prefix}"`,
        remedy: `Rename the secret in ${file}: the role that reads ${tier}'s secrets reads that prefix only.`,
        at: position(["credentials", key, "secretName"]),
      }));
  });
}

type Credential = Config["credentials"][string];

const fields = ["secretName", "identity"] as const;

/** Secret names are matched as AWS and people read them; an account id counts at one provider only. */
const idOf = (field: (typeof fields)[number], credential: Credential): string =>
  JSON.stringify([field, field === "identity" ? credential.provider : "", credential[field].toLowerCase()]);
