import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { asset } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { noEvidence } from "../../lifecycle/evidence";
import { parseFinding } from "../../policies/finding";
import { packArgs, rootType } from "../../policies/pack";
import { rules } from "../../policies/registry";
import type { Report, ResourceRule, Rule, RuleBase, StackRule } from "../../policies/rule";
import { UNKNOWN } from "../../policies/rule";
import { fileFaults, policyFaults, ruleFaults } from "../../policies/selfCheck";
import { readSettings } from "../../policies/settings";
import type { Subject } from "../../policies/subject";
import { plainProps, unknownLiterals } from "../../policies/view";
import { analyze, analyzeStack, type Given } from "./analyzer";
import { ownPair } from "./resource/resources";

const now = new Date("2026-11-02T12:00:00Z");
const noLockstep: Subject = { stack: "dev", pair: undefined, evidence: noEvidence, findings: [] };
const pack = (given: readonly (RuleBase | Rule)[], subject: Subject = noLockstep, timeoutSeconds = 60) =>
  packArgs({ rules: given, load: () => subject, now: () => now, timeoutSeconds }).policies;

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const base = { description: "Holds.", protects: "From harm.", severity: "high", exceptions: true } as const;
const report: Report = { object: "Thing one", path: "a.b", found: "x", allowed: "y", remedy: "Do it." };
const resourceRule = (check: ResourceRule["check"]): ResourceRule => ({
  ...base,
  kind: "resource",
  name: "test-rule",
  types: ["test:index:Thing"],
  check,
});
const thing: Given = { type: "test:index:Thing" };
const secret = "correct-horse-battery";

