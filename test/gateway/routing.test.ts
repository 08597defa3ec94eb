import { describe, expect, it } from "vitest";
import type { ProxyConfig } from "../../gateway/litellm";
import { renderGateway } from "../../gateway/render";
import { compareRouting, declaredRouting, routingOf } from "../../gateway/routing";
import { parseProxy } from "../../gateway/yaml";
import { behaviourHash, files, sample } from "./sample";

const rendered = () => renderGateway(sample(), { behaviourHash, files });

/** What the comparison says after somebody has changed the provisioned file or environment. */
function found(
  change: (proxy: ProxyConfig, env: Record<string, string>) => void,
): [path: string, declared: unknown, provisioned: unknown][] {
  const { proxyYaml, env } = rendered();
  const parsed = parseProxy(proxyYaml);
  if (!("proxy" in parsed)) throw new Error(parsed.problems.join());
  change(parsed.proxy, env);
  return compareRouting(declaredRouting(sample(), files), routingOf(parsed.proxy, env)).map(
    ({ path, declared, provisioned }) => [path, declared, provisioned],
  );
}

const deployment = (proxy: ProxyConfig, id: string) => {
  const entry = proxy.model_list.find(({ model_info }) => model_info.id === id);
  if (entry === undefined) throw new Error(`There is no ${id}.`);
  return entry;
};

describe("the routing of a rendered file", () => {
  it("reads as it is declared", () => {
    const chat = routingOf(rendered().proxy, {}).routes.chat;
    expect(chat?.targets.map(({ model, order, weight }) => [model, order, weight])).toEqual([
      ["anthropic/claude-sonnet-4-5-20250929", 1, 1],
      ["openai/gpt-4.1-2025-04-14", 1, 3],
      ["bedrock/eu.amazon.nova-lite-v1:0", 2, 1],
    ]);
    expect(chat?.retries).toEqual({
      ...sample().routes.chat?.retries,
      other: sample().routes.chat?.retries.serverError,
    });
    expect(chat?.targets[0]?.allowedFails).toEqual({
      ...sample().routes.chat?.coolDown.allowedFails,
      badGateway: sample().routes.chat?.coolDown.allowedFails.serverError,
    });
    expect(chat).toMatchObject({
      fallbacks: ["basic"],
      contextWindowFallbacks: ["long"],
      contentPolicyFallbacks: [],
    });
    expect(chat?.targets[1]).toMatchObject({
      timeoutSeconds: 20,
      streamTimeoutSeconds: 5,
      sdkRetries: 0,
      coolDownSeconds: 30,
      breaker: { invalid_responses: 3, window_seconds: 60, open_seconds: 30 },
      parameters: { temperature: 0.2, max_tokens: 2000, seed: 7, rpm: 75 },
    });
  });

  it("has no difference to the declared one, after it went through YAML, in any order of entries", () => {
    expect(found(() => {})).toEqual([]);
    expect(found((proxy) => proxy.model_list.reverse())).toEqual([]);
    expect(found((proxy) => proxy.router_settings.fallbacks?.reverse())).toEqual([]);
  });

  it("is the same wherever the stores are and whoever holds the keys", () => {
    const places = {
      REDIS_HOST: "cache.example.com",
      DATABASE_HOST: "db.example.com",
      AWS_REGION: "eu-central-1",
      LITELLM_MASTER_KEY: "set elsewhere",
      LOCKSTEP_CREDENTIAL_OPENAI_MAIN: "set elsewhere",
    };
    expect(found((_, env) => Object.assign(env, places))).toEqual([]);
    expect(found((_, env) => Object.assign(env, { JITTER: "0.050" }))).toEqual([]);
  });
});

