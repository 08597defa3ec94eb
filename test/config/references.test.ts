import { describe, expect, it } from "vitest";
import { loadPair } from "../../config/pair";
import { checkReferences, semanticCacheCredential } from "../../config/references";
import { formatPath, type Path } from "../../config/relation";
import type { Config } from "../../config/schema";
import { shipped } from "../shipped";

const { pair } = loadPair(shipped(), "staging");

/** The shipped staging stack with values replaced; `undefined` takes a key away. */
function edited(...edits: [Path, unknown][]): Config {
  const config = structuredClone(pair?.staging.config) as Config;
  for (const [path, value] of edits) {
    let map = config as unknown as Record<string | number, unknown>;
    for (const step of path.slice(0, -1)) map = map[step] as typeof map;
    const last = path.at(-1) ?? "";
    if (value === undefined) delete map[last];
    else map[last] = value;
  }
  return config;
}

const told = (...edits: [Path, unknown][]) =>
  checkReferences(edited(...edits)).map(({ path, found, allowed }) => [formatPath(path), found, allowed]);

const chat = "chat-large, chat-small, chat-fast, chat-in-account";
const routeNames = "support-chat, ticket-triage, economy-chat";
const large = (field: string): Path => ["models", "chat-large", field];
const inAccount = (field: string): Path => ["models", "chat-in-account", field];
const support = (...rest: Path): Path => ["routes", "support-chat", ...rest];
const economy = (...rest: Path): Path => ["routes", "economy-chat", ...rest];
const retrieval = (field: string): Path => ["behaviour", "retrieval", field];
const index = (field: string) => ["monitoring", "retrievalIndex", field];
const rerank = { ...pair?.staging.config.models["embed-documents"], kind: "rerank" };

it("the shipped pair refers to nothing that is not there", () => {
  expect(told()).toEqual([]);
});

it("a problem has a remedy of its own, or says what to correct", () => {
  expect(checkReferences(edited([large("credential"), "gemini"]))).toEqual([
    {
      path: ["models", "chat-large", "credential"],
      found: '"gemini", which is not declared',
      allowed: "one of openai, anthropic",
      remedy: "Correct models.chat-large.credential.",
    },
  ]);
  expect(
    checkReferences(edited([["gateway", "redis"], false], [["deployment", "redis"], undefined])),
  ).toEqual([
    {
      path: ["deployment", "replicas", "max"],
      found: "4 pods without Redis",
      allowed: "one pod, or gateway.redis: true",
      remedy: "Set gateway.redis to true: without it each replica counts limits and cool-downs for itself.",
    },
  ]);
  expect(
    checkReferences(edited([["gateway", "postgres"], false], [["deployment", "postgres"], undefined])),
  ).toEqual([
    {
      path: ["limits", "teams"],
      found: "limits of teams without Postgres",
      allowed: "no teams, or gateway.postgres: true",
      remedy: "Set gateway.postgres to true: the gateway keeps teams, their keys and their spend there.",
    },
  ]);
  expect(checkReferences(edited([["behaviour", "semanticCache", "enabled"], true]))).toEqual([
    {
      path: ["credentialValues"],
      found: "no semantic-cache",
      allowed: "a password of the semantic cache's own, encrypted",
      remedy:
        "Store one: pulumi config set --secret --path 'lockstep:credentialValues.semantic-cache'. LiteLLM's semantic cache knows no IAM.",
    },
  ]);
});