describe("the registry", () => {
  const names = rules.map(({ name }) => name);

  it("has one rule for each file of rules, of the file's name", () => {
    const files = ["stack", "resource"].flatMap((folder) => readdirSync(`policies/${folder}`));
    expect(fileFaults(rules, files)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("makes a mandatory policy with one validator of every rule, config-valid first", () => {
    const policies = packArgs({ rules, load: () => noLockstep, now: () => now }).policies;
    expect(policies.map(({ name }) => name)).toEqual(names);
    expect(names[0]).toBe("config-valid");
    expect(policyFaults(policies)).toEqual([]);
  });

  it("attaches the rules over the pair to the stack's root, which is analysed first", () => {
    const policies = packArgs({ rules, load: () => noLockstep, now: () => now }).policies;
    const attached = policies.filter(
      (policy) =>
        "validateResource" in policy &&
        (policy.validateResource as { __pulumiType?: string }).__pulumiType === rootType,
    );
    const overPair = rules.filter((rule) => !("kind" in rule) || rule.kind === "stack");
    expect(attached.map(({ name }) => name)).toEqual(overPair.map(({ name }) => name));
  });
});

describe("a pack that could not enforce its rules does not start", () => {
  const good = resourceRule(() => []);
  it.each<[string, (RuleBase | Rule)[], string]>([
    ["two rules of one name", [good, good], 'two rules have the name "test-rule"'],
    [
      "a name that is no file's",
      [{ ...good, name: "testRule" }],
      '"testRule" is no name of a rule: words joined by "-"',
    ],
    ["a misspelt check", [{ ...good, chek: () => [] } as Rule], 'test-rule has "chek", which no rule has'],
    ["a rule without a check", [{ ...good, check: undefined } as unknown as Rule], "test-rule has no check"],
    ["a rule without a kind", [{ ...base, name: "test-rule" }], "test-rule has no kind"],
  ])("for %s", (_, given, fault) => {
    expect(ruleFaults(given)).toContain(fault);
    expect(() => pack(given)).toThrow(`The pack cannot be enforced: ${fault}.`);
  });

  it("for policies that the SDK would pass over", () => {
    const policy = { name: "a-b", description: "", severity: "low", enforcementLevel: "mandatory" };
    expect(policyFaults([{ ...policy, validateResourc: () => undefined }])).toEqual([
      'the policy a-b has "validateResourc", which the SDK does not know',
      "the policy a-b has 0 validators",
    ]);
    expect(
      policyFaults([{ ...policy, enforcementLevel: undefined, validateStack: () => undefined }]),
    ).toEqual(["the policy a-b is not mandatory"]);
  });

  it("for a rule in no file, or a file that nobody registered", () => {
    expect(fileFaults([good], ["test-rule.ts", "forgotten.ts"])).toEqual([
      "the file forgotten is not registered",
    ]);
    expect(fileFaults([good], [])).toEqual(["the rule test-rule stands in no file of its name"]);
  });
});

describe("a policy, asked through the SDK", () => {
  it("reports a finding as a mandatory violation that reads back as the same finding", async () => {
    const [diagnostic] = await analyze(pack([resourceRule(() => [report])]), thing);
    expect(diagnostic).toEqual({
      policy: "test-rule",
      level: "mandatory",
      message: "Holds.\nThing one:\n  found   x\n  allowed y\n  path    a.b\n  remedy  Do it.",
    });
    expect(parseFinding("test-rule", diagnostic?.message ?? "")).toEqual({
      rule: "test-rule",
      status: "violation",
      ...report,
    });
  });

  it("says nothing about other types", async () => {
    const policies = pack([
      resourceRule(() => [report]),
      { ...resourceRule(() => [report]), name: "test-rules", types: ["a:b:C", "a:b:D"] },
    ]);
    expect(await analyze(policies, { type: "a:b:E" })).toEqual([]);
    expect((await analyze(policies, { type: "a:b:D" })).map(({ policy }) => policy)).toEqual(["test-rules"]);
  });

  it.each([...unknownLiterals])(
    "sees the literal %s as unknown, without being made advisory",
    async (literal) => {
      const seen: unknown[] = [];
      const rule = resourceRule(({ props }) => {
        seen.push(props);
        return [{ ...report, status: "cannot-decide" }];
      });
      const given = { ...thing, props: { top: literal, deep: { list: [literal, "known"] } } };
      const diagnostics = await analyze(pack([rule]), given);
      expect(seen).toEqual([{ top: UNKNOWN, deep: { list: [UNKNOWN, "known"] } }]);
      expect(diagnostics.map(({ level, message }) => [level, message.split("\n")[1]])).toEqual([
        ["mandatory", "Thing one cannot be proven before the update."],
      ]);
    },
  );

  it("turns an unknown in a governed field of a real rule into a mandatory violation", async () => {
    const policies = packArgs({ rules, load: () => noLockstep, now: () => now }).policies;
    const pod = {
      metadata: {},
      spec: {
        automountServiceAccountToken: false,
        containers: [{ name: "app", image: unknown, securityContext: unknown, resources: unknown }],
      },
    };
    const diagnostics = await analyze(policies, { type: "kubernetes:core/v1:Pod", props: pod });
    expect(diagnostics.map(({ policy, level }) => [policy, level])).toEqual([
      ["workload-hardened", "mandatory"],
      ["workload-images-pinned", "mandatory"],
    ]);
    for (const { message } of diagnostics) expect(message).toContain("cannot be proven before the update.");
    const stack = await analyzeStack(policies, [
      { type: "aws:secretsmanager/secret:Secret", props: { name: "a", arn: unknown } },
      { type: "aws:secretsmanager/secretPolicy:SecretPolicy", props: { secretArn: unknown } },
    ]);
    expect(stack.map(({ policy, level }) => [policy, level])).toEqual([["secret-has-policy", "mandatory"]]);
  });

  it.each<[string, () => never]>([
    [
      "an error",
      () => {
        throw new TypeError(`cannot read ${secret}`);
      },
    ],
    [
      "an error whose class was renamed",
      () => {
        throw Object.assign(new Error(secret), { name: secret });
      },
    ],
    [
      "a text",
      () => {
        throw secret;
      },
    ],
    [
      "a class with a name made of data",
      () => {
        throw new ({ [secret]: class extends Error {} }[secret] as ErrorConstructor)();
      },
    ],
  ])("reports a rule that throws %s as its violation, without what it read", async (_, thrower) => {
    const [diagnostic, ...rest] = await analyze(pack([resourceRule(thrower)]), thing);
    expect(rest).toEqual([]);
    expect(diagnostic?.level).toBe("mandatory");
    expect(diagnostic?.message).toMatch(
      /^Holds\.\nRule test-rule:\n {2}found {3}(the error (TypeError|Error)|an error)\n/,
    );
    expect(diagnostic?.message).not.toContain(secret);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a promise of nothing", Promise.resolve()],
    ["no list", { length: 0 }],
  ])("reports a rule that returns %s as its violation", async (_, result) => {
    const diagnostics = await analyze(pack([resourceRule(() => result as Report[])]), thing);
    expect(diagnostics.map(({ level }) => level)).toEqual(["mandatory"]);
  });

  it("awaits a rule that returns a promise, and does not wait for ever", async () => {
    const late = resourceRule(() => Promise.resolve([report]) as unknown as Report[]);
    expect((await analyze(pack([late]), thing))[0]?.message).toContain("Thing one:");
    const never = resourceRule(() => new Promise(() => undefined) as unknown as Report[]);
    const [diagnostic] = await analyze(pack([never], noLockstep, 0.05), thing);
    expect(diagnostic?.level).toBe("mandatory");
    expect(diagnostic?.message).toContain("found   no answer after 0.05 seconds");
  });

  it("reports that the pair could not be loaded, when loading throws, as a violation of every rule", async () => {
    const policies = packArgs({
      rules,
      load: () => {
        throw new RangeError(secret);
      },
      now: () => now,
    }).policies;
    const diagnostics = await analyze(policies, { type: rootType });
    expect(diagnostics.length).toBeGreaterThanOrEqual(10);
    for (const { level, message } of diagnostics) {
      expect(level).toBe("mandatory");
      expect(message).toContain("found   the error RangeError");
      expect(message).not.toContain(secret);
    }
  });

  it("shows an exempted finding without stopping the update", async () => {
    const pair = ownPair();
    const path = "urn:pulumi:staging::app::test:index:Thing::one";
    const exception = {
      rule: "test-rule",
      path,
      reason: "The thing is replaced next week.",
      owner: "Ada",
      approver: "Grace",
      ticket: "OPS-1",
      created: "2026-11-01",
      expires: "2026-11-30",
      compensatingControl: "It is looked at every morning.",
    };
    pair.staging.config.exceptions = [exception];
    const rule = resourceRule(() => [{ ...report, path }]);
    const level = async (given: ResourceRule) =>
      (
        await analyze(pack([given], { stack: "staging", pair, evidence: noEvidence, findings: [] }), thing)
      ).map((one) => one.level);
    expect(await level(rule)).toEqual(["advisory"]);
    expect(await level({ ...rule, exceptions: false })).toEqual(["mandatory"]);
    expect(await level(resourceRule(() => [{ ...report, path, status: "cannot-decide" }]))).toEqual([
      "mandatory",
    ]);
    exception.approver = "ada";
    expect(await level(rule)).toEqual(["mandatory"]);
    exception.approver = "Grace";
    exception.expires = "2026-11-01";
    expect(await level(rule)).toEqual(["mandatory"]);
  });
});

describe("rules over the pair", () => {
  const stackRule: StackRule = { ...base, kind: "stack", name: "pair-rule", check: () => [report] };
  const configValid = rules.slice(0, 1);

  it("run on the root resource only, and only where there is a pair", async () => {
    const policies = pack([stackRule], {
      stack: "staging",
      pair: ownPair(),
      evidence: noEvidence,
      findings: [],
    });
    expect((await analyze(policies, { type: rootType })).map(({ policy, level }) => [policy, level])).toEqual(
      [["pair-rule", "mandatory"]],
    );
    expect(await analyze(policies, thing)).toEqual([]);
    expect(await analyze(pack([stackRule]), { type: rootType })).toEqual([]);
  });

  it("ask each other with the settings that each was run with", async () => {
    const settings = z.strictObject({ strict: z.boolean().default(false) });
    const asked: StackRule<typeof settings> = {
      ...stackRule,
      settings,
      check: (_, { strict }) => (strict ? [report] : []),
    };
    const asking: StackRule = {
      ...stackRule,
      name: "asking-rule",
      check: ({ reportsOf, settingsOf }) =>
        settingsOf(asked).strict
          ? (reportsOf("pair-rule")?.map((one) => ({ ...one, path: "c.d" })) ?? [])
          : reportsOf("pair-rule") === undefined
            ? [report]
            : [],
    };
    /** The SDK hands settings to the validators alone. */
    const told = async (strict: boolean) => {
      const policies = pack([asked, asking] as StackRule[], {
        stack: "staging",
        pair: ownPair(),
        evidence: noEvidence,
        findings: [],
      });
      const reported: string[] = [];
      for (const { name, ...policy } of policies) {
        const validate = (policy as { validateResource: (args: object, report: () => void) => unknown })
          .validateResource;
        const getConfig = () => (name === "pair-rule" ? { strict } : {});
        await validate({ type: rootType, urn: "urn", props: {}, getConfig, isType: () => true }, () =>
          reported.push(name),
        );
      }
      return reported;
    };
    expect(await told(true)).toEqual(["pair-rule", "asking-rule"]);
    expect(await told(false)).toEqual([]);
  });

  it("gate updates of production alone where they say so", async () => {
    const gating: StackRule = { ...stackRule, gates: "production" };
    const told = (stack: string) =>
      analyze(pack([gating], { stack, pair: ownPair(), evidence: noEvidence, findings: [] }), {
        type: rootType,
      });
    expect(await told("staging")).toEqual([]);
    expect((await told("production")).map(({ policy, level }) => [policy, level])).toEqual([
      ["pair-rule", "mandatory"],
    ]);
  });

  it("leave it to config-valid to block where the pair cannot be read", async () => {
    const finding = { ...report, rule: "config-valid", status: "violation" as const };
    const policies = pack([...configValid, stackRule], {
      stack: "staging",
      pair: undefined,
      evidence: noEvidence,
      findings: [finding],
    });
    expect((await analyze(policies, { type: rootType })).map(({ policy, level }) => [policy, level])).toEqual(
      [["config-valid", "mandatory"]],
    );
  });

  it("pass on the project's own pair", async () => {
    const policies = packArgs({
      rules,
      load: () => ({ stack: "staging", pair: ownPair(), evidence: noEvidence, findings: [] }),
      now: () => now,
    }).policies;
    expect(await analyze(policies, { type: rootType })).toEqual([]);
  });

  it("load the pair once", async () => {
    let loads = 0;
    const load = () => {
      loads += 1;
      return noLockstep;
    };
    const { policies } = packArgs({ rules, load, now: () => now });
    await analyze(policies, { type: rootType });
    await analyze(policies, thing);
    expect(loads).toBe(1);
  });
});

describe("no message of the pack", () => {
  const key = `sk-proj-${"a1B2c3D4e5".repeat(6)}`;
  const base64 = Buffer.from(key).toString("base64");
  const container = {
    name: key,
    image: `https://x:${secret}@registry.example.com/${key}:1`,
    args: [key],
    env: [
      { name: key, value: key },
      { name: "DB_PASSWORD", value: secret },
    ],
    securityContext: { privileged: key, seccompProfile: { type: key } },
  };
  const given: Given[] = [
    {
      type: "kubernetes:core/v1:Pod",
      props: {
        metadata: { annotations: { [key]: key, other: base64 } },
        spec: { containers: [container], hostNetwork: key, volumes: [{ name: key, hostPath: {} }] },
      },
    },
    {
      type: "kubernetes:core/v1:ConfigMap",
      props: {
        metadata: { namespace: "llm-staging" },
        data: {
          password: secret,
          "config.yaml": `model_list:\n  - model_name: a\n    litellm_params: { model: "${key}", api_key: "${secret}" }\n`,
        },
      },
    },
    {
      type: "kubernetes:core/v1:Secret",
      props: { data: { token: base64 }, stringData: { password: secret } },
    },
    {
      type: "aws:secretsmanager/secret:Secret",
      props: { name: key, kmsKeyId: `alias/aws/${key}`, recoveryWindowInDays: key },
    },
    { type: "aws:secretsmanager/secretPolicy:SecretPolicy", props: { policy: key, blockPublicPolicy: key } },
    {
      type: "aws:secretsmanager/secretVersion:SecretVersion",
      props: { secretString: secret, versionStages: [key] },
    },
    {
      type: "aws:budgets/budget:Budget",
      props: { notifications: [{ threshold: key, notificationType: key }] },
    },
    {
      type: "aws:iam/rolePolicy:RolePolicy",
      props: { policy: JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource: `*${key}` } }) },
    },
    {
      type: "aws:lambda/function:Function",
      props: { environment: { variables: { [key]: "gpt-4o", MODEL: "gpt-4o", CHAT_MODEL: key } } },
    },
    {
      type: "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
      props: { spec: { groups: [{ rules: [{ alert: key }] }] } },
    },
    {
      type: "kubernetes:core/v1:Service",
      props: { metadata: { namespace: "llm-staging" }, spec: { type: key } },
    },
    {
      type: "kubernetes:core/v1:ResourceQuota",
      props: { metadata: { namespace: "llm-staging" }, spec: { hard: { pods: key } } },
    },
    { type: "aws:s3/bucketAcl:BucketAcl", props: { acl: `public-${key}` } },
    { type: "aws:sns/topic:Topic", props: { tags: { [key]: `444455556666 ${secret}` } } },
    { type: "pulumi:providers:aws", props: { allowedAccountIds: [key], secretKey: secret } },
    { type: "pulumi:providers:kubernetes", props: { context: key, kubeconfig: `token: ${key}` } },
  ];

  it.each(given)("about a $type carries a credential from it, in base64 neither", async (one) => {
    const subject: Subject = { stack: "staging", pair: ownPair(), evidence: noEvidence, findings: [] };
    const policies = packArgs({ rules, load: () => subject, now: () => now }).policies;
    const diagnostics = [...(await analyze(policies, one)), ...(await analyzeStack(policies, [one]))];
    expect(diagnostics.length).toBeGreaterThan(0);
    const text = JSON.stringify(diagnostics);
    for (const leak of [
      key,
      key.slice(8, 30),
      base64,
      base64.slice(8, 40),
      secret,
      Buffer.from(secret).toString("base64"),
    ]) {
      expect(text).not.toContain(leak);
    }
  });
});

