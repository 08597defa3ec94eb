import { z } from "zod";
import { relations } from "../config/relation";
import { tiers } from "../config/schema/environment";
import { hash, release } from "../config/schema/release";
import { deployed } from "../lifecycle/deployed";
import { kindNames } from "../lifecycle/kind";
import { statuses } from "../policies/finding";
import { passes, type Review } from "./review";

/** The published forms of what `lockstep preview --json` and `lockstep review --format json` have in common. */
const position = z.strictObject({ file: z.string(), line: z.int(), column: z.int() });

const exception = z
  .strictObject({
    owner: z.string(),
    expires: z.string().describe("The last day on which it counts (UTC), YYYY-MM-DD."),
    daysLeft: z.int().describe("Whole days after today (UTC): 0 on the last day."),
    ticket: z.string(),
  })
  .optional()
  .describe("What covers an exempted finding.");

const rulesFinding = z.strictObject({
  rule: z.string(),
  status: z.enum(statuses),
  object: z.string(),
  path: z.string(),
  found: z.string(),
  allowed: z.string(),
  remedy: z.string(),
  at: position.optional(),
  exception,
});

export const finding = rulesFinding.extend({
  stacks: z.array(z.string()).describe("The stacks whose update it stops or concerns."),
});

export const limit = z.strictObject({
  path: z.string(),
  unit: z.string(),
  staging: z.number().optional(),
  production: z.number().optional(),
  holds: z.boolean().describe("Whether staging's is strictly tighter."),
});

export const distanceCounts = z
  .record(z.enum(relations), z.strictObject({ leaves: z.int(), differ: z.int(), broken: z.int() }))
  .optional()
  .describe("Absent where one of the stacks cannot be read.");

/** What was there before the change and is there after it; absent where it was not there or could not be read. */
const side = z
  .enum(["whole", "unreadable", "absent"])
  .describe("Whether the stack was there, and could be read.");

const sides = <T extends z.ZodType>(side: T) =>
  z.strictObject({ before: side.optional(), after: side.optional() });

const change = z.strictObject({
  path: z.string(),
  relation: z.enum(relations),
  kind: z.enum(["changed", "added", "removed"]),
  words: z.string().describe("The change as a person says it, without the environment."),
  before: z.string().optional().describe("The value as text; absent where it was not there."),
  after: z.string().optional(),
  at: position.describe("Where the value stands after the change; before it, where it is gone."),
});

const worstCase = z
  .strictObject({
    usd: z
      .number()
      .describe("USD in a month of 30 days with the limits used to the full and the dearest model."),
    model: z.string(),
    byModel: z.array(z.strictObject({ model: z.string(), usd: z.number() })),
    budgetUsd: z.number().describe("The declared monthly budget."),
  })
  .optional();

const environment = z.strictObject({
  tier: z.enum(tiers),
  name: z.string(),
  files: z.strictObject({ before: side, after: side }),
  hash: sides(hash()).describe("The behaviour hash."),
  carries: sides(z.array(z.string())),
  changes: z.array(change).describe("Empty where either side is not whole."),
  worstCase: sides(worstCase),
  deployed: deployed
    .optional()
    .describe("What the last update by lockstep up left behind; absent where nothing is recorded."),
});

const source = z.strictObject({
  file: z.string(),
  hash: hash().describe("The behaviour hash that was measured."),
  isCurrent: z.boolean().describe("Whether staging has that hash after the change."),
  providers: z.enum(["real", "stub"]),
});

const target = z.strictObject({
  model: z.string(),
  modelId: z.string(),
  provider: z.string(),
  region: z.string().optional(),
  route: z.string().describe("The route that calls it: this one, or one that it falls back to."),
  order: z.int(),
  usdPerMillionTokens: z.strictObject({ input: z.number(), output: z.number() }),
  measured: z
    .strictObject({
      score: z.strictObject({ value: z.number(), low: z.number(), high: z.number() }),
      usdPerRequest: z.number(),
      latencyP95Seconds: z.number(),
      cases: z.int(),
      source,
    })
    .optional()
    .describe("Absent where no evidence has it."),
});

const route = z.strictObject({
  route: z.string(),
  deadlineSeconds: z.number().optional(),
  worstSeconds: sides(z.number()).describe(
    "The longest that a request can take, with all retries and fallbacks.",
  ),
  targets: z.array(target),
});

const percentiles = z.strictObject({
  p50Seconds: z.number(),
  p95Seconds: z.number(),
  p99Seconds: z.number(),
});

const latency = z
  .strictObject({
    firstToken: percentiles,
    total: percentiles,
    requestsPerSecond: z.number(),
    requests: z.int(),
    source,
  })
  .optional()
  .describe("Under load, from the newest evidence; absent where there is none.");

