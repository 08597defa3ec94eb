import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { callbackData, callbackName, formatCallbackData } from "../../gateway/callback";
import { renderGateway } from "../../gateway/render";
import { behaviourHash, files, sample } from "./sample";

const dataOf = (change: (config: ReturnType<typeof sample>) => void = () => {}) => {
  const config = sample();
  change(config);
  return callbackData(config, { behaviourHash, files });
};

describe("the callback's data", () => {
  it("says for each route what its answers have to be and what is given instead", () => {
    const { behaviour_hash, redis, routes } = dataOf();
    expect({ behaviour_hash, redis, routes }).toEqual({
      behaviour_hash: behaviourHash,
      redis: true,
      routes: {
        basic: {
          deployments: ["basic.nova-lite.1"],
          breaker: null,
          schema: null,
          fallbacks: [],
          content_policy_fallbacks: [],
        },
        chat: {
          deployments: ["chat.claude-main.1", "chat.gpt-main.1", "chat.nova-lite.2"],
          breaker: {
            invalid_responses: 3,
            window_seconds: 60,
            open_seconds: 30,
            answer: "Sorry, that did not work. Please try again in a minute.",
          },
          schema: null,
          fallbacks: ["basic"],
          content_policy_fallbacks: [],
        },
        long: {
          deployments: ["long.gpt-main.1"],
          breaker: null,
          schema: '{"type":"object","required":["total"]}\n',
          fallbacks: ["basic"],
          content_policy_fallbacks: [],
        },
      },
    });
  });

  it("says of each deployment which model it is pinned to, and whether answers tell which one gave them", () => {
    const nova = { model: "eu.amazon.nova-lite-v1:0", told: false };
    const gpt = { model: "gpt-4.1-2025-04-14", told: true };
    expect(dataOf().models).toEqual({
      "basic.nova-lite.1": { route: "basic", ...nova },
      "chat.claude-main.1": { route: "chat", model: "claude-sonnet-4-5-20250929", told: true },
      "chat.gpt-main.1": { route: "chat", ...gpt },
      "chat.nova-lite.2": { route: "chat", ...nova },
      "embedding.embedder.1": { route: "embedding/embedder", model: "text-embedding-3-small", told: true },
      "long.gpt-main.1": { route: "long", ...gpt },
    });
  });

  it("keeps the order of fallbacks, and those for refusals apart from those for a long context", () => {
    const { chat } = dataOf((config) => {
      Object.assign(config.routes.chat ?? {}, {
        fallbacks: ["long", "basic"],
        contentPolicyFallbacks: ["basic"],
        contextWindowFallbacks: ["long"],
      });
    }).routes;
    expect([chat?.fallbacks, chat?.content_policy_fallbacks]).toEqual([["long", "basic"], ["basic"]]);
  });

  it("counts in each process where there is no Redis", () => {
    expect(
      dataOf((config) => {
        config.gateway.redis = false;
      }).redis,
    ).toBe(false);
  });

  it("has what the request log is to be cleared of, by default and as declared", () => {
    expect(dataOf().redact).toEqual({ kinds: ["card", "email", "iban", "phone"], patterns: {} });
    const declared = dataOf((config) => {
      config.monitoring.redact = {
        kinds: ["ipv4", "email"],
        patterns: { ticket: "T-\\d{4}", staff: "S-\\d{3}" },
      };
    });
    expect(declared.redact).toEqual({
      kinds: ["email", "ipv4"],
      patterns: { staff: "S-\\d{3}", ticket: "T-\\d{4}" },
    });
    expect(Object.keys(declared.redact.patterns)).toEqual(["staff", "ticket"]);
  });

  it("is the same text whatever the order of routes, indented, with a newline at its end", () => {
    const text = formatCallbackData(dataOf());
    const reversed = dataOf((config) => {
      config.routes = Object.fromEntries(Object.entries(config.routes).reverse());
    });
    expect(formatCallbackData(reversed)).toBe(text);
    expect(
      text.startsWith(
        `{\n  "behaviour_hash": "${behaviourHash}",\n  "redis": true,\n  "routes": {\n    "basic": {`,
      ),
    ).toBe(true);
    expect(text.endsWith("}\n")).toBe(true);
  });

  it("is rendered with the file that names the callback's instance", () => {
    const { proxy, callbackJson } = renderGateway(sample(), { behaviourHash, files });
    expect(callbackName).toBe("lockstep_callback.breaker");
    expect(proxy.litellm_settings.callbacks).toEqual([
      "prometheus",
      "lockstep_log.requests",
      "lockstep_callback.breaker",
      "lockstep_served.served",
      "lockstep_limits.limits",
      "lockstep_headers.headers",
      "lockstep_sampled.sampled",
    ]);
    // LiteLLM makes callbacks as it comes to their key; the log's has to find its bucket then.
    const keys = Object.keys(proxy.litellm_settings);
    expect(keys.indexOf("s3_callback_params")).toBeLessThan(keys.indexOf("callbacks"));
    expect(callbackJson).toBe(formatCallbackData(dataOf()));
  });

  it("has of the shipped configuration the schema's own text, and no credential", () => {
    const { pair } = loadPair(projectFiles("."), "production");
    if (pair === undefined) throw new Error("The shipped pair cannot be read.");
    const { config, contents } = pair.production;
    const data = callbackData(config, { behaviourHash, files: contents });
    expect(data.routes["ticket-triage"]?.schema).toBe(readFileSync("tools/triage.schema.json", "utf8"));
    const text = formatCallbackData(data);
    for (const { secretName, identity } of Object.values(config.credentials)) {
      expect(text).not.toContain(secretName);
      expect(text).not.toContain(identity);
    }
    expect(text).not.toContain("os.environ/");
  });
});