describe("ordinary resources of other programs", () => {
  const ordinary: Given[] = [
    { type: rootType },
    { type: "aws:s3/bucket:Bucket", props: { bucket: "assets", tags: { team: "web" } } },
    {
      type: "aws:iam/role:Role",
      props: {
        assumeRolePolicy:
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
      },
    },
    {
      type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      props: { role: "r", policyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" },
    },
    { type: "aws:ec2/vpc:Vpc", props: { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true } },
    {
      type: "aws:ec2/instance:Instance",
      props: {
        ami: "ami-0abcdef1234567890",
        userData: "#!/bin/bash\nset -eu\nyum install -y nginx\n",
        userDataReplaceOnChange: true,
      },
    },
    {
      type: "aws:ec2/keyPair:KeyPair",
      props: {
        publicKey: `ssh-ed25519 ${Buffer.from("public key of somebody, 32 bytes!").toString("base64")} a@b`,
      },
    },
    {
      type: "aws:lambda/function:Function",
      props: {
        environment: {
          variables: {
            TABLE: "orders",
            SECRET_ARN: "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf",
            TOKEN_LIMIT: "4096",
          },
        },
        sourceCodeHash: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
      },
    },
    {
      type: "aws:rds/instance:Instance",
      props: { engine: "postgres", manageMasterUserPassword: true, username: "app" },
    },
    { type: "aws:rds/instance:Instance", props: { engine: "postgres", username: "app", password: unknown } },
    {
      type: "aws:dynamodb/table:Table",
      props: { hashKey: "id", rangeKey: "createdAt", attributes: [{ name: "id", type: "S" }] },
    },
    {
      type: "aws:ecs/taskDefinition:TaskDefinition",
      props: {
        containerDefinitions: JSON.stringify([
          {
            name: "web",
            environment: [{ name: "PORT", value: "80" }],
            secrets: [{ name: "DB_PASSWORD", valueFrom: "arn:aws:ssm:us-east-1:111122223333:parameter/db" }],
          },
        ]),
      },
    },
    {
      type: "aws:ssm/parameter:Parameter",
      props: { name: "/app/url", type: "String", value: "https://example.com/path?x=1" },
    },
    { type: "aws:sqs/queue:Queue", props: { kmsMasterKeyId: "alias/aws/sqs" } },
    { type: "aws:kms/key:Key", props: { enableKeyRotation: true } },
    { type: "aws:cloudwatch/logGroup:LogGroup", props: { retentionInDays: 30 } },
    {
      type: "aws:acm/certificate:Certificate",
      props: { domainName: "example.com", validationMethod: "DNS" },
    },
    { type: "eks:index:Cluster", props: { version: "1.33" } },
    {
      type: "kubernetes:core/v1:Service",
      props: { spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
    },
    {
      type: "kubernetes:core/v1:ServiceAccount",
      props: {
        metadata: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/web" } },
      },
    },
    {
      type: "kubernetes:core/v1:ConfigMap",
      props: {
        data: {
          "nginx.conf": "server { listen 80; }",
          "app.yaml": "database: postgresql://$(USER):$(PASSWORD)@db/app",
        },
      },
    },
    {
      type: "kubernetes:networking.k8s.io/v1:Ingress",
      props: { spec: { tls: [{ secretName: "web-tls" }] } },
    },
    {
      type: "kubernetes:rbac.authorization.k8s.io/v1:Role",
      props: { rules: [{ resources: ["secrets"], verbs: ["get"] }] },
    },
    {
      type: "kubernetes:helm.sh/v3:Release",
      props: { chart: "redis", values: { auth: { existingSecret: "redis-password" } } },
    },
    { type: "pulumi:providers:aws", name: "default_7_48_0", props: { region: "us-east-1" } },
  ];

  it.each(ordinary)("get no report: $type", async (one) => {
    const policies = packArgs({ rules, load: () => noLockstep, now: () => now }).policies;
    expect(await analyze(policies, one)).toEqual([]);
  });

  it("get none together either", async () => {
    const policies = packArgs({ rules, load: () => noLockstep, now: () => now }).policies;
    expect(await analyzeStack(policies, ordinary)).toEqual([]);
  });
});

describe("a view", () => {
  it("knows exactly the SDK's literals", () => {
    const proxy = createRequire(resolve("package.json"))("@pulumi/policy/proxy") as Record<string, unknown>;
    const literals = Object.entries(proxy).filter(([name]) => /^unknown.*Value$/.test(name));
    expect(new Set(literals.map(([, value]) => value))).toEqual(unknownLiterals);
  });

  it("reads what stands in archives, and keeps a key called __proto__", async () => {
    const inner = new asset.AssetArchive({
      "index.js": new asset.StringAsset("code"),
      more: new asset.AssetArchive({ a: new asset.FileAsset("a.txt") }),
    });
    const props = await plainProps({ code: inner, odd: JSON.parse('{"__proto__": {"x": 1}}') });
    expect(props).toMatchObject({
      code: { assets: { "index.js": { text: "code" }, more: { assets: { a: { path: "a.txt" } } } } },
    });
    expect(Object.keys(props.odd as object)).toEqual(["__proto__"]);
  });
});

describe("settings", () => {
  const limits: StackRule = {
    ...base,
    kind: "stack",
    name: "limits-stricter",
    settings: z.strictObject({ maximumRatio: z.number().max(1).default(1) }),
    check: () => [],
  };
  const known = [limits, resourceRule(() => [])];
  const read = (data: unknown) => readSettings(JSON.stringify(data), "policies/config.json", known);

  it("are taken with the level that the SDK would not assume", () => {
    expect(read({ "limits-stricter": { maximumRatio: 0.5 }, "test-rule": "mandatory" })).toEqual({
      "limits-stricter": { maximumRatio: 0.5, enforcementLevel: "mandatory" },
      "test-rule": { enforcementLevel: "mandatory" },
    });
  });

  it.each([
    [
      { "limit-stricter": {} },
      'policies/config.json: there is no rule "limit-stricter"; the nearest is "limits-stricter".',
    ],
    [{ all: "advisory" }, /there is no rule "all"/],
    [
      { "limits-stricter": "disabled" },
      'policies/config.json: limits-stricter has neither settings nor the level "mandatory".',
    ],
    [
      { "limits-stricter": { enforcementLevel: "advisory" } },
      'policies/config.json: limits-stricter has another level than "mandatory"; write an exception instead.',
    ],
    [
      { "limits-stricter": { maximumRatoi: 1 } },
      'policies/config.json: limits-stricter: there is no setting "maximumRatoi"; the nearest is "maximumRatio".',
    ],
    [{ "limits-stricter": { maximumRatio: 2 } }, /limits-stricter: maximumRatio cannot be used \(.*\)\.$/],
    [
      { "test-rule": { x: 1 } },
      'policies/config.json: test-rule: there is no setting "x": the rule has none.',
    ],
    [[], "policies/config.json is no map of rules."],
  ])("are refused: %j", (data, message) => {
    expect(() => read(data)).toThrow(message);
  });

  it("are refused when they are no JSON", () => {
    expect(() => readSettings("{", "policies/config.json", known)).toThrow(
      "policies/config.json is not JSON.",
    );
  });
});
