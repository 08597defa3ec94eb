import { z } from "zod";
import { count, free, mirrored, quantity } from "../relation";
import { providers } from "./credentials";
import { isoDate, name } from "./names";

const usdPerMillionTokens = () => quantity("USD per million tokens", 0, 10_000);

/** One fixed version of one model at one provider. */
export const model = z.strictObject({
  provider: mirrored(z.enum(providers), "The provider that serves the model."),
  kind: mirrored(z.enum(["chat", "embedding", "rerank"]), "What the model is called for."),
  modelId: mirrored(
    z.string().min(1).max(300),
    "The provider's id of one fixed version; for Azure the name of the deployment.",
  ),
  modelVersion: mirrored(
    z.string().min(1).max(100),
    "Azure: the version that the deployment is pinned to, with automatic upgrades off.",
  ).optional(),
  versionUpgradeOption: mirrored(
    z.enum(["NoAutoUpgrade", "OnceCurrentVersionExpired", "OnceNewDefaultVersionAvailable"]),
    "Azure: the deployment's upgrade option; only NoAutoUpgrade keeps the version.",
  ).optional(),
  revision: mirrored(
    z.string().min(1).max(100),
    "Hugging Face: the commit of the model repository, 40 hexadecimal digits.",
  ).optional(),
  region: free(
    z.string().regex(/^[a-z][a-z0-9-]{1,40}$/, 'a region name, such as "us-east-1"'),
    "The region in which the provider serves the model, where it has regions.",
  ).optional(),
  apiBase: free(
    z.url({ protocol: /^https$/ }).max(500),
    "The endpoint's URL, for Azure and self-hosted models.",
  ).optional(),
  credential: mirrored(
    name.clone(),
    "The key in `credentials` of the credential to use; absent for Bedrock, which the pod's own role calls.",
  ).optional(),
  temperature: mirrored(
    quantity("1", 0, 2),
    "The sampling temperature; zero is not deterministic.",
  ).optional(),
  maxOutputTokens: mirrored(
    count("tokens", 1, 1_000_000),
    "The most tokens that an answer may have.",
  ).optional(),
  seed: mirrored(count("1", 0, 2_147_483_647), "The sampling seed, where the provider takes one.").optional(),
  timeoutSeconds: mirrored(
    quantity("seconds", 0.1, 3_600),
    "The time-out of one call to the model.",
  ).optional(),
  contextWindowTokens: mirrored(
    count("tokens", 1, 100_000_000),
    "Input and output tokens that fit together.",
  ),
  usdPerMillionTokens: z.strictObject({
    input: mirrored(usdPerMillionTokens(), "The price of input tokens."),
    output: mirrored(usdPerMillionTokens(), "The price of output tokens."),
    cachedInput: mirrored(
      usdPerMillionTokens(),
      "The price of input tokens read from the provider's prompt cache.",
    ),
  }),
  retires: mirrored(
    z.union([isoDate(), z.literal("not announced")]),
    'The date on which the provider retires the version ("2027-01-31"), or "not announced".',
  ),
});

export const models = z.record(name, model);
