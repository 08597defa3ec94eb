import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256, short } from "../../config/hash";
import type { AuditOptions, Sources } from "../../measure/drift/audit";
import { areas as allAreas } from "../../measure/drift/difference";
import type { LastAudit } from "../../measure/drift/since";
import { pairOf } from "../components/shippedEnvironment";
import { root } from "../project";
import { audited, type Planted, told } from "./audited";
import { type ExportedStack, resource } from "./deployed";

const { staging } = pairOf();

/** The list of deployments in the gateway's file of the literal state, with a text replaced. */
const inFile = (state: ExportedStack, from: string, to: string) => {
  const { data } = resource(state, "-gateway-config").inputs;
  const parts = (data["config.yaml"] as string).split(from);
  expect(parts.length, from).toBeGreaterThan(1);
  data["config.yaml"] = parts.join(to);
};

describe("what is deployed as it is declared", () => {
  it("has no difference, and passes where everything was looked at", () => {
    const found = audited();
    expect(told(found)).toEqual([]);
    expect(
      found.measured.results.areas?.flatMap(({ area, notAudited }) =>
        notAudited.map((why) => `${area}: ${why}`),
      ),
    ).toEqual([]);
    expect(found.measured.results.audited).toEqual({ prompts: 2, models: 5, policies: 1 });
    expect(found.measured.inconclusive).toEqual([]);
    expect(found.passed).toBe(true);
  });

  it("is told with how many values were compared", () => {
    const { areas = [] } = audited().measured.results;
    expect(Object.fromEntries(areas.map(({ area, compared }) => [area, compared]))).toMatchObject({
      policies: 5,
      secrets: 2,
      index: 1,
      exceptions: 0,
      evidence: 1,
    });
    for (const { area, compared } of areas)
      if (area !== "exceptions") expect(compared, area).toBeGreaterThan(0);
  });
});

const chat = "support-chat.chat-large.1";
const { modelId } = staging.config.models["chat-large"] ?? { modelId: "" };
const promptFile = staging.config.behaviour.prompts["support-answer"]?.file ?? "";
const promptDigest = short(sha256(staging.contents.get(promptFile) ?? ""));
const settingsDigest = short(sha256(readFileSync(join(root, "policies", "config.json"))));

