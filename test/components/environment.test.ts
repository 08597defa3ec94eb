import { describe, expect, it } from "vitest";
import { bedrockArns } from "../../components/environment";
import type { Config } from "../../config/schema";
import { renderGateway } from "../../gateway/render";
import { sample } from "../gateway/sample";
import { type Collected, document, type Registered } from "./mocks";
import {
  configOf,
  environmentOf,
  modelOf,
  pairOf,
  shippedEnvironment,
  type Tier,
  tiers,
} from "./shippedEnvironment";

const { staging, production } = pairOf();
const accounts: Record<Tier, string> = { staging: "111122223333", production: "444455556666" };
const restricted = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/enforce-version": "latest",
  "pod-security.kubernetes.io/audit": "restricted",
  "pod-security.kubernetes.io/audit-version": "latest",
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/warn-version": "latest",
};

const awsProvider = "pulumi:providers:aws";
const kubernetesProvider = "pulumi:providers:kubernetes";
const secretVersion = "aws:secretsmanager/secretVersion:SecretVersion";
const cacheUser = "aws:elasticache/user:User";

type Labels = Record<string, string>;
interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string } };
}
interface Deployment {
  template: {
    metadata: { labels: Labels; annotations: Labels };
    spec: { containers: [{ env: Variable[] }] };
  };
}
const templateOf = (made: Collected<unknown>) =>
  (made.one("kubernetes:apps/v1:Deployment").inputs.spec as Deployment).template;
const variablesOf = (made: Collected<unknown>) => templateOf(made).spec.containers[0].env;
/** A job's variables from the Secret, each with the key there. */
function secretsOf(made: Collected<unknown>, tier: Tier, kind: string): [string, string][] {
  const job = made.one("kubernetes:batch/v1:CronJob", `${tier}-probes-${kind}`);
  const { jobTemplate } = job.inputs.spec as { jobTemplate: { spec: Deployment } };
  return jobTemplate.spec.template.spec.containers[0].env.flatMap(({ name, valueFrom }) =>
    valueFrom === undefined ? [] : [[name, valueFrom.secretKeyRef.key] as [string, string]],
  );
}
const metadataOf = (resource: Registered) =>
  resource.inputs.metadata as { name: string; namespace?: string; labels: Labels };

const names = (made: Collected<unknown>) => made.resources.map(({ type, name }) => `${type} ${name}`).sort();

/** A configuration of the shipped staging stack, after a change. */
function changed(change: (config: Config) => void): { config: Config } {
  const config = configOf(staging);
  change(config);
  return { config };
}

