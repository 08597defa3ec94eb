import { z } from "zod";
import { count, free, mirrored, separate } from "../relation";
import { name } from "./names";

export const providers = ["openai", "anthropic", "bedrock", "vertex", "azure", "huggingface"] as const;
export type Provider = (typeof providers)[number];

/** A credential by name; its value is never part of this. */
export const credential = z.strictObject({
  provider: mirrored(z.enum(providers), "The provider that issued the credential."),
  secretName: separate(
    z.string().regex(/^[A-Za-z0-9][\w./-]{0,400}$/, "a Secrets Manager name"),
    "The name of the secret in AWS Secrets Manager, under environment.secretPrefix.",
  ),
  identity: separate(
    z.string().regex(/^[\w.:/@-]{3,200}$/, "the provider's id of the account, project or key"),
    "The provider's own id of the account, project or service account behind the credential (not the key): two names for one account share its quota and its bill.",
  ),
  maxAgeDays: free(count("days", 1, 365), "The age at which the credential has to be rotated."),
});

export const credentials = z.record(name, credential);

/**
 * Values to store, for teams that keep them in Pulumi's encrypted configuration
 * (`pulumi config set --secret --path 'lockstep:credentialValues.openai'`). Absent: stored out of band.
 */
export const credentialValues = z.record(
  name,
  separate(z.string().min(1).max(16_384), "The credential's value, encrypted.", { secret: true }),
);