describe("a drift is found", () => {
  it.each<[string, Planted, string[]]>([
    [
      "another model in the state's ConfigMap",
      { state: (state) => inFile(state, `/${modelId}\n`, "/gpt-9-secretless\n") },
      [
        `models | ${chat} | model differs in the state | openai/${modelId} | openai/gpt-9-secretless`,
        `environments | models.chat-large.modelId | it has to be equal in both environments as deployed | gpt-9-secretless | ${modelId}`,
      ],
    ],
    [
      "another temperature in the cluster's ConfigMap",
      {
        objects: (items) => {
          const { data } = items.find(({ kind, data: own }) => kind === "ConfigMap" && "config.yaml" in own);
          data["config.yaml"] = data["config.yaml"].replace(
            "      max_tokens: 1200\n",
            "      max_tokens: 1201\n",
          );
        },
      },
      ["models | economy-chat.chat-fast.1 | max tokens differs in the cluster | 1,200 | 1,201"],
    ],
    [
      "a route's file of LiteLLM that cannot be read",
      {
        state: (state) => {
          resource(state, "-gateway-config").inputs.data["config.yaml"] = "model_list: [";
        },
      },
      ["routing | config.yaml | it is no file of LiteLLM that can be read in the state | - | -"],
    ],
    [
      "a callback with other code",
      {
        state: (state) => {
          resource(state, "-gateway-config").inputs.data["lockstep_limits.py"] = "pass\n";
        },
      },
      ["behaviour | lockstep_limits.py | the content of the file differs in the state | - | -"],
    ],
    [
      "a file beside the declared ones",
      {
        objects: (items) => {
          items.find(({ kind, data }) => kind === "ConfigMap" && "config.yaml" in data).data["extra.py"] =
            "pass\n";
        },
      },
      ["behaviour | extra.py | the file is not declared in the cluster | - | -"],
    ],
    [
      "a fallback that is gone",
      { state: (state) => inFile(state, "    - support-chat:\n        - economy-chat\n", "") },
      ["routing | routes.support-chat.fallbacks | it differs in the state | - | nothing"],
    ],
    [
      "another back-off in the pods' environment",
      {
        objects: (items) => {
          const [container] = items.find(({ kind }) => kind === "Deployment").spec.template.spec.containers;
          container.env.find(({ name }: { name: string }) => name === "MAX_RETRY_DELAY").value = "9";
        },
      },
      ["routing | MAX_RETRY_DELAY | the environment variable differs in the cluster | 2 | 9"],
    ],
    [
      "another image",
      {
        objects: (items) => {
          items.find(({ kind }) => kind === "Deployment").spec.template.spec.containers[0].image =
            "litellm:latest";
        },
      },
      [
        `behaviour | staging-gateway | the image differs in the cluster | ${staging.config.gateway.image} | litellm:latest`,
      ],
    ],
    [
      "pods with another behaviour hash",
      {
        objects: (items) => {
          const { metadata } = items.find(({ kind }) => kind === "Deployment").spec.template;
          metadata.annotations["lockstep.dev/behaviour-hash"] = "0".repeat(64);
        },
      },
      [
        `behaviour | staging-gateway | the behaviour hash of the pods differs in the cluster | ${staging.behaviourHash.slice(0, 12)}… | 000000000000…`,
      ],
    ],
    [
      "another model in the running gateway",
      {
        gateway: ({ deployments }) => {
          const one = deployments.find(({ model_info }) => model_info.id === chat);
          if (one) one.litellm_params.model = "openai/gpt-9";
        },
      },
      [`models | ${chat} | model differs in the running gateway | openai/${modelId} | openai/gpt-9`],
    ],
    [
      "another prompt in the running gateway",
      {
        gateway: ({ deployments }) => {
          const one = deployments.find(({ model_info }) => model_info.id === chat);
          // biome-ignore lint/suspicious/noExplicitAny: what LiteLLM answers
          if (one) (one.model_info.lockstep as any).prompt.sha256 = "1".repeat(64);
        },
      },
      [
        `prompts | prompt support-answer | the content of ${chat} differs in the running gateway | ${promptDigest} | 111111111111…`,
      ],
    ],
    [
      "a deployment that is missing, and one that nobody declared",
      {
        gateway: ({ deployments }) => {
          const one = deployments.find(({ model_info }) => model_info.id === chat);
          if (one) one.model_info.id = "by-hand.gpt.1";
        },
      },
      [
        `models | ${chat} | the deployment is missing in the running gateway | - | -`,
        "models | by-hand.gpt.1 | the deployment is not declared, and is there in the running gateway | - | -",
      ],
    ],
    [
      "a gateway with another behaviour hash",
      { gateway: (gateway) => Object.assign(gateway, { hashes: ["2".repeat(64)] }) },
      [
        `behaviour | behaviour hash | it differs in the running gateway | ${staging.behaviourHash.slice(0, 12)}… | 222222222222…`,
      ],
    ],
    [
      "replicas that run different behaviours",
      { gateway: (gateway) => Object.assign(gateway, { hashes: [staging.behaviourHash, undefined] }) },
      [
        `behaviour | behaviour hash | it differs in the running gateway | ${staging.behaviourHash.slice(0, 12)}… | 2 of them`,
      ],
    ],
    [
      "another model than the pinned one served by the provider",
      {
        gateway: ({ served }) => {
          const count = { model: modelId, match: "other", served: `${modelId}-preview`, count: 3 };
          served.set("1", new Map([["a", count]]));
        },
      },
      [
        `models | chat-large | the provider served another model than the pinned one | ${modelId} | ${modelId}-preview`,
      ],
    ],
    [
      "another budget",
      {
        state: (state) => {
          resource(state, "-budgets-monthly").inputs.limitAmount = "2500";
        },
      },
      ["limits | limits.monthlyUsd | the limit differs in the state | 2,000 | 2,500"],
    ],
    [
      "a budget above production's",
      {
        state: (state) => {
          resource(state, "-budgets-monthly").inputs.limitAmount = "20000";
        },
      },
      [
        "limits | limits.monthlyUsd | the limit differs in the state | 2,000 | 20,000",
        "environments | limits.monthlyUsd | staging has to be stricter than production as deployed | 20,000 | 20,000",
      ],
    ],
    [
      "notifications at other shares",
      {
        state: (state) => {
          for (const one of resource(state, "-budgets-monthly").inputs.notifications)
            if (one.threshold === 80) one.threshold = 100;
        },
      },
      [
        "limits | staging-budgets-monthly | notifications are sent at other shares of the budget in the state | 40, 60, 80 % | 40, 60, 100 %",
      ],
    ],
    [
      "another quota in the cluster",
      {
        objects: (items) => {
          items.find(({ kind }) => kind === "ResourceQuota").spec.hard["limits.cpu"] = "16";
        },
      },
      ["limits | limits.cluster.cpuCores | the limit differs in the cluster | 8 | 16"],
    ],
    [
      "a quota that was deleted",
      {
        objects: (items) => {
          items.splice(
            items.findIndex(({ kind }) => kind === "ResourceQuota"),
            1,
          );
        },
      },
      ["cpuCores", "memoryGib", "pods"].map(
        (name) =>
          `limits | limits.cluster.${name} | the limit is missing in the cluster | ${{ cpuCores: 8, memoryGib: 24, pods: 20 }[name]} | nothing`,
      ),
    ],
    [
      "another rate limit of the gateway",
      {
        gateway: ({ deployments }) => {
          const one = deployments.find(({ model_info }) => model_info.id === chat);
          if (one) one.litellm_params.rpm = 5_000;
        },
      },
      [`limits | ${chat} | rpm differs in the running gateway | 120 | 5,000`],
    ],
    [
      "a secret's name that both environments share",
      {
        state: (state) => {
          resource(state, "-secrets-openai", "secret:Secret").inputs.name = "lockstep/production/openai";
        },
      },
      [
        "environments | credentials.openai.secretName | it must not be shared by both environments as deployed | lockstep/production/openai | lockstep/production/openai",
      ],
    ],
    [
      "policy settings of another day",
      {
        state: (state) => {
          resource(state, "lockstep-").outputs.policyPack = { version: "0.0.9", settings: "3".repeat(64) };
        },
      },
      [
        "policies | policy pack | the version differs from that of the last update | 0.1.0 | 0.0.9",
        `policies | policies/config.json | the settings differ from those of the last update | ${settingsDigest} | 333333333333…`,
      ],
    ],
    [
      "settings with which the policy pack does not start",
      { options: { policies: { version: "0.1.0", settings: "", rules: 3, starts: false } } },
      [
        "policies | policies/config.json | the policy pack refuses to start with it | - | -",
        `policies | policies/config.json | the settings differ from those of the last update | - | ${settingsDigest}`,
      ],
    ],
  ])("%s", (_, planted, expected) => {
    expect(expected.length).toBeGreaterThan(0);
    const found = audited(planted);
    expect(told(found)).toEqual(expected);
    expect(found.passed).toBe(false);
  });
});