describe.each(tiers)("the environment of %s", (tier) => {
  const account = accounts[tier];
  const namespace = `llm-${tier}`;

  it("has two providers of its own, limited to the declared account and cluster", async () => {
    const made = await shippedEnvironment(tier);
    const providers = made.resources.filter(({ type }) => type.startsWith("pulumi:providers:"));
    expect(providers.map(({ type, name, parent }) => `${type} ${name} < ${parent}`).sort()).toEqual([
      `pulumi:providers:aws ${tier}-aws < ${tier}`,
      `pulumi:providers:kubernetes ${tier}-kubernetes < ${tier}`,
    ]);
    const aws = made.one(awsProvider).inputs;
    expect(aws.region).toBe("us-east-1");
    expect(document(aws, "allowedAccountIds")).toEqual([account]);
    expect(document(aws, "defaultTags")).toEqual({
      tags: { "lockstep:environment": tier, "lockstep:stack": "stack" },
    });
    expect(made.one(kubernetesProvider).inputs).toEqual({ context: `llm-${tier}`, namespace });
  });

  it("builds every resource with one of them, and keeps it under a component", async () => {
    const made = await shippedEnvironment(tier);
    const real = made.resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
    expect(real.length).toBeGreaterThan(60);
    const providerOf = (type: string) => `${tier}-${type.startsWith("aws:") ? "aws" : "kubernetes"}`;
    expect(real.filter(({ type, provider }) => provider !== providerOf(type))).toEqual([]);
    expect(real.filter(({ type }) => !/^(aws|kubernetes):/.test(type))).toEqual([]);
    const components = made.resources.filter(({ custom }) => !custom);
    const parents = new Set(components.map(({ name }) => name));
    expect(made.resources.filter(({ name, parent }) => name !== tier && !parents.has(parent ?? ""))).toEqual(
      [],
    );
    expect(components.map(({ type, name, parent }) => `${type} ${name} < ${parent}`).sort()).toEqual([
      `lockstep:index:Budgets ${tier}-budgets < ${tier}`,
      `lockstep:index:Environment ${tier} < undefined`,
      `lockstep:index:Gateway ${tier}-gateway < ${tier}`,
      `lockstep:index:GatewayState ${tier}-gateway-state < ${tier}-gateway`,
      `lockstep:index:Monitoring ${tier}-monitoring < ${tier}`,
      `lockstep:index:Probes ${tier}-probes < ${tier}`,
      `lockstep:index:Quotas ${tier}-quotas < ${tier}`,
      `lockstep:index:RequestLog ${tier}-request-log < ${tier}`,
      `lockstep:index:Secrets ${tier}-secrets < ${tier}`,
    ]);
    expect(components.filter(({ outputs }) => outputs === undefined)).toEqual([]);
  });

  it("has one namespace, which refuses pods that are not hardened and holds all else", async () => {
    const made = await shippedEnvironment(tier);
    expect(made.one("kubernetes:core/v1:Namespace").inputs.metadata).toEqual({
      name: namespace,
      labels: { ...restricted, "lockstep.dev/environment": tier },
    });
    const inside = made.resources.filter(
      ({ type }) => type.startsWith("kubernetes:") && type !== "kubernetes:core/v1:Namespace",
    );
    expect(inside.length).toBeGreaterThan(20);
    expect(inside.filter((resource) => metadataOf(resource).namespace !== namespace)).toEqual([]);
  });

  it("gives the gateway its credentials from the Kubernetes Secret, and none in plain", async () => {
    const made = await shippedEnvironment(tier);
    const variables = variablesOf(made);
    const fromSecrets = variables.flatMap(({ name, value, valueFrom }) =>
      valueFrom === undefined ? [] : [[name, value, valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key]],
    );
    const own = (name: string) => [name, undefined, `${tier}-secrets`, name];
    expect(fromSecrets).toEqual([
      ["DATABASE_PASSWORD", undefined, `${tier}-gateway-database`, "DATABASE_PASSWORD"],
      own("LITELLM_MASTER_KEY"),
      own("LOCKSTEP_CREDENTIAL_ANTHROPIC"),
      own("LOCKSTEP_CREDENTIAL_OPENAI"),
    ]);
    const plain = variables.filter(({ value }) => value !== undefined).map(({ name }) => name);
    expect(plain.filter((name) => /KEY|PASSWORD|SECRET|TOKEN|CREDENTIAL/.test(name))).toEqual([]);
    // The Secret has exactly the keys that are asked for, by the gateway and by the jobs.
    const { metadata, spec } = made.one(
      "kubernetes:external-secrets.io/v1:ExternalSecret",
      `${tier}-secrets-external`,
    ).inputs as { metadata: { name: string }; spec: { data: { secretKey: string }[] } };
    expect(metadata.name).toBe(`${tier}-secrets`);
    expect(spec.data.map(({ secretKey }) => secretKey).sort()).toEqual([
      "LITELLM_MASTER_KEY",
      "LOCKSTEP_CORPUS_KEY",
      "LOCKSTEP_CREDENTIAL_ANTHROPIC",
      "LOCKSTEP_CREDENTIAL_OPENAI",
      "LOCKSTEP_SEARCH_KEY",
    ]);
    expect(secretsOf(made, tier, "retrieval")).toEqual([
      ["LOCKSTEP_CORPUS_KEY", "LOCKSTEP_CORPUS_KEY"],
      ["LOCKSTEP_GATEWAY_KEY", "LITELLM_MASTER_KEY"],
      ["LOCKSTEP_SEARCH_KEY", "LOCKSTEP_SEARCH_KEY"],
    ]);
    expect(secretsOf(made, tier, "canary")).toEqual([["LOCKSTEP_GATEWAY_KEY", "LITELLM_MASTER_KEY"]]);
  });

  it("sets each variable that the gateway's file or environment asks for, once", async () => {
    const { config, contents, behaviourHash } = pairOf()[tier];
    const { runtimeEnv, secretEnv, env } = renderGateway(config, { behaviourHash, files: contents });
    const set = variablesOf(await shippedEnvironment(tier)).map(({ name }) => name);
    expect(new Set(set).size).toBe(set.length);
    expect(set).toEqual([...set].sort());
    const asked = [...runtimeEnv, ...Object.keys(secretEnv), ...Object.keys(env)];
    expect(asked.filter((name) => !set.includes(name))).toEqual([]);
  });

  it("marks the gateway's pods with the behaviour hash: whole, and as a label that the alarm asks for", async () => {
    const made = await shippedEnvironment(tier);
    const { behaviourHash } = pairOf()[tier];
    const { labels, annotations } = templateOf(made).metadata;
    expect(labels["lockstep.dev/behaviour-hash"]).toBe(behaviourHash.slice(0, 16));
    expect(annotations["lockstep.dev/behaviour-hash"]).toBe(behaviourHash);
    const rules = JSON.stringify(made.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs.spec);
    expect(rules).toContain(`lockstep_dev_behaviour_hash!=\\"${behaviourHash.slice(0, 16)}\\"`);
    const { spec } = made.one("kubernetes:monitoring.coreos.com/v1:ServiceMonitor").inputs as {
      spec: { podTargetLabels: string[] };
    };
    expect(spec.podTargetLabels).toEqual(["lockstep.dev/behaviour-hash"]);
  });

  it("says in its outputs where things are, and never a credential", async () => {
    const made = await shippedEnvironment(tier);
    const { behaviourHash } = pairOf()[tier];
    const { rateLimits, schedules, ...outputs } = made.one("lockstep:index:Environment").outputs ?? {};
    expect(outputs).toEqual({
      tier,
      account,
      namespace,
      behaviourHash,
      gatewayUrl: `http://${tier}-gateway.${namespace}.svc:80`,
      alarmTopic: `arn:mock:${tier}-budgets-topic`,
      requestLogBucket: `example-lockstep-${tier}-requests`,
      dashboard: `${tier}-monitoring-dashboard`,
      budget: `${tier}-budgets-monthly`,
    });
    expect(schedules).toMatchObject({ canary: tier === "staging" ? "*/30 * * * *" : "7 */1 * * *" });
    expect(rateLimits).toMatchObject({
      environment: { requestsPerMinute: tier === "staging" ? 120 : 1_200 },
      teams: { search: { concurrentRequests: tier === "staging" ? 6 : 60 } },
    });
  });

  it("leads to nothing of the other environment", async () => {
    const made = await shippedEnvironment(tier);
    const other = tier === "staging" ? "production" : "staging";
    const texts = made.resources.map(({ inputs }) => JSON.stringify(inputs)).join("\n");
    expect(texts).toContain(account);
    expect(texts).not.toContain(accounts[other]);
    expect(texts).not.toContain(`llm-${other}`);
    expect(texts).not.toContain(`lockstep/${other}`);
    expect(texts).not.toContain(`lockstep-${other}`);
  });

  it("is the same in a preview, where no output is known", async () => {
    expect(names(await environmentOf(tier, {}, { preview: true }))).toEqual(
      names(await shippedEnvironment(tier)),
    );
  });
});

