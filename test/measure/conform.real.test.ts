import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Pair } from "../../config/pair";
import type { Config } from "../../config/schema";
import type { RenderedGateway } from "../../gateway/render";
import { type FaultName, requiredFaults } from "../../lifecycle/kinds/routing";
import { type Conformance, conform } from "../../measure/conform/conform";
import type { RawTraces } from "../../measure/conform/evidence";
import { pathText } from "../../measure/conform/path";
import { type Change, withBoth, withStarted } from "../../measure/conform/side";
import { configOf, pairOf } from "../components/shippedEnvironment";
import { litellm, litellmInstalled, sayIfSkipped, skippedNote } from "../gateway/litellmEnvironment";
import { lockstep, projectCopy } from "../project";
import type { Edit } from "../shipped";

sayIfSkipped("staging's and production's gateways were not compared.");

/** Below, a busy machine's own delays would decide what is remembered and what forgotten. */
const timeScale = 0.15;

/** The shipped breakers stay open for up to two minutes, and after each fault that opens them all wait for their end. */
const closingSoon: Edit = (entries) => ({
  ...entries,
  "Pulumi.yaml": (entries["Pulumi.yaml"] ?? "").replace(/^( +openSeconds:) \d+$/gm, "$1 40"),
});

interface Told {
  passed: boolean;
  differences: unknown[];
  written: string[];
}

function compared(
  { staging, production }: Pair,
  { faults, change }: { faults: readonly FaultName[]; change: Change },
): Promise<Conformance> {
  return withBoth(
    (use) => withStarted({ environment: "staging", stack: staging, litellm, timeScale }, use),
    (use) => withStarted({ environment: "production", stack: production, litellm, timeScale, change }, use),
    (one, other) => conform(one, other, { timeScale, faults }),
  );
}

const route = (config: Config, name: string) => {
  const found = config.routes[name];
  if (found === undefined) throw new Error(`There is no route ${name}.`);
  return found;
};

describe.skipIf(!litellmInstalled)(`two real gateways${skippedNote}`, () => {
  it("of the shipped pair do the same under every fault, which is evidence for a release", async () => {
    const copy = projectCopy([closingSoon]);
    try {
      const run = (...args: string[]) => lockstep(args, copy.dir);
      const scaled = ["conform", "--time-scale", "0.15", "--release", "initial", "--json"];
      const { code, stdout, stderr } = await run(...scaled);
      expect(stderr).toBe("");
      const told = JSON.parse(stdout) as Told;
      expect(told.differences).toEqual([]);
      expect(code).toBe(0);
      expect(told).toMatchObject({
        passed: true,
        behaviourHash: pairOf(closingSoon).production.behaviourHash,
        litellm: "1.106.2",
        faults: requiredFaults,
        routes: ["support-chat", "ticket-triage", "economy-chat"],
      });
      const [statement = "", rawFile = ""] = told.written;
      expect((await run("evidence", "verify", statement)).code).toBe(0);
      const raw = JSON.parse(readFileSync(join(copy.dir, rawFile), "utf8")) as RawTraces;
      const first = requiredFaults.map((fault) => {
        const one = raw.traces.production.find(
          (seen) => seen.fault === fault && seen.route === "ticket-triage",
        );
        return one === undefined ? "" : `${fault}: ${pathText("ticket-triage", one.calls)}: ${one.client}`;
      });
      expect(first).toEqual([
        "429: chat-small ×3, then chat-fast of economy-chat: 200",
        "429 with retry-after: chat-small ×3, then chat-fast of economy-chat: 200",
        "500: chat-small ×2, then chat-fast of economy-chat: 200",
        "503: chat-small ×2, then chat-fast of economy-chat: 200",
        "timeout: chat-small ×2, then chat-fast of economy-chat: 200",
        "slow first token: chat-small, then chat-fast of economy-chat: 200",
        "truncated JSON: chat-small ×2, then chat-fast of economy-chat: 200",
        "stream cut off: chat-small: 200, the stream ends in an error 502",
        "connection refused: chat-fast of economy-chat: 200",
        "401: chat-small, then chat-fast of economy-chat: 200",
        "context overflow: chat-small: 400 invalid_request_error",
        "invalid answers: chat-small, then chat-fast of economy-chat: 200, breaker invalid, answered by economy-chat",
        "all targets down: none: 500 internal_server_error",
      ]);
    } finally {
      copy.remove();
    }
  }, 240_000);

  it("are found out where production retries once less, falls back in another order, or never cools down", async () => {
    const { differences } = await compared(twoFallbacks(), {
      faults: ["500"],
      change: (rendered) => cooledNever(swapped(fewer(rendered))),
    });
    expect(differences.map((one) => `${one.route}: ${one.difference}`)).toEqual([
      "support-chat: request 1: staging 200 after chat-large ×3, then chat-in-account; production 200 after chat-large ×2, then chat-in-account",
      "ticket-triage: request 1: staging 200 after chat-small ×2, then chat-fast of economy-chat; production 200 after chat-small ×2, then chat-large of support-chat",
      "economy-chat: afterwards, request 1: staging 429 all_deployments_in_cooldown after chat-fast; production 500 internal_server_error after chat-fast ×2",
    ]);
  }, 120_000);

  it("are found out where only one has the breaker and the back-off", async () => {
    const { differences } = await compared(shortBreakers(), {
      faults: ["truncated JSON", "invalid answers"],
      change: (rendered) => withoutBackoff(withoutBreaker(rendered)),
    });
    const found = differences.map((one) => `${one.route}, ${one.fault}: ${one.difference}`);
    expect(found).toContain(
      "economy-chat, invalid answers: request 1: staging 200, breaker invalid, the declared answer after chat-fast; production 200 with another answer after chat-fast",
    );
    expect(found).toContain(
      "ticket-triage, invalid answers: request 1: staging 200, breaker invalid, answered by economy-chat after chat-small, then chat-fast of economy-chat; production 200 with another answer after chat-small",
    );
    const waits = (name: string) =>
      found.filter((text) => text.startsWith(`${name}, truncated JSON: from `)).length;
    expect([waits("ticket-triage"), waits("economy-chat")]).toEqual([1, 1]);
    // While another target is healthy LiteLLM does not wait.
    expect(waits("support-chat")).toBe(0);
  }, 120_000);
});