const coldStart = z.strictObject({
  route: z.string(),
  prompt: z.string(),
  tokens: z.int().describe("Of the new prompt, at four characters a token."),
  kept: z.int().describe("Of its beginning, that stayed the same."),
  isCached: z.boolean().describe("False where the prompt alone is too short for a provider to cache it."),
  usdPerRequest: z.number(),
  seconds: z.number().describe("How long every request misses the cache."),
  requests: z.int().describe("The most that production admits in that time."),
  usd: z.number(),
});

const evidence = z.strictObject({
  kind: z.enum(kindNames),
  file: z.string().optional().describe("Absent where no evidence counts."),
  ageDays: z.number().optional(),
  maxAgeDays: z.number(),
  criteria: z.array(
    z.strictObject({
      name: z.string(),
      subject: z.string().optional(),
      measured: z.string(),
      required: z.string(),
      outcome: z.enum(["passes", "fails", "inconclusive"]),
      margin: z
        .number()
        .optional()
        .describe("How far it lies on the good side of the threshold, as a share of the threshold."),
    }),
  ),
  ageIsAtClosing: z.boolean().describe("True where the age is that at the time when the release was closed."),
  shortfalls: z
    .array(z.strictObject({ path: z.array(z.string()), found: z.string(), allowed: z.string() }))
    .describe("What keeps it from passing; a path begins with the name of a criterion where it is one's."),
  untouched: z
    .array(z.string())
    .optional()
    .describe("Of an evaluation, what no case touches, one line each; absent where it does not say."),
});

const releaseStatus = z.strictObject({
  id: z.string(),
  file: z.string(),
  owner: z.string(),
  created: z.string(),
  state: z.enum(["open", "closed"]),
  closed: z.strictObject({ at: z.string(), behaviourHash: hash() }).optional(),
  reverts: z.string().optional(),
  carriedBy: z.array(z.string()),
  changes: z.array(
    z.strictObject({ path: z.string(), from: z.unknown().optional(), to: z.unknown().optional() }),
  ),
  checklist: z.array(z.strictObject({ item: z.string(), done: z.boolean(), note: z.string() })),
  tokenDelta: release.shape.tokenDelta,
  behaviourHash: hash().optional().describe("Production's with the release."),
  evidence: z.array(evidence).optional(),
  missing: z
    .array(rulesFinding)
    .optional()
    .describe("What still blocks production from carrying it; empty where nothing does."),
  problems: z.array(z.string()).optional().describe("Why production could not carry it at all."),
});

const review = z
  .strictObject({
    project: z.string().describe("The Pulumi project's name; empty where Pulumi.yaml cannot be read."),
    stacks: z.array(z.string()).describe("Both of the pair, production first where it can be told."),
    isRemoved: z
      .boolean()
      .describe("True where the change removes the files of both stacks: nothing is judged."),
    findings: z.array(
      finding.extend({ isNew: z.boolean().describe("True where it was not there before the change.") }),
    ),
    environments: z.array(environment),
    distance: z.strictObject({ before: distanceCounts, after: distanceCounts }),
    limits: z.array(limit),
    coldStarts: z.array(coldStart),
    routes: z.array(route),
    latency,
    proof: z
      .strictObject({
        hash: hash(),
        release: z.string().describe("The release whose evidence proves it."),
        evidence: z.array(evidence),
      })
      .optional()
      .describe(
        "The evidence about production's behaviour after the change; absent where no release proves it.",
      ),
    releases: z.array(releaseStatus).describe("The open ones."),
    exceptions: z.array(
      z.strictObject({
        tier: z.enum(tiers),
        rule: z.string(),
        path: z.string(),
        owner: z.string(),
        ticket: z.string(),
        expires: z.string(),
        daysLeft: z.int(),
        isNew: z.boolean(),
      }),
    ),
    rollback: z
      .strictObject({ release: z.string(), hash: hash() })
      .optional()
      .describe("What production would go back to after the change; absent where nothing else was closed."),
    settings: z
      .array(
        z.strictObject({
          path: z.string(),
          before: z.string().describe('"the default" where nothing was written.'),
          after: z.string(),
        }),
      )
      .describe("What the change edits of the rules' settings, in policies/config.json."),
  })
  .describe("What a change of the files does to one pair of stacks.");

/** What `lockstep review --format json` prints, described in docs/review.schema.json. */
export const reviewSchema = z
  .strictObject({
    version: z.literal(1).describe("The version of this format."),
    passed: z.boolean().describe("True when nothing blocks any pair."),
    reviews: z.array(review),
  })
  .describe("The output of lockstep review --format json");

type Published = z.input<typeof reviewSchema>;

/** The reviews as one JSON document. */
export function reviewJson(reviews: readonly Review[]): string {
  const output = { version: 1, passed: reviews.every(passes), reviews } satisfies ReadonlyDeep<Published>;
  return `${JSON.stringify(output, null, 2)}\n`;
}

/** The JSON Schema of the output. */
export const reviewJsonSchema = () => z.toJSONSchema(reviewSchema);

type ReadonlyDeep<T> = T extends readonly (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T;