describe("both environments", () => {
  it("consist of the same resources, but for who is told", async () => {
    const kinds = async (tier: Tier) =>
      names(await shippedEnvironment(tier))
        .filter((name) => !name.includes("TopicSubscription"))
        .map((name) => name.replaceAll(tier, "TIER"));
    expect(await kinds("production")).toEqual(await kinds("staging"));
  });

  it("carry the same hash as shipped", () => {
    expect(production.behaviourHash).toBe(staging.behaviourHash);
  });
});

describe("a credential's value", () => {
  const value = "sk-live-0123456789/ABCDEF+ghij";
  const forms = (text: string) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    Buffer.from(text).toString("base64"),
    Buffer.from(text).toString("base64url"),
    Buffer.from(text).toString("hex"),
  ];
  /** Where a text stands, in any of its forms, as "type name". */
  const holders = (made: Collected<unknown>, text: string) =>
    made.resources
      .filter(({ inputs, outputs }) =>
        forms(text).some((form) => JSON.stringify([inputs, outputs]).includes(form)),
      )
      .map(({ type, name }) => `${type} ${name}`);

  it("goes into its version of the secret only, and is marked secret there", async () => {
    const made = await environmentOf("staging", { credentialValues: { openai: value } });
    expect(holders(made, value)).toEqual([`${secretVersion} staging-secrets-openai`]);
    const version = made.one(secretVersion);
    expect(version.inputs.secretString).toBe(value);
    expect(Object.entries(version.inputs).filter(([, input]) => input === value)).toHaveLength(1);
    expect(version.secretInputs).toContain("secretString");
  });

  it("is stored nowhere where none is given: an administrator puts it there", async () => {
    expect((await shippedEnvironment("staging")).all(secretVersion)).toEqual([]);
  });

  it("is the same where its provider is called by nobody", async () => {
    const { config } = changed((config) => {
      config.models["chat-fast"] = { ...modelOf(config, "chat-small") };
      expect(Object.keys(config.credentials)).toContain("anthropic");
    });
    const made = await environmentOf("staging", { config, credentialValues: { anthropic: value } });
    expect(variablesOf(made).map(({ name }) => name)).not.toContain("LOCKSTEP_CREDENTIAL_ANTHROPIC");
    expect(holders(made, value)).toEqual([`${secretVersion} staging-secrets-anthropic`]);
  });

  it("reaches the store's user too where it is the semantic cache's, marked secret in both", async () => {
    const change = changed(({ behaviour }) => {
      behaviour.semanticCache.enabled = true;
    });
    const made = await environmentOf("staging", { ...change, credentialValues: { "semantic-cache": value } });
    expect(holders(made, value).sort()).toEqual([
      `${cacheUser} staging-gateway-state-cache`,
      `${secretVersion} staging-secrets-semantic-cache`,
    ]);
    expect(made.one(secretVersion).secretInputs).toContain("secretString");
    expect(made.one(cacheUser, "staging-gateway-state-cache").secretInputs.join()).toMatch(
      /^authenticationMode/,
    );
    expect(variablesOf(made).find(({ name }) => name === "VALKEY_PASSWORD")).toEqual({
      name: "VALKEY_PASSWORD",
      valueFrom: { secretKeyRef: { name: "staging-secrets", key: "VALKEY_PASSWORD" } },
    });
  });
});