describe("a source that was not read", () => {
  const why = "It was not given.";
  it.each<[keyof Sources, string[], object, number]>([
    [
      "state",
      ["behaviour", "prompts", "models", "routing", "policies", "limits", "secrets", "environments"],
      { prompts: 2, models: 5, policies: 0 },
      1,
    ],
    ["otherState", ["environments"], { prompts: 2, models: 5, policies: 1 }, 0],
    [
      "objects",
      ["behaviour", "prompts", "models", "routing", "limits"],
      { prompts: 2, models: 5, policies: 1 },
      1,
    ],
    ["gateway", ["behaviour", "prompts", "models"], { prompts: 0, models: 0, policies: 1 }, 1],
  ])(
    "%s: its areas decide nothing, and what the evidence needs is inconclusive",
    (source, areas, counts, reasons) => {
      const found = audited({ sources: { [source]: { why } } });
      expect(told(found)).toEqual([]);
      expect(found.passed).toBe(false);
      expect(
        found.measured.results.areas?.flatMap(({ area, notAudited }) =>
          notAudited.includes(why) ? [area] : [],
        ),
      ).toEqual(areas);
      expect(found.measured.results.audited).toEqual(counts);
      expect(found.measured.inconclusive).toEqual(Array.from({ length: reasons }, () => why));
    },
  );

  it("is no matter where none of its areas is asked for", () => {
    const found = audited({ sources: { objects: { why } }, options: { areas: ["policies", "secrets"] } });
    expect(found.passed).toBe(true);
    expect(found.measured.results.areas?.map(({ area }) => area)).toEqual(["policies", "secrets"]);
  });

  it("in part leaves its area open: a state without the policy pack, a Deployment without its ConfigMap", () => {
    const without = audited({
      state: (state) => {
        delete resource(state, "lockstep-").outputs.policyPack;
      },
      objects: (items) => {
        items.splice(
          items.findIndex(({ kind, data }) => kind === "ConfigMap" && "config.yaml" in data),
          1,
        );
      },
    });
    expect(told(without)).toEqual([]);
    expect(without.passed).toBe(false);
    expect(without.measured.results.audited.policies).toBe(0);
    expect(without.measured.inconclusive).toEqual([
      "The ConfigMap that the gateway's Deployment names is not there in the cluster.",
      "The state does not say which policy pack stood beside the program: update the stack once with this version.",
    ]);
  });
});

