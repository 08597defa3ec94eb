import type { Config } from "../../config/schema";
import { subject } from "../environments";
import type { Report, StackRule } from "../rule";

export const credentialsSeparate: StackRule = {
  kind: "stack",
  name: "credentials-separate",
  description: "No secret and no provider account is used by both environments.",
  protects: "From a leaked or throttled staging key that takes production down with it.",
  severity: "critical",
  exceptions: false,
  check({ pair: { staging, production } }) {
    const theirs = Object.entries(production.config.credentials);
    return Object.entries(staging.config.credentials).flatMap(([key, own]) =>
      (["secretName", "identity"] as const).flatMap((field): Report[] => {
        const shared = theirs.find(([, other]) => same(field, own, other));
        if (!shared) return [];
        const path = ["credentials", key, field] as const;
        const name = `credentials.${key}.${field}`;
        const what = field === "secretName" ? "secret" : "provider account";
        return [
          {
            object: subject("staging", name),
            path: name,
            found: `"${own[field]}", which production uses as credentials.${shared[0]}.${field}`,
            allowed: `a ${what} that production does not use`,
            remedy: `Create a ${what} for staging alone and name it in ${staging.file}.`,
            at: staging.position(path),
          },
        ];
      }),
    );
  },
};

type Credential = Config["credentials"][string];

/** Secret names are matched as AWS and people read them; an account id counts at one provider only. */
function same(field: "secretName" | "identity", a: Credential, b: Credential): boolean {
  if (field === "identity" && a.provider !== b.provider) return false;
  return a[field].toLowerCase() === b[field].toLowerCase();
}