describe("what is left out of the configuration", () => {
  it("has no password of a semantic cache while there is none", async () => {
    const made = await shippedEnvironment("staging");
    expect(variablesOf(made).map(({ name }) => name)).not.toContain("VALKEY_PASSWORD");
    expect(made.all(cacheUser).map(({ name }) => name)).toEqual(["staging-gateway-state-gateway"]);
  });

  it("is not entered from outside without an ingress", async () => {
    expect((await shippedEnvironment("staging")).all("kubernetes:networking.k8s.io/v1:Ingress")).toHaveLength(
      1,
    );
    const made = await environmentOf(
      "staging",
      changed(({ deployment }) => {
        delete deployment.ingress;
      }),
    );
    expect(made.all("kubernetes:networking.k8s.io/v1:Ingress")).toEqual([]);
  });

  it("has no stores, and nothing that leads to them, without Redis and Postgres", async () => {
    const made = await environmentOf(
      "staging",
      changed(({ gateway, deployment, limits }) => {
        Object.assign(gateway, { redis: false, postgres: false });
        delete deployment.redis;
        delete deployment.postgres;
        Object.assign(deployment.replicas, { min: 1, max: 1 });
        limits.teams = {};
      }),
    );
    expect(made.resources.filter(({ type }) => /GatewayState|elasticache|rds|ec2|vpc/.test(type))).toEqual(
      [],
    );
    const variables = variablesOf(made).map(({ name }) => name);
    expect(variables.filter((name) => /REDIS|DATABASE|VALKEY/.test(name))).toEqual([]);
    expect(variables).toContain("LITELLM_MASTER_KEY");
  });
});