describe("a difference is found", () => {
  it.each<[string, Parameters<typeof found>[0], ReturnType<typeof found>]>([
    [
      "in a retry",
      ({ router_settings }) =>
        Object.assign(router_settings.model_group_retry_policy?.chat ?? {}, { TimeoutErrorRetries: 4 }),
      [["routes.chat.retries.timeout", 1, 4]],
    ],
    [
      "in a retry that is left out: LiteLLM's default, whatever it is",
      ({ router_settings }) => delete router_settings.model_group_retry_policy?.chat?.DefaultRetries,
      [["routes.chat.retries.other", 2, null]],
    ],
    [
      "in a time-out",
      (proxy) => delete deployment(proxy, "chat.gpt-main.1").litellm_params.timeout,
      [["routes.chat.targets[1].timeoutSeconds", 20, null]],
    ],
    [
      "in the provider's own retries",
      (proxy) => Object.assign(deployment(proxy, "chat.gpt-main.1").litellm_params, { max_retries: 2 }),
      [["routes.chat.targets[1].sdkRetries", 0, 2]],
    ],
    [
      "in the model that is called",
      (proxy) =>
        Object.assign(deployment(proxy, "long.gpt-main.1").litellm_params, { model: "openai/gpt-4.1" }),
      [["routes.long.targets[0].model", "openai/gpt-4.1-2025-04-14", "openai/gpt-4.1"]],
    ],
    [
      "in a parameter that nobody declared",
      (proxy) =>
        Object.assign(deployment(proxy, "long.gpt-main.1").litellm_params, { mock_response: "hello" }),
      [["routes.long.targets[0].parameters.mock_response", undefined, "hello"]],
    ],
    [
      "in the cool-down of a deployment",
      (proxy) => delete deployment(proxy, "basic.nova-lite.1").model_info.cooldown_time,
      [["routes.basic.targets[0].coolDownSeconds", 60, null]],
    ],
    [
      "in the breaker",
      (proxy) =>
        Object.assign(
          (deployment(proxy, "chat.gpt-main.1").model_info.lockstep as { breaker: object }).breaker,
          {
            invalid_responses: 30,
          },
        ),
      [["routes.chat.targets[1].breaker.invalid_responses", 3, 30]],
    ],
    [
      "in the order of fallbacks",
      ({ router_settings }) => router_settings.fallbacks?.splice(1, 1, { chat: ["long", "basic"] }),
      [["routes.chat.fallbacks", ["basic"], ["long", "basic"]]],
    ],
    [
      "in a fallback that is said twice, of which LiteLLM takes the first",
      ({ router_settings }) => router_settings.fallbacks?.unshift({ chat: [] }),
      [["routes.chat.fallbacks", ["basic"], []]],
    ],
    [
      "in a fallback for all, in a setting of its own",
      ({ router_settings }) => Object.assign(router_settings, { default_fallbacks: ["basic"] }),
      [["router.default_fallbacks", undefined, ["basic"]]],
    ],
    [
      "in the same, in the other section that LiteLLM reads it from",
      ({ litellm_settings }) => Object.assign(litellm_settings, { default_fallbacks: ["basic"] }),
      [["settings.default_fallbacks", undefined, ["basic"]]],
    ],
    [
      "in switched-off cool-downs",
      ({ router_settings }) => Object.assign(router_settings, { disable_cooldowns: true }),
      [["router.disable_cooldowns", false, true]],
    ],
    [
      "in the back-off, which is in the environment",
      (_, env) => Object.assign(env, { MAX_RETRY_DELAY: "8" }),
      [["environment.MAX_RETRY_DELAY", 0.4, 8]],
    ],
    [
      "in a default that a variable overrides",
      (_, env) => Object.assign(env, { ROUTER_MAX_FALLBACKS: "0" }),
      [["environment.ROUTER_MAX_FALLBACKS", undefined, 0]],
    ],
    [
      "in a request log that is written elsewhere",
      (_, env) => Object.assign(env, { LOCKSTEP_REQUEST_LOG_FOLDER: "/tmp" }),
      [["environment.LOCKSTEP_REQUEST_LOG_FOLDER", undefined, "/tmp"]],
    ],
    [
      "in a back-off that is gone",
      (_, env) => delete env.INITIAL_RETRY_DELAY,
      [["environment.INITIAL_RETRY_DELAY", 0.05, undefined]],
    ],
  ])("%s", (_, change, expected) => expect(found(change)).toEqual(expected));

  it("in a whole route that is missing or was added", () => {
    const missing = found((proxy) => {
      proxy.model_list = proxy.model_list.filter(({ model_name }) => model_name !== "long");
    });
    expect(missing).toEqual([["routes.long.targets[0]", expect.objectContaining({ order: 1 }), undefined]]);
    const added = found((proxy) => {
      proxy.model_list.push({ model_name: "secret", litellm_params: { model: "openai/x" }, model_info: {} });
    });
    expect(added).toEqual([["routes.secret", undefined, expect.objectContaining({ fallbacks: null })]]);
  });

  it("in a credential, without showing it", () => {
    const literal = "value-of-a-credential";
    const differences = found((proxy) =>
      Object.assign(deployment(proxy, "long.gpt-main.1").litellm_params, { api_key: literal }),
    );
    expect(differences).toEqual([
      [
        "routes.long.targets[0].parameters.api_key",
        "os.environ/LOCKSTEP_CREDENTIAL_OPENAI_MAIN",
        "a literal value",
      ],
    ]);
    const { general_settings } = rendered().proxy;
    const routing = routingOf(
      { ...rendered().proxy, general_settings: { ...general_settings, master_key: literal } },
      {},
    );
    expect(JSON.stringify(routing)).not.toContain(literal);
  });
});
