import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { behaviourHash as hashOf } from "../../config/hash";
import { GatewayProblems } from "../../gateway/problems";
import { renderGateway } from "../../gateway/render";
import { formatProxy, parseProxy } from "../../gateway/yaml";
import { version } from "../../package.json";
import { behaviourHash, files, sample } from "./sample";

/** The versions that promise the same output for the same values: those of one major version, before 1.0 of one minor. */
const [major, minor] = version.split(".");
const golden = new URL(`./golden/v${major === "0" ? `0.${minor}` : major}/`, import.meta.url);
const render = (change: (config: ReturnType<typeof sample>) => void = () => {}) => {
  const config = sample();
  change(config);
  return renderGateway(config, { behaviourHash, files });
};
const problems = (change: (config: ReturnType<typeof sample>) => void) => {
  try {
    render(change);
  } catch (error) {
    if (error instanceof GatewayProblems) return error.problems;
    throw error;
  }
  return [];
};
/** What is sent for a deployment, by the deployment's id. */
const params = (rendered: ReturnType<typeof render>, id: string): Record<string, unknown> =>
  rendered.proxy.model_list.find(({ model_info }) => model_info.id === id)?.litellm_params ?? {};

describe("the rendered file", () => {
  // What is rendered is part of the behaviour that evidence is about, so the same values have to give the same
  // output, and the same hash, until the next major version. A golden file that is not there is written, once, to
  // be read and committed.
  it.each([
    ["proxy.yaml", () => render().proxyYaml],
    ["callback.txt", () => render().callbackJson],
    ["environment.json", () => `${JSON.stringify(render().env, null, 2)}\n`],
    ["behaviourHash.txt", () => `${hashOf(sample(), files)}\n`],
  ])("is for this major version the golden one: %s", (name, output) => {
    const file = new URL(name, golden);
    mkdirSync(golden, { recursive: true });
    if (!existsSync(file)) {
      writeFileSync(file, output());
      expect.fail(`${name} was written for this version: read it and commit it.`);
    }
    expect(output()).toBe(readFileSync(file, "utf8"));
  });

  it("does not depend on the order of routes, targets and credentials in the stack's file", () => {
    const reversed = render((config) => {
      config.routes = Object.fromEntries(Object.entries(config.routes).reverse());
      config.credentials = Object.fromEntries(Object.entries(config.credentials).reverse());
      config.routes.chat?.targets.reverse();
    });
    expect(reversed.proxyYaml).toBe(render().proxyYaml);
    expect(reversed.secretEnv).toEqual(render().secretEnv);
  });

  it("holds no credential, only the names of variables that are set elsewhere", () => {
    const { proxyYaml, env, secretEnv, runtimeEnv } = render();
    const used = [...new Set([...proxyYaml.matchAll(/os\.environ\/(\w+)/g)].map((match) => match[1]))];
    expect(used.sort()).toEqual([
      "LITELLM_MASTER_KEY",
      "LOCKSTEP_CREDENTIAL_ANTHROPIC_MAIN",
      "LOCKSTEP_CREDENTIAL_OPENAI_MAIN",
      "REDIS_HOST",
      "REDIS_PORT",
    ]);
    const set = new Set([...Object.keys(env), ...Object.keys(secretEnv), ...runtimeEnv]);
    expect(used.filter((name) => !set.has(name ?? ""))).toEqual([]);
  });

  it("gives the back-off to LiteLLM, which takes it from its environment only", () => {
    expect(render().env).toEqual({
      INITIAL_RETRY_DELAY: "0.05",
      JITTER: "0.05",
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      LITELLM_LOG: "ERROR",
      LITELLM_MODE: "PRODUCTION",
      MAX_RETRY_DELAY: "0.4",
      REDIS_PORT: "6379",
      REDIS_SSL: "True",
      STORE_MODEL_IN_DB: "False",
    });
    expect(
      render(
        (config) =>
          Object.assign(config.gateway, { redis: false, postgres: false }) &&
          Object.assign(config.limits, { teams: {} }) &&
          Object.assign(config.deployment.replicas, { min: 1, max: 1 }),
      ).runtimeEnv,
    ).toEqual(["LITELLM_MASTER_KEY"]);
  });

  it("asks for the database's place with Postgres, which does not override the file", () => {
    const { runtimeEnv, env, proxy } = render();
    expect(runtimeEnv.filter((name) => name.startsWith("DATABASE_"))).toEqual([
      "DATABASE_HOST",
      "DATABASE_NAME",
      "DATABASE_PASSWORD",
      "DATABASE_USERNAME",
    ]);
    expect(env.STORE_MODEL_IN_DB).toBe("False");
    expect(proxy.general_settings).toMatchObject({
      store_model_in_db: false,
      store_prompts_in_spend_logs: false,
    });
  });
});