const cases: [string, [Path, unknown][], string[][]][] = [
  // Models.
  [
    "a model without a credential",
    [[large("credential"), undefined]],
    [["models.chat-large.credential", "nothing", "one of openai, anthropic"]],
  ],
  [
    "a credential where none is declared",
    [
      [["credentials"], {}],
      [["models"], { "chat-large": { ...pair?.staging.config.models["chat-large"] } }],
      [["routes"], {}],
      [["behaviour", "semanticCache", "embeddingModel"], "chat-large"],
      [["behaviour", "retrieval"], undefined],
      [["monitoring", "retrievalIndex"], undefined],
    ],
    [
      ["models.chat-large.credential", '"openai", which is not declared', "nothing: none is declared"],
      [
        "behaviour.semanticCache.embeddingModel",
        '"chat-large", a chat model',
        "an embedding model: nothing: none is declared",
      ],
    ],
  ],
  ["a Bedrock model without a credential", [[inAccount("credential"), undefined]], []],
  [
    "a credential of another provider",
    [[large("credential"), "anthropic"]],
    [["models.chat-large.credential", "a credential of anthropic", "a credential of openai"]],
  ],
  [
    "a Bedrock model with a provider's credential",
    [[inAccount("credential"), "openai"]],
    [["models.chat-in-account.credential", "a credential of openai", "a credential of bedrock"]],
  ],
  [
    "a credential that only an object's prototype has",
    [[large("credential"), "constructor"]],
    [["models.chat-large.credential", '"constructor", which is not declared', "one of openai, anthropic"]],
  ],
  [
    "an Azure model without an endpoint",
    [
      [large("provider"), "azure"],
      [["credentials", "openai", "provider"], "azure"],
      [["models", "chat-small", "provider"], "azure"],
      [["models", "chat-small", "apiBase"], "https://example.com"],
      [["models", "embed-documents", "provider"], "azure"],
      [["models", "embed-documents", "apiBase"], "https://example.com"],
    ],
    [["models.chat-large.apiBase", "nothing", "the URL of the Azure resource"]],
  ],
  [
    "a Bedrock model without a region",
    [[inAccount("region"), undefined]],
    [["models.chat-in-account.region", "nothing", "the region that serves the model"]],
  ],
  [
    "a Vertex model without a region",
    [
      [inAccount("provider"), "vertex"],
      [inAccount("region"), undefined],
      [inAccount("credential"), "openai"],
      [["credentials", "openai", "provider"], "vertex"],
      [large("provider"), "vertex"],
      [large("region"), "us-east-1"],
      [["models", "chat-small", "provider"], "vertex"],
      [["models", "chat-small", "region"], "us-east-1"],
      [["models", "embed-documents", "provider"], "vertex"],
      [["models", "embed-documents", "region"], "us-east-1"],
    ],
    [["models.chat-in-account.region", "nothing", "the region that serves the model"]],
  ],
  [
    "a chat model without a temperature",
    [[large("temperature"), undefined]],
    [["models.chat-large.temperature", "nothing", "a chat model's temperature"]],
  ],
  [
    "a chat model without a limit",
    [[large("maxOutputTokens"), undefined]],
    [["models.chat-large.maxOutputTokens", "nothing", "a chat model's limit"]],
  ],
  ["an output of the whole window", [[large("maxOutputTokens"), 1_050_000]], []],
  [
    "an output larger than the window",
    [[large("maxOutputTokens"), 1_050_001]],
    [["models.chat-large.maxOutputTokens", "1050001 tokens", "at most the context window, 1050000 tokens"]],
  ],
  // Routes.
  [
    "a target that is no model",
    [[support("targets", 1, "model"), "chat"]],
    [["routes.support-chat.targets[1].model", '"chat", which is no declared model', `one of ${chat}`]],
  ],
  [
    "a target that only an object's prototype has",
    [[support("targets", 1, "model"), "constructor"]],
    [["routes.support-chat.targets[1].model", '"constructor", which is no declared model', `one of ${chat}`]],
  ],
  [
    "a target that embeds",
    [[support("targets", 1, "model"), "embed-documents"]],
    [
      [
        "routes.support-chat.targets[1].model",
        '"embed-documents", an embedding model',
        `a chat model: one of ${chat}`,
      ],
    ],
  ],
  [
    "a prompt that is not declared",
    [[support("prompt"), "greeting"]],
    [
      [
        "routes.support-chat.prompt",
        '"greeting", which is not declared',
        "one of support-answer, ticket-triage",
      ],
    ],
  ],
  [
    "a route without a prompt and tools",
    [
      [support("prompt"), undefined],
      [support("tools"), undefined],
    ],
    [],
  ],
  [
    "a tool that is not declared",
    [[support("tools"), ["create-ticket", "close-ticket"]]],
    [["routes.support-chat.tools", '"close-ticket", which is not declared', "one of create-ticket"]],
  ],
  [
    "a fallback that is no route",
    [[support("fallbacks"), ["economy-chat", "cheap"]]],
    [["routes.support-chat.fallbacks[1]", '"cheap", which is no declared route', `one of ${routeNames}`]],
  ],
  [
    "a fallback to the route itself",
    [[support("fallbacks"), ["support-chat"]]],
    [["routes.support-chat.fallbacks[0]", "the route itself", "another route"]],
  ],
  [
    "a fallback back and forth",
    [[economy("fallbacks"), ["ticket-triage"]]],
    [
      [
        "routes.ticket-triage.fallbacks[0]",
        '"economy-chat", which falls back to "ticket-triage" again',
        "routes without a circle",
      ],
      [
        "routes.economy-chat.fallbacks[0]",
        '"ticket-triage", which falls back to "economy-chat" again',
        "routes without a circle",
      ],
    ],
  ],
  [
    "a fallback round three corners",
    [
      [support("contentPolicyFallbacks"), ["ticket-triage"]],
      [["routes", "ticket-triage", "contentPolicyFallbacks"], ["economy-chat"]],
      [economy("contentPolicyFallbacks"), ["support-chat"]],
    ],
    [
      [
        "routes.support-chat.contentPolicyFallbacks[0]",
        '"ticket-triage", which falls back to "support-chat" again',
        "routes without a circle",
      ],
      [
        "routes.ticket-triage.contentPolicyFallbacks[0]",
        '"economy-chat", which falls back to "ticket-triage" again',
        "routes without a circle",
      ],
      [
        "routes.economy-chat.contentPolicyFallbacks[0]",
        '"support-chat", which falls back to "economy-chat" again',
        "routes without a circle",
      ],
    ],
  ],
  [
    "fallbacks of two kinds that form no circle of one",
    [[economy("contentPolicyFallbacks"), ["support-chat"]]],
    [],
  ],
  ["two ways to one fallback", [[support("fallbacks"), ["ticket-triage", "economy-chat"]]], []],
  ["a larger window", [[["routes", "ticket-triage", "contextWindowFallbacks"], ["economy-chat"]]], []],
  [
    "a window of the same size",
    [
      [["routes", "ticket-triage", "contextWindowFallbacks"], ["economy-chat"]],
      [["models", "chat-fast", "contextWindowTokens"], 272_000],
    ],
    [
      [
        "routes.ticket-triage.contextWindowFallbacks[0]",
        '"economy-chat", whose smallest window is 272000 tokens',
        "a route whose windows are larger than 272000 tokens",
      ],
    ],
  ],
  [
    "the smallest of several windows",
    [[economy("contextWindowFallbacks"), ["support-chat"]]],
    [
      [
        "routes.economy-chat.contextWindowFallbacks[0]",
        '"support-chat", whose smallest window is 200000 tokens',
        "a route whose windows are larger than 1000000 tokens",
      ],
    ],
  ],
  [
    "a window of a model that is not declared",
    [
      [["routes", "ticket-triage", "contextWindowFallbacks"], ["economy-chat"]],
      [economy("targets", 0, "model"), "chat"],
    ],
    [["routes.economy-chat.targets[0].model", '"chat", which is no declared model', `one of ${chat}`]],
  ],
  [
    "a window of a route that is not declared",
    [[support("contextWindowFallbacks"), ["cheap"]]],
    [
      [
        "routes.support-chat.contextWindowFallbacks[0]",
        '"cheap", which is no declared route',
        `one of ${routeNames}`,
      ],
    ],
  ],
  // Behaviour.
  [
    "a semantic cache's model that chats",
    [[["behaviour", "semanticCache", "embeddingModel"], "chat-fast"]],
    [
      [
        "behaviour.semanticCache.embeddingModel",
        '"chat-fast", a chat model',
        "an embedding model: one of embed-documents",
      ],
    ],
  ],
  [
    "no retrieval",
    [
      [["behaviour", "retrieval"], undefined],
      [["monitoring", "retrievalIndex"], undefined],
    ],
    [],
  ],
  ["an index of a retrieval that is no more, or not yet", [[["behaviour", "retrieval"], undefined]], []],
  [
    "a retrieval whose index nobody looks at",
    [[["monitoring", "retrievalIndex"], undefined]],
    [["monitoring.retrievalIndex", "nothing", "where the index of behaviour.retrieval is"]],
  ],
  ["an endpoint that takes text", [[index("embed"), "search"]], []],
  [
    "an index of OpenSearch without a name, that would take text",
    [
      [index("adapter"), "opensearch"],
      [index("embed"), "search"],
    ],
    [
      ["monitoring.retrievalIndex.index", "nothing", "a name"],
      ["monitoring.retrievalIndex.embed", "search", "gateway, since the index is searched by vectors"],
    ],
  ],
  [
    "a table of Postgres",
    [
      [index("adapter"), "pgvector"],
      [index("index"), "search.chunks"],
      [index("url"), undefined],
    ],
    [],
  ],
  [
    "a table of Postgres with an address beside the secret",
    [
      [index("adapter"), "pgvector"],
      [index("index"), "search.chunks"],
      [index("secretName"), undefined],
    ],
    [
      ["monitoring.retrievalIndex.url", "a value", "none: it is in the secret"],
      ["monitoring.retrievalIndex.secretName", "nothing", "the secret with the postgres:// address"],
    ],
  ],
  [
    "a retrieval's model that is none",
    [[retrieval("embeddingModel"), "x"]],
    [["behaviour.retrieval.embeddingModel", '"x", which is no declared model', "one of embed-documents"]],
  ],
  [
    "a model that reranks, with its threshold",
    [
      [["models", "sort"], rerank],
      [retrieval("rerankModel"), "sort"],
      [retrieval("rerankThreshold"), 0.5],
    ],
    [],
  ],
  [
    "a model that does not rerank",
    [
      [retrieval("rerankModel"), "embed-documents"],
      [retrieval("rerankThreshold"), 0.5],
    ],
    [
      [
        "behaviour.retrieval.rerankModel",
        '"embed-documents", an embedding model',
        "a rerank model: nothing: none is declared",
      ],
    ],
  ],
  [
    "a reranking without a threshold",
    [
      [["models", "sort"], rerank],
      [retrieval("rerankModel"), "sort"],
    ],
    [["behaviour.retrieval.rerankThreshold", "one of rerankModel and rerankThreshold", "both or neither"]],
  ],
  [
    "a threshold without a reranking",
    [[retrieval("rerankThreshold"), 0.5]],
    [["behaviour.retrieval.rerankThreshold", "one of rerankModel and rerankThreshold", "both or neither"]],
  ],
  ["chunks that overlap by all but one token", [[retrieval("chunkOverlapTokens"), 399]], []],
  [
    "chunks that overlap whole",
    [[retrieval("chunkOverlapTokens"), 400]],
    [["behaviour.retrieval.chunkOverlapTokens", "400 tokens", "less than chunkTokens, 400"]],
  ],
  // Limits.
  ["a day's budget of a month", [[["limits", "dailyUsd"], 2_000]], []],
  [
    "a day's budget above a month's",
    [[["limits", "dailyUsd"], 2_001]],
    [["limits.dailyUsd", "2001 USD per day", "at most the monthly budget, 2000 USD"]],
  ],
  [
    "a team's day above its month",
    [[["limits", "teams", "triage", "monthlyUsd"], 14]],
    [["limits.teams.triage.dailyUsd", "15 USD per day", "at most the monthly budget, 14 USD"]],
  ],
  [
    "no threshold",
    [[["limits", "alertAtPercent"], {}]],
    [["limits.alertAtPercent", "no threshold", "at least one share of the budget"]],
  ],
  ["one threshold", [[["limits", "alertAtPercent"], { a: 50 }]], []],
  ["five thresholds", [[["limits", "alertAtPercent"], { a: 1, b: 2, c: 3, d: 4, e: 5 }]], []],
  [
    "six thresholds",
    [[["limits", "teams", "triage", "alertAtPercent"], { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }]],
    [
      [
        "limits.teams.triage.alertAtPercent",
        "6 thresholds",
        "at most five: an AWS budget has ten notifications, two for each",
      ],
    ],
  ],
  ...(
    [
      ["monthlyUsd", 2_000],
      ["dailyUsd", 100],
      ["requestsPerMinute", 120],
      ["tokensPerMinute", 200_000],
      ["concurrentRequests", 20],
    ] as const
  ).flatMap(([field, most]): [string, [Path, unknown][], string[][]][] => {
    const path: Path = ["limits", "teams", "support", field];
    return [
      [`a team's ${field} as the environment's`, [[path, most]], []],
      [
        `a team's ${field} above the environment's`,
        [[path, most + 1]],
        [[formatPath(path), String(most + 1), `at most the whole environment's, ${most}`]],
      ],
    ];
  }),
  // The gateway.
  [
    "Redis without a size",
    [[["deployment", "redis"], undefined]],
    [["deployment.redis", "nothing", "the size of the store, since gateway.redis is true"]],
  ],
  [
    "Postgres without a size",
    [[["deployment", "postgres"], undefined]],
    [["deployment.postgres", "nothing", "the size of the store, since gateway.postgres is true"]],
  ],
  [
    "a size without Redis",
    [
      [["gateway", "redis"], false],
      [["deployment", "replicas", "max"], 1],
      [["deployment", "replicas", "min"], 1],
    ],
    [["deployment.redis", "a store's size", "nothing, since gateway.redis is false"]],
  ],
  [
    "a size without Postgres",
    [
      [["gateway", "postgres"], false],
      [["limits", "teams"], {}],
    ],
    [["deployment.postgres", "a store's size", "nothing, since gateway.postgres is false"]],
  ],
  ["a first wait as long as the longest", [[["gateway", "backoff", "initialSeconds"], 2]], []],
  [
    "a first wait longer than the longest",
    [[["gateway", "backoff", "initialSeconds"], 2.5]],
    [["gateway.backoff.initialSeconds", "2.5 seconds", "at most maxSeconds, 2"]],
  ],
  ["as many pods at least as at most", [[["deployment", "replicas", "min"], 4]], []],
  [
    "more pods at least than at most",
    [[["deployment", "replicas", "min"], 5]],
    [["deployment.replicas.min", "5 pods", "at most max, 4"]],
  ],
  [
    "one pod without Redis",
    [
      [["gateway", "redis"], false],
      [["deployment", "redis"], undefined],
      [["deployment", "replicas"], { min: 1, max: 1, targetCpuPercent: 70 }],
    ],
    [],
  ],
  [
    "no teams without Postgres",
    [
      [["gateway", "postgres"], false],
      [["deployment", "postgres"], undefined],
      [["limits", "teams"], {}],
    ],
    [],
  ],
  // Who and what is stored.
  [
    "an administrator of another account",
    [
      [
        ["environment", "administrators"],
        ["arn:aws:iam::111122223333:role/a", "arn:aws:iam::444455556666:role/b"],
      ],
    ],
    [
      [
        "environment.administrators[1]",
        '"arn:aws:iam::444455556666:role/b"',
        "a role or user of the account 111122223333",
      ],
    ],
  ],
  ["a stored value of a declared credential", [[["credentialValues"], { openai: "[encrypted]" }]], []],
  [
    "a stored value of no credential",
    [[["credentialValues"], { gemini: "[encrypted]" }]],
    [["credentialValues.gemini", "a credential that is not declared", "one of openai, anthropic"]],
  ],
  [
    "the semantic cache's password",
    [
      [["credentialValues"], { "semantic-cache": "[encrypted]" }],
      [["behaviour", "semanticCache", "enabled"], true],
    ],
    [],
  ],
  [
    "the password of a semantic cache that is not enabled",
    [[["credentialValues"], { "semantic-cache": "[encrypted]" }]],
    [["credentialValues.semantic-cache", "a credential that is not declared", "one of openai, anthropic"]],
  ],
];

describe("what one value says about another", () => {
  it.each(cases)("%s", (_, edits, problems) => {
    expect(told(...edits)).toEqual(problems);
  });
});

it("the semantic cache needs a password where it is enabled and Redis keeps it", () => {
  const enabled: [Path, unknown] = [["behaviour", "semanticCache", "enabled"], true];
  expect(semanticCacheCredential(edited(enabled))).toBe("semantic-cache");
  expect(semanticCacheCredential(edited())).toBeUndefined();
  expect(semanticCacheCredential(edited(enabled, [["gateway", "redis"], false]))).toBeUndefined();
});

it("names twenty of many, and counts the others", () => {
  const models = Object.fromEntries(
    Array.from({ length: 1_025 }, (_, index) => [`m${index}`, pair?.staging.config.models["chat-large"]]),
  );
  const [[, found, allowed] = []] = told(
    [["models"], { ...pair?.staging.config.models, ...models }],
    [support("targets", 0, "model"), "nobody"],
  );
  expect(found).toBe('"nobody", which is no declared model');
  expect(allowed).toMatch(/^one of chat-large, (?:[\w-]+, ){18}m15 and 1,009 more$/);
});