function changedPair(change: (config: Config) => void): Pair {
  const { staging, production } = pairOf();
  const changed = (stack: Pair["staging"]) => {
    const config = configOf(stack);
    change(config);
    return { ...stack, config };
  };
  return { ...pairOf(), staging: changed(staging), production: changed(production) };
}

const twoFallbacks = () =>
  changedPair((config) => {
    route(config, "ticket-triage").fallbacks = ["economy-chat", "support-chat"];
  });

const shortBreakers = () =>
  changedPair((config) => {
    for (const { breaker } of Object.values(config.routes)) if (breaker) breaker.openSeconds = 10;
  });

const withRouter = (
  rendered: RenderedGateway,
  change: (router: RenderedGateway["proxy"]["router_settings"]) => void,
): RenderedGateway => {
  const { router_settings } = structuredClone(rendered.proxy);
  change(router_settings);
  return { ...rendered, proxy: { ...rendered.proxy, router_settings } };
};

const fewer = (rendered: RenderedGateway) =>
  withRouter(rendered, ({ model_group_retry_policy }) => {
    const policy = model_group_retry_policy?.["support-chat"] ?? {};
    policy.InternalServerErrorRetries = 1;
  });

const swapped = (rendered: RenderedGateway) =>
  withRouter(rendered, ({ fallbacks }) => {
    for (const entry of fallbacks ?? []) entry["ticket-triage"]?.reverse();
  });

/** What LiteLLM's documentation suggests, and what has no effect: the router's own settings. */
const cooledNever = (rendered: RenderedGateway): RenderedGateway => ({
  ...rendered,
  proxy: {
    ...rendered.proxy,
    model_list: rendered.proxy.model_list.map((deployment) => {
      if (deployment.model_name !== "economy-chat") return deployment;
      const { allowed_fails_policy: _policy, cooldown_time: _time, ...model_info } = deployment.model_info;
      return { ...deployment, model_info };
    }),
  },
});

const withoutBreaker = (rendered: RenderedGateway): RenderedGateway => ({
  ...rendered,
  proxy: {
    ...rendered.proxy,
    litellm_settings: { ...rendered.proxy.litellm_settings, callbacks: ["prometheus"] },
  },
});

const withoutBackoff = (rendered: RenderedGateway): RenderedGateway => ({
  ...rendered,
  env: Object.fromEntries(
    Object.entries(rendered.env).filter(
      ([name]) => !/^(INITIAL_RETRY_DELAY|MAX_RETRY_DELAY|JITTER)$/.test(name),
    ),
  ),
});