describe("the limits of a deployment", () => {
  const limits = (id: string, change?: Parameters<typeof render>[0]) => {
    const { rpm, tpm, max_parallel_requests } = params(render(change), id);
    return { rpm, tpm, max_parallel_requests };
  };

  it("are the environment's for the only target of an order, and its share by weight among several", () => {
    expect(limits("basic.nova-lite.1")).toEqual({ rpm: 100, tpm: 100_000, max_parallel_requests: 5 });
    expect(limits("chat.gpt-main.1")).toEqual({ rpm: 75, tpm: 75_000, max_parallel_requests: 5 });
    expect(limits("chat.claude-main.1")).toEqual({ rpm: 25, tpm: 25_000, max_parallel_requests: 5 });
    expect(limits("chat.nova-lite.2")).toEqual({ rpm: 100, tpm: 100_000, max_parallel_requests: 5 });
  });

  it("never come to zero, which LiteLLM would take for none", () => {
    const heavy = limits("chat.claude-main.1", (config) => {
      config.limits.requestsPerMinute = 1;
      Object.assign(config.routes.chat?.targets[0] ?? {}, { weight: 1_000 });
    });
    expect(heavy.rpm).toBe(1);
  });

  it("split concurrency among the most replicas, so that all together stay below", () => {
    const { proxy } = render((config) => Object.assign(config.deployment.replicas, { max: 3 }));
    expect(proxy.general_settings.max_in_flight_requests_per_worker).toBe(6);
  });
});

describe("a target", () => {
  it("waits the shortest of the route's, the model's and the deadline's time", () => {
    const timeouts = (change?: Parameters<typeof render>[0]) => {
      const { timeout, stream_timeout } = params(render(change), "chat.gpt-main.1");
      return { timeout, stream_timeout };
    };
    expect(timeouts()).toEqual({ timeout: 20, stream_timeout: 5 });
    expect(
      timeouts((config) => Object.assign(config.models["gpt-main"] ?? {}, { timeoutSeconds: 3 })),
    ).toEqual({
      timeout: 3,
      stream_timeout: 3,
    });
    expect(timeouts((config) => Object.assign(config.routes.chat ?? {}, { deadlineSeconds: 2 }))).toEqual({
      timeout: 2,
      stream_timeout: 2,
    });
    const undeclared = timeouts((config) => {
      for (const field of ["timeoutSeconds", "streamTimeoutSeconds", "deadlineSeconds"] as const) {
        delete config.routes.chat?.[field];
        if (field === "timeoutSeconds") delete config.models["gpt-main"]?.[field];
      }
    });
    expect(undeclared).toEqual({ timeout: 600, stream_timeout: 600 });
  });

  it.each([
    ["openai", {}, { model: "openai/m", api_key: "os.environ/LOCKSTEP_CREDENTIAL_K" }],
    ["anthropic", {}, { model: "anthropic/m", api_key: "os.environ/LOCKSTEP_CREDENTIAL_K" }],
    ["bedrock", { region: "eu-west-1" }, { model: "bedrock/m", aws_region_name: "eu-west-1" }],
    [
      "vertex",
      { region: "europe-west1" },
      {
        model: "vertex_ai/m",
        vertex_credentials: "os.environ/LOCKSTEP_CREDENTIAL_K",
        vertex_project: "project-1",
        vertex_location: "europe-west1",
      },
    ],
    [
      "azure",
      { apiBase: "https://a.example.com" },
      {
        model: "azure/m",
        api_key: "os.environ/LOCKSTEP_CREDENTIAL_K",
        api_base: "https://a.example.com",
        api_version: "2025-02-01-preview",
      },
    ],
    ["huggingface", {}, { model: "huggingface/m", api_key: "os.environ/LOCKSTEP_CREDENTIAL_K" }],
  ] as const)(
    "of %s is called with its prefix and by reference to its credential",
    (provider, extra, expected) => {
      const rendered = render((config) => {
        config.credentials = {
          k: { provider, secretName: "llm/staging/k", identity: "project-1", maxAgeDays: 9 },
        };
        for (const model of Object.values(config.models))
          Object.assign(model, { provider: "openai", credential: "k" });
        const model = config.models["gpt-main"];
        if (model === undefined) throw new Error("The sample has no gpt-main.");
        delete model.temperature;
        delete model.maxOutputTokens;
        delete model.seed;
        Object.assign(model, { provider, modelId: "m" }, extra);
      });
      const {
        order,
        weight,
        timeout,
        stream_timeout,
        max_retries,
        rpm,
        tpm,
        max_parallel_requests,
        ...call
      } = params(rendered, "long.gpt-main.1");
      expect(call).toEqual(expected);
      expect(max_retries).toBe(0);
    },
  );
});

