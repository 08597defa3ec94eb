import { z } from "zod";
import { count, quantity } from "../relation";
import { isoDate, name, sentence } from "./names";

/** The id of a release, which is also the name of its folder. */
export const releaseId = () =>
  z
    .string()
    .regex(
      /^[a-z0-9](-?[a-z0-9]){1,59}$/,
      "2 to 60 characters: a-z, 0-9 and single dashes, starting and ending with a letter or digit",
    );

/** A behaviour hash: SHA-256 in hexadecimal. */
export const hash = () =>
  z.string().regex(/^[0-9a-f]{64}$/, "a behaviour hash: 64 hexadecimal digits in lower case");

/** A value of the configuration; which one may stand there is told by the configuration's own schema. */
const value = z.unknown();

const change = z.strictObject({
  path: z
    .string()
    .min(1)
    .max(500)
    .describe("The path of a mirrored value, or of a whole entry: models.chat-large.temperature."),
  from: value.optional().describe("The value before; absent where the release adds it."),
  to: value.optional().describe("The value after; absent where the release removes it."),
});

const tokens = z.strictObject({
  input: quantity("tokens per request", 0, 100_000_000).describe("Mean input tokens of a request."),
  output: quantity("tokens per request", 0, 100_000_000).describe("Mean output tokens of a request."),
});

const routeDelta = z.strictObject({
  route: name.describe("The route whose requests change."),
  requestsPerMonth: count("requests per month", 0, 1_000_000_000_000),
  before: tokens,
  after: tokens,
  monthlyUsd: z
    .strictObject({
      warm: quantity("USD per month", -1_000_000_000, 1_000_000_000).describe(
        "With objectives.cacheHitRatio of the input read from the provider's prompt cache.",
      ),
      cold: quantity("USD per month", -1_000_000_000, 1_000_000_000).describe("With an empty prompt cache."),
    })
    .describe("The change of the monthly bill, from the prices that the configuration declares."),
});

/**
 * `releases/<id>/release.yaml`: a named patch over the mirrored values. What a person writes may be absent
 * while the release is tried in staging; before production carries it, `release-complete` asks for it.
 */
export const release = z.strictObject({
  id: releaseId().describe("The release's id: the name of its folder."),
  owner: sentence(3, 200).describe("Who answers for the release."),
  created: isoDate().describe("The day on which it was made (UTC)."),
  state: z.enum(["open", "closed"]).describe("Closed once its values stand in Pulumi.yaml."),
  reverts: releaseId().optional().describe("The closed release whose inverse this is."),
  changes: z.array(change).max(500).describe("What it changes; none for a first deployment."),
  tokenDelta: z
    .array(routeDelta)
    .max(1_000)
    .optional()
    .describe("The expected change in tokens and money, one entry a route."),
  hypothesis: sentence(20, 2_000).optional().describe("What becomes better, and how it would be seen."),
  rollback: z
    .strictObject({
      to: hash().describe("The behaviour hash that production goes back to."),
      steps: z.array(sentence(5, 500)).min(1).max(50),
      rehearsed: isoDate().optional().describe("The day on which the steps were last rehearsed (UTC)."),
    })
    .optional(),
  signOffs: z
    .array(
      z.strictObject({
        name: sentence(3, 200),
        role: sentence(2, 200),
        date: isoDate().describe("The day of the sign-off (UTC)."),
      }),
    )
    .max(50)
    .optional(),
  closed: z
    .strictObject({
      at: z.iso.datetime().describe("When it was closed (UTC)."),
      behaviourHash: hash().describe("Production's behaviour hash with it."),
    })
    .optional(),
});
export type ReleaseData = z.infer<typeof release>;