it("more differences than evidence may have are counted, and the first are told", () => {
  const urn = "urn:pulumi:staging::lockstep::aws:a/b:C::name";
  const found = audited({
    state: (state) => {
      for (let index = 0; index < 10_001; index++)
        state.deployment.resources.push({
          urn: `${urn}-${index}`,
          type: "aws:a/b:C",
          custom: true,
          inputs: {},
          outputs: {},
          created: "2026-11-21T00:00:00Z",
        });
    },
    options: { areas: ["resources"] },
  });
  expect(found.measured.results.differences).toHaveLength(10_000);
  expect(found.measured.inconclusive).toEqual(["There are 10,018 differences; the first 10,000 are told."]);
});

describe("an audit of some sources only", () => {
  const limited = (options: Partial<AuditOptions>, planted: Planted = {}) =>
    audited({
      ...planted,
      sources: { state: null, otherState: null, objects: null, program: null, ...planted.sources },
      options: { only: ["gateway"], areas: allAreas, ...options },
    });

  it("leaves out what they do not tell of, says so, and passes by the rest", () => {
    const { measured, passed } = limited({});
    expect(measured.results.areas?.map(({ area }) => area)).toEqual([
      ...["behaviour", "prompts", "models", "routing", "limits", "index", "exceptions", "evidence"],
    ]);
    expect(measured.results).toMatchObject({
      sources: ["gateway"],
      audited: { prompts: 2, models: 5, policies: 0 },
      differences: [],
    });
    expect(passed).toBe(true);
  });

  it("finds what they tell of", () => {
    const found = limited({}, { gateway: (gateway) => Object.assign(gateway, { hashes: ["2".repeat(64)] }) });
    expect(told(found)).toHaveLength(1);
    expect(found.passed).toBe(false);
  });

  it("does not pass by an area that was named and that none of them tells of", () => {
    const { measured, passed } = limited({ areas: ["models", "policies"], areasNamed: true });
    expect(measured.results.areas?.map(({ area, notAudited }) => [area, notAudited])).toEqual([
      ["models", []],
      ["policies", ["No source that was asked for tells of it."]],
    ]);
    expect(passed).toBe(false);
  });

  const lastWith = (area: string): LastAudit => ({
    stack: "staging",
    ended: new Date("2026-10-01T00:00:00Z"),
    results: {
      audited: { prompts: 2, models: 5, policies: 1 },
      differences: [{ area, name: "x", difference: "it differs in the state" }],
    },
  });

  it("calls nothing gone, and neither does one that could not read everything", () => {
    expect(limited({}, { sources: { last: lastWith("models") } }).measured.results.gone).toEqual([]);
    const unread = { why: "It was not given." };
    const of = (area: string) =>
      audited({ sources: { objects: unread, last: lastWith(area) } }).measured.results.gone?.length;
    expect([of("models"), of("policies")]).toEqual([0, 1]);
    expect(audited({ sources: { last: lastWith("models") } }).measured.results.gone).toHaveLength(1);
  });
});