describe("the semantic cache", () => {
  it("is off, or Valkey's with the declared similarity and the embedding model's own group", () => {
    expect(render().proxy.litellm_settings.cache).toBe(false);
    const { proxy, runtimeEnv } = render((config) =>
      Object.assign(config.behaviour.semanticCache, { enabled: true }),
    );
    expect(proxy.litellm_settings.cache_params).toEqual({
      type: "valkey-semantic",
      mode: "default_on",
      host: "os.environ/REDIS_HOST",
      port: "os.environ/REDIS_PORT",
      password: "os.environ/VALKEY_PASSWORD",
      ssl: true,
      similarity_threshold: 0.95,
      ttl: 600,
      valkey_semantic_cache_embedding_model: "embedding/embedder",
      supported_call_types: ["completion", "acompletion"],
    });
    expect(runtimeEnv).toContain("VALKEY_PASSWORD");
  });
});

describe("what LiteLLM would drop or misread is refused, all at once", () => {
  it("passes the sample", () => expect(problems(() => {})).toEqual([]));

  it("names every reference that leads nowhere, with its path", () => {
    const found = problems((config) => {
      config.routes.chat?.fallbacks.push("missing", "chat");
      config.routes.long?.contextWindowFallbacks.push("nowhere");
      config.routes.basic?.targets.push({ model: "ghost", order: 2, weight: 1 });
      Object.assign(config.routes.basic ?? {}, {
        prompt: "lost",
        tools: ["hammer"],
        responseSchema: "no/file.json",
      });
      Object.assign(config.models["gpt-main"] ?? {}, { credential: "gone" });
      delete config.models["claude-main"]?.credential;
      config.behaviour.semanticCache.embeddingModel = "none";
    });
    expect(found).toEqual([
      { path: "routes.chat.fallbacks[1]", reason: '"missing" is no declared route' },
      { path: "routes.chat.fallbacks[2]", reason: "is the route itself" },
      { path: "routes.basic.targets[1].model", reason: '"ghost" is no declared model' },
      { path: "routes.basic.prompt", reason: '"lost" is no declared prompt' },
      { path: "routes.basic.tools[0]", reason: '"hammer" is no declared tool' },
      { path: "routes.basic.responseSchema", reason: 'the content of "no/file.json" is not given' },
      { path: "routes.long.contextWindowFallbacks[0]", reason: '"nowhere" is no declared route' },
      { path: "models.gpt-main.credential", reason: '"gone" is no declared credential' },
      { path: "models.claude-main.credential", reason: "a model of anthropic needs a credential" },
      { path: "behaviour.semanticCache.embeddingModel", reason: '"none" is no declared model' },
    ]);
  });

  it("does not take an inherited property for a declared route", () => {
    expect(problems((config) => config.routes.chat?.fallbacks.push("constructor"))).toEqual([
      { path: "routes.chat.fallbacks[1]", reason: '"constructor" is no declared route' },
    ]);
  });

  it("takes a model twice at different orders, not at the same", () => {
    const add = (order: number) => (config: ReturnType<typeof sample>) =>
      config.routes.basic?.targets.push({ model: "nova-lite", order, weight: 1 });
    expect(problems(add(2))).toEqual([]);
    expect(problems(add(1))).toEqual([
      { path: "routes.basic.targets[1]", reason: '"nova-lite" stands twice at order 1; add up the weights' },
    ]);
  });

  it("takes several replicas with Redis only, and no fewer requests than replicas", () => {
    const scale =
      (redis: boolean, max: number, concurrent: number) => (config: ReturnType<typeof sample>) => {
        config.gateway.redis = redis;
        Object.assign(config.deployment.replicas, { min: 1, max });
        config.limits.concurrentRequests = concurrent;
      };
    expect(problems(scale(true, 4, 4))).toEqual([]);
    expect(problems(scale(false, 1, 1))).toEqual([]);
    expect(problems(scale(false, 2, 1)).map(({ path }) => path)).toEqual([
      "deployment.replicas.max",
      "limits.concurrentRequests",
    ]);
  });

  it("takes limits of teams with Postgres only, where LiteLLM keeps teams and keys", () => {
    const state = (postgres: boolean, teams: "kept" | "none") => (config: ReturnType<typeof sample>) => {
      config.gateway.postgres = postgres;
      if (teams === "none") config.limits.teams = {};
    };
    expect(problems(state(true, "kept"))).toEqual([]);
    expect(problems(state(false, "none"))).toEqual([]);
    expect(problems(state(false, "kept"))).toEqual([
      {
        path: "limits.teams",
        reason: "needs gateway.postgres: keys, budgets and limits of teams are kept there",
      },
    ]);
  });

  it("lets no text through that LiteLLM would replace by one of its variables", () => {
    const answer = (text: string) => (config: ReturnType<typeof sample>) =>
      Object.assign(config.routes.chat?.breaker ?? {}, { answer: text });
    expect(problems(answer("See os.environ/LITELLM_MASTER_KEY"))).toEqual([]);
    expect(problems(answer("os.environ/LITELLM_MASTER_KEY")).map(({ path }) => path)).toEqual([
      "routes.chat.breaker.answer",
    ]);
  });
});