describe("what the gateway may call at Bedrock", () => {
  const arnsOf = (...models: { modelId: string; region?: string; provider?: "bedrock" | "openai" }[]) => {
    const config = sample();
    const { region: _, ...bare } = modelOf(config, "nova-lite");
    config.models = Object.fromEntries(models.map((model, index) => [`m${index}`, { ...bare, ...model }]));
    return bedrockArns(config);
  };

  it.each<[string, { modelId: string; region?: string }, string[]]>([
    [
      "a plain id: the model in its region",
      { modelId: "anthropic.claude-haiku-4-5-20251001-v1:0", region: "us-east-1" },
      ["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"],
    ],
    [
      "a plain id without a region: the model in the environment's",
      { modelId: "amazon.nova-lite-v1:0" },
      ["arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0"],
    ],
    [
      "a profile: the account's own, and the model wherever it is called",
      { modelId: "us.anthropic.claude-haiku-4-5-20251001-v1:0", region: "us-east-1" },
      [
        "arn:aws:bedrock:*::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
      ],
    ],
    [
      "a profile over all regions",
      { modelId: "global.amazon.nova-2-lite-v1:0", region: "eu-central-1" },
      [
        "arn:aws:bedrock:*::foundation-model/amazon.nova-2-lite-v1:0",
        "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/global.amazon.nova-2-lite-v1:0",
      ],
    ],
    [
      "another partition's profile",
      { modelId: "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", region: "us-gov-west-1" },
      [
        "arn:aws-us-gov:bedrock:*::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
      ],
    ],
    [
      "an ARN: itself",
      { modelId: "arn:aws:bedrock:eu-central-1:111122223333:provisioned-model/abc123def456" },
      ["arn:aws:bedrock:eu-central-1:111122223333:provisioned-model/abc123def456"],
    ],
  ])("by %s", (_, model, expected) => {
    expect(arnsOf(model)).toEqual(expected);
  });

  it("is nothing for other providers, and each model once, in order", () => {
    expect(arnsOf({ modelId: "gpt-5.4-2026-03-05", provider: "openai" })).toEqual([]);
    expect(
      arnsOf(
        { modelId: "amazon.nova-lite-v1:0" },
        { modelId: "a.b-v1:0" },
        { modelId: "amazon.nova-lite-v1:0" },
      ),
    ).toEqual([
      "arn:aws:bedrock:eu-central-1::foundation-model/a.b-v1:0",
      "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
    ]);
  });

  it("is what the shipped pair's gateway may", async () => {
    const made = await shippedEnvironment("production");
    const policy = document(
      made.one("aws:iam/rolePolicy:RolePolicy", "production-gateway-pod").inputs,
      "policy",
    ) as {
      Statement: { Action: string | string[]; Resource: unknown }[];
    };
    const statement = policy.Statement.find(({ Action }) =>
      [Action].flat().some((one) => one.startsWith("bedrock:")),
    );
    expect(statement?.Resource).toEqual(bedrockArns(production.config));
  });
});