describe("the YAML", () => {
  it("survives YAML 1.1, where `no` is false, `3e-7` a string and `1:30` a number", () => {
    const proxy = {
      model_list: [
        {
          model_name: "no",
          litellm_params: {
            model: "on",
            api_key: "1_000",
            api_base: "1:30",
            timeout: 1e-7,
            rpm: 0,
            weight: 12,
          },
          model_info: { id: "0x1f", description: "yes: # no" },
        },
      ],
      router_settings: { fallbacks: [{ no: ["off", "~", "null", "010"] }] },
      litellm_settings: {},
      general_settings: {},
    };
    const text = formatProxy(proxy);
    expect(text).toContain('model_name: "no"');
    expect(text).toContain("timeout: 1.0e-7");
    expect(parseProxy(text)).toEqual({ proxy });
  });

  it("is read back as it was written", () => {
    const { proxy, proxyYaml } = render();
    expect(parseProxy(proxyYaml)).toEqual({ proxy });
  });

  it.each([
    ["no map", "- a", ["The file is no map of sections."]],
    [
      "an unknown section",
      "environment_variables: {A: b}",
      ['The section "environment_variables" is not written by us.'],
    ],
    ["a model list that is none", "model_list: 3", ["model_list is no list."]],
    [
      "a deployment without a model",
      "model_list: [{model_name: a}]",
      ["model_list[0] lacks model_name or litellm_params.model."],
    ],
    ["a section that is a list", "router_settings: []", ["router_settings is no map."]],
    [
      "full of aliases",
      "router_settings: &a {}\nlitellm_settings: *a",
      [expect.stringContaining("The file cannot be read")],
    ],
    [
      "a key twice",
      "router_settings: {}\nrouter_settings: {}",
      [expect.stringContaining("Map keys must be unique")],
    ],
  ])("is not read when it is %s", (_, yaml, expected) => {
    expect(parseProxy(yaml)).toEqual({ problems: expected });
  });
});
