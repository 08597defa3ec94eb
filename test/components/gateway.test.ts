import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Gateway } from "../../components/gateway";
import type { GatewayArgs } from "../../components/gatewayArgs";
import { renderGateway } from "../../gateway/render";
import { behaviourHash, files, sample } from "../gateway/sample";
import { type Collected, collect, document, inputErrors, type Registered } from "./mocks";

const rendered = renderGateway(sample(), { behaviourHash, files });

const state = {
  production: false,
  network: {
    vpcId: "vpc-0123456789abcdef0",
    privateSubnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    clusterSecurityGroupId: "sg-0123456789abcdef0",
  },
  redis: { nodeType: "cache.t4g.small", replicas: 1 },
  postgres: { instanceClass: "db.t4g.medium", storageGib: 20, multiAz: false },
};

const args = (change: Partial<GatewayArgs> = {}): GatewayArgs => ({
  account: "111122223333",
  region: "eu-central-1",
  cluster: "llm-staging",
  namespace: "llm-gateway-staging",
  image: `ghcr.io/berriai/litellm:v1.106.2@sha256:${"a".repeat(64)}`,
  proxyYaml: rendered.proxyYaml,
  callbackJson: rendered.callbackJson,
  env: rendered.env,
  secretEnv: Object.fromEntries(
    ["LITELLM_MASTER_KEY", ...Object.keys(rendered.secretEnv)].map((key) => [
      key,
      { secretName: "llm", key },
    ]),
  ),
  behaviourHash,
  replicas: { min: 2, max: 4, targetCpuPercent: 60 },
  resources: { cpuCores: 0.5, memoryGib: 2 },
  clientNamespaces: ["shop", "search"],
  longestRequestSeconds: 240,
  requestLog: {
    bucketArn: "arn:aws:s3:::log",
    prefix: "requests",
    kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/log",
  },
  state,
  externalSecrets: { storeName: "llm", readerRoleName: "llm-reader" },
  ingress: { host: "llm.staging.example.com", className: "nginx", controllerNamespace: "ingress-nginx" },
  ...change,
});

const outputs = ({
  type,
  name,
  inputs,
}: {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}) => ({
  arn: `arn:mock:${name}`,
  ...(type === "aws:rds/instance:Instance"
    ? { address: "db.example.internal", masterUserSecrets: [{ secretArn: "arn:mock:database-password" }] }
    : {}),
  ...(type === "aws:elasticache/replicationGroup:ReplicationGroup"
    ? { primaryEndpointAddress: "cache.example.internal" }
    : {}),
  ...inputs,
});
const make = (change?: Partial<GatewayArgs>) => collect(() => new Gateway("gw", args(change)), { outputs });

const without = (...keys: (keyof GatewayArgs)[]): GatewayArgs => {
  const made = args({ replicas: { min: 1, max: 1, targetCpuPercent: 60 } });
  for (const key of keys) delete made[key];
  return made;
};
/** What a gateway without stores is told: nothing in its file leads to them. */
const alone = (): GatewayArgs => {
  const config = sample();
  Object.assign(config.gateway, { redis: false, postgres: false });
  config.limits.teams = {};
  Object.assign(config.deployment.replicas, { min: 1, max: 1 });
  const { proxyYaml, callbackJson, env } = renderGateway(config, { behaviourHash, files });
  return { ...without("state", "externalSecrets", "ingress"), proxyYaml, callbackJson, env };
};
/** The parts of Kubernetes objects that are looked into here; everything else is compared whole. */
interface Spec {
  strategy: { rollingUpdate: unknown };
  template: { metadata: { labels: Labels; annotations: Labels }; spec: Pod };
  maxUnavailable: unknown;
  egress: { ports: { port: number }[] }[];
  ingress: unknown;
  rules: { http: { paths: { path: string }[] } }[];
  tls: unknown;
  data: unknown;
}
interface Pod {
  securityContext: unknown;
  automountServiceAccountToken: unknown;
  volumes: unknown[];
  terminationGracePeriodSeconds: number;
  topologySpreadConstraints: { topologyKey: string }[];
  containers: [Container];
}
interface Container extends Record<"startupProbe" | "readinessProbe" | "livenessProbe", Probe> {
  lifecycle: unknown;
  env: { name: string; value?: string; valueFrom?: unknown }[];
}
interface Probe {
  httpGet: { path: string };
  periodSeconds: number;
  failureThreshold: number;
}
interface Policy {
  Statement: { Action: unknown; Resource: unknown; Condition: { StringEquals: unknown } }[];
}
type Labels = Record<string, string>;
interface Metadata {
  name: string;
  labels: Labels;
}

const spec = (resource: Registered) => resource.inputs.spec as Spec;
const metadata = (resource: Registered) => resource.inputs.metadata as Metadata;
const policyIn = (resource: Registered, property: string) => document(resource.inputs, property) as Policy;
const pod = (made: Collected<unknown>) => spec(made.one("kubernetes:apps/v1:Deployment")).template;
const container = (made: Collected<unknown>) => pod(made).spec.containers[0];

describe("the gateway", () => {
  it("consists of these resources, each under the component or its store", async () => {
    const made = await make();
    expect(
      made.resources.map(({ type, name, parent }) => `${type} ${name} < ${parent}`).sort(),
    ).toMatchSnapshot();
    expect(made.resources.filter(({ parent }) => parent === undefined).map(({ name }) => name)).toEqual([
      "gw",
    ]);
  });

  it("says what it runs in its outputs", async () => {
    const made = await make();
    expect(made.one("lockstep:index:Gateway").outputs).toEqual({
      namespace: "llm-gateway-staging",
      url: "http://gw.llm-gateway-staging.svc:80",
      host: "llm.staging.example.com",
      image: args().image,
      behaviourHash,
      configMapName: expect.stringMatching(/^gw-[0-9a-f]{12}$/),
      roleArn: "arn:mock:gw-pod",
      replicas: { min: 2, max: 4, targetCpuPercent: 60 },
      redis: true,
      postgres: true,
    });
  });

  it("gets its files under a name that changes with each of them, and that never change themselves", async () => {
    const fileOf = async (change?: Partial<GatewayArgs>) =>
      (await make(change)).one("kubernetes:core/v1:ConfigMap");
    const first = await fileOf();
    const others = [
      await fileOf({ proxyYaml: `${rendered.proxyYaml}# changed\n` }),
      await fileOf({ callbackJson: `${rendered.callbackJson}\n` }),
    ];
    expect(first.inputs.immutable).toBe(true);
    const code = ["callback", "served", "limits", "log", "headers", "sampled"].map(
      (name) => `lockstep_${name}.py`,
    );
    code.push("lockstep_redact.json");
    expect(first.inputs.data).toEqual({
      "config.yaml": rendered.proxyYaml,
      ...Object.fromEntries(code.map((name) => [name, readFileSync(`gateway/callback/${name}`, "utf8")])),
      "lockstep_callback.json": rendered.callbackJson,
    });
    expect(metadata(await fileOf()).name).toBe(metadata(first).name);
    expect(new Set([first, ...others].map((file) => metadata(file).name)).size).toBe(3);
    expect(pod(await make()).spec.volumes[0]).toEqual({
      name: "config",
      configMap: { name: metadata(first).name },
    });
  });

  it("refuses pods that are not hardened in its namespace", async () => {
    expect(metadata((await make()).one("kubernetes:core/v1:Namespace")).labels).toEqual({
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/enforce-version": "latest",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/audit-version": "latest",
      "pod-security.kubernetes.io/warn": "restricted",
      "pod-security.kubernetes.io/warn-version": "latest",
    });
  });
});

describe("a pod of the gateway", () => {
  it("runs as nobody, reads its file only, and is probed without calling a provider", async () => {
    const made = await make();
    const { securityContext, automountServiceAccountToken } = pod(made).spec;
    expect({ securityContext, automountServiceAccountToken }).toEqual({
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        fsGroup: 65_532,
        seccompProfile: { type: "RuntimeDefault" },
      },
    });
    expect(container(made)).toMatchObject({
      image: args().image,
      args: ["--config", "/etc/litellm/config.yaml", "--port", "4000", "--num_workers", "1"],
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
      },
      resources: { requests: { cpu: "500m", memory: "2048Mi" }, limits: { cpu: "500m", memory: "2048Mi" } },
      volumeMounts: [
        { name: "config", mountPath: "/etc/litellm", readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
      ],
    });
    const paths = (["startupProbe", "readinessProbe", "livenessProbe"] as const).map(
      (key) => container(made)[key].httpGet.path,
    );
    expect(paths).toEqual(["/health/readiness", "/health/readiness", "/health/liveliness"]);
    const { periodSeconds, failureThreshold } = container(made).startupProbe;
    expect(periodSeconds * failureThreshold).toBe(180);
  });

  it("carries the behaviour hash: short as a label, whole as an annotation", async () => {
    const { labels, annotations } = pod(await make()).metadata;
    expect(labels["lockstep.dev/behaviour-hash"]).toBe("3f1c3f1c3f1c3f1c");
    expect(annotations["lockstep.dev/behaviour-hash"]).toBe(behaviourHash);
  });

  it("waits for its requests as it ends, after a pause in which the cluster stops sending", async () => {
    const made = await make({ longestRequestSeconds: 240.2 });
    expect(container(made).lifecycle).toEqual({ preStop: { sleep: { seconds: 15 } } });
    expect(pod(made).spec.terminationGracePeriodSeconds).toBe(271);
  });

  it("gets its variables in the order of their names, secrets by reference only", async () => {
    const made = await make();
    const { env } = container(made);
    expect(env.map(({ name }) => name)).toEqual(env.map(({ name }) => name).sort());
    const secret = (name: string, key: string) => ({ secretKeyRef: { name, key } });
    expect(Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]))).toEqual({
      ...rendered.env,
      DATABASE_HOST: "db.example.internal",
      DATABASE_NAME: "litellm",
      DATABASE_PASSWORD: secret("gw-database", "DATABASE_PASSWORD"),
      DATABASE_SSLMODE: "require",
      DATABASE_USERNAME: "litellm",
      HOME: "/tmp",
      LITELLM_ASSETS_PATH: "/tmp/assets",
      LITELLM_MASTER_KEY: secret("llm", "LITELLM_MASTER_KEY"),
      LITELLM_MIGRATION_DIR: "/tmp/migrations",
      LITELLM_UI_PATH: "/tmp/ui",
      LOCKSTEP_CREDENTIAL_ANTHROPIC_MAIN: secret("llm", "LOCKSTEP_CREDENTIAL_ANTHROPIC_MAIN"),
      LOCKSTEP_CREDENTIAL_OPENAI_MAIN: secret("llm", "LOCKSTEP_CREDENTIAL_OPENAI_MAIN"),
      REDIS_AWS_IAM_AUTH: "true",
      REDIS_AWS_IAM_CACHE_NAME: "gw-state",
      REDIS_AWS_IAM_REGION: "eu-central-1",
      REDIS_AWS_IAM_USER_NAME: "gw-state-gateway",
      REDIS_HOST: "cache.example.internal",
    });
  });
});

describe("the gateway's availability", () => {
  it("never drops below the running replicas in an update, and is scaled by CPU", async () => {
    const made = await make();
    const deployment = spec(made.one("kubernetes:apps/v1:Deployment"));
    expect(deployment.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    expect(deployment).not.toHaveProperty("replicas");
    expect(spec(made.one("kubernetes:autoscaling/v2:HorizontalPodAutoscaler"))).toMatchObject({
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [{ resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } }],
    });
    expect(spec(made.one("kubernetes:policy/v1:PodDisruptionBudget")).maxUnavailable).toBe(1);
    expect(pod(made).spec.topologySpreadConstraints.map(({ topologyKey }) => topologyKey)).toEqual([
      "topology.kubernetes.io/zone",
      "kubernetes.io/hostname",
    ]);
  });
});

describe("the network around the gateway", () => {
  it("is closed but for declared namespaces, providers over HTTPS, and the stores", async () => {
    const made = await make();
    expect(spec(made.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", "gw-deny-all"))).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    expect(spec(made.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", "gw-traffic"))).toMatchSnapshot();
  });

  it("opens no port to stores that are not there", async () => {
    const made = await collect(() => new Gateway("gw", alone()), { outputs });
    const { egress, ingress } = spec(made.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", "gw-traffic"));
    expect(egress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([443, 80]);
    expect(JSON.stringify(ingress)).not.toContain("ingress-nginx");
    expect(made.all("kubernetes:networking.k8s.io/v1:Ingress")).toEqual([]);
    expect(made.all("lockstep:index:GatewayState")).toEqual([]);
  });

  it("shows clients' paths to the outside, nothing else", async () => {
    const { rules, tls } = spec((await make()).one("kubernetes:networking.k8s.io/v1:Ingress"));
    expect(rules[0]?.http.paths.map(({ path }) => path)).toEqual(["/v1"]);
    expect(tls).toEqual([{ hosts: ["llm.staging.example.com"] }]);
  });
});

describe("the gateway's role in AWS", () => {
  it("belongs to its service account only, and allows what the gateway does", async () => {
    const made = await make({
      bedrockArns: ["arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0"],
    });
    const trust = policyIn(made.one("aws:iam/role:Role"), "assumeRolePolicy");
    expect(trust.Statement[0]?.Condition.StringEquals).toEqual({
      "aws:SourceAccount": "111122223333",
      "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-central-1:111122223333:cluster/llm-staging",
      "aws:RequestTag/kubernetes-namespace": "llm-gateway-staging",
      "aws:RequestTag/kubernetes-service-account": "gw",
    });
    const { Statement } = policyIn(made.one("aws:iam/rolePolicy:RolePolicy", "gw-pod"), "policy");
    expect(Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      ["s3:PutObject", "arn:aws:s3:::log/requests/*"],
      ["kms:GenerateDataKey", "arn:aws:kms:eu-central-1:111122223333:key/log"],
      ["elasticache:Connect", ["arn:mock:gw-state-redis", "arn:mock:gw-state-gateway"]],
      [
        ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
        ["arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0"],
      ],
    ]);
  });

  it("lets the secrets' reader have the database's password, and the gateway not", async () => {
    const made = await make();
    const permission = made.one("aws:iam/rolePolicy:RolePolicy", "gw-database");
    expect(permission.inputs.role).toBe("llm-reader");
    expect(policyIn(permission, "policy").Statement[0]?.Resource).toEqual(["arn:mock:database-password"]);
    expect(spec(made.one("kubernetes:external-secrets.io/v1:ExternalSecret")).data).toEqual([
      {
        secretKey: "DATABASE_PASSWORD",
        remoteRef: { key: "arn:mock:database-password", property: "password" },
      },
    ]);
  });
});

describe("the stores", () => {
  it("are encrypted, private, and entered with IAM or a password that nobody here sees", async () => {
    const made = await make();
    expect(made.one("aws:elasticache/replicationGroup:ReplicationGroup").inputs).toMatchObject({
      engine: "valkey",
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      atRestEncryptionEnabled: true,
      kmsKeyId: "arn:mock:gw-state-key",
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
    });
    expect(made.one("aws:elasticache/user:User").inputs).toMatchObject({
      userId: "gw-state-gateway",
      userName: "gw-state-gateway",
      authenticationMode: { type: "iam" },
    });
    const database = made.one("aws:rds/instance:Instance").inputs;
    expect(database).toMatchObject({
      storageEncrypted: true,
      kmsKeyId: "arn:mock:gw-state-key",
      publiclyAccessible: false,
      manageMasterUserPassword: true,
      deletionProtection: false,
      backupRetentionPeriod: 7,
    });
    expect(database).not.toHaveProperty("password");
  });

  it("let the cluster's nodes in, on their own port, and nobody else", async () => {
    const rules = (await make()).all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    expect(
      rules
        .map(({ inputs }) => [
          inputs.fromPort,
          inputs.toPort,
          inputs.referencedSecurityGroupId,
          inputs.cidrIpv4,
        ])
        .sort(),
    ).toEqual([
      [5432, 5432, "sg-0123456789abcdef0", undefined],
      [6379, 6379, "sg-0123456789abcdef0", undefined],
    ]);
    expect((await make()).all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")).toEqual([]);
  });

  it("cannot be deleted in production, and leave a snapshot", async () => {
    const production = { ...state, production: true, postgres: { ...state.postgres, multiAz: true } };
    const made = await make({ state: production });
    expect(made.one("aws:rds/instance:Instance").inputs).toMatchObject({
      deletionProtection: true,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: "gw-state-final",
      backupRetentionPeriod: 30,
      multiAz: true,
    });
  });

  it("give the semantic cache a user of its own, for its own keys, whose password is a secret", async () => {
    const made = await make({
      state: { ...state, redis: { ...state.redis, semanticCachePassword: "sixteen-characters" } },
    });
    const user = made.one("aws:elasticache/user:User", "gw-state-cache");
    expect(user.inputs).toMatchObject({
      userName: "default",
      accessString: "on ~litellm_semantic_cache_index* +@all -@admin",
    });
    expect(user.secretInputs.some((path) => path.startsWith("authenticationMode"))).toBe(true);
  });
});

describe("unusable arguments", () => {
  const paths = (made: GatewayArgs, name = "gw") =>
    inputErrors(() => new Gateway(name, made)).map(({ propertyPath }) => propertyPath);

  it("are none in these", async () => {
    expect(await collect(() => paths(alone()), { outputs })).toMatchObject({ result: [] });
  });

  it.each<[string, GatewayArgs, string[]]>([
    ["an image by tag", args({ image: "ghcr.io/berriai/litellm:v1.106.2" }), ["image"]],
    ["an account that is none", args({ account: "1111" }), ["account"]],
    ["a short hash", args({ behaviourHash: "3f1c" }), ["behaviourHash"]],
    ["no caller", args({ clientNamespaces: [] }), ["clientNamespaces"]],
    ["a range from nothing", args({ replicas: { min: 0, max: 2, targetCpuPercent: 60 } }), ["replicas"]],
    ["a range that is none", args({ replicas: { min: 3, max: 2, targetCpuPercent: 60 } }), ["replicas"]],
    [
      "two replicas that share nothing",
      { ...alone(), replicas: { min: 1, max: 2, targetCpuPercent: 60 } },
      ["replicas.max"],
    ],
    [
      "less memory than LiteLLM needs",
      args({ resources: { cpuCores: 1, memoryGib: 0.25 } }),
      ["resources.memoryGib"],
    ],
    [
      "no master key: LiteLLM would ask for none",
      { ...alone(), secretEnv: {} },
      [
        "secretEnv.LITELLM_MASTER_KEY",
        "secretEnv.LOCKSTEP_CREDENTIAL_ANTHROPIC_MAIN",
        "secretEnv.LOCKSTEP_CREDENTIAL_OPENAI_MAIN",
      ],
    ],
    [
      "no master key, also where the file does not refer to it",
      { ...alone(), proxyYaml: "model_list: []\n", secretEnv: {} },
      ["secretEnv.LITELLM_MASTER_KEY"],
    ],
    [
      "a variable twice",
      args({ env: { ...rendered.env, LITELLM_MASTER_KEY: "x" } }),
      ["env.LITELLM_MASTER_KEY"],
    ],
    [
      "a database whose password cannot be had",
      { ...args(), ...{ externalSecrets: undefined } } as never,
      ["externalSecrets"],
    ],
  ])("are refused: %s", (_, made, expected) => expect(paths(made)).toEqual(expected));

  it("are refused all at once", () => {
    expect(paths(args({ image: "x", account: "x", region: "x" }), "Not A Name")).toEqual([
      "name",
      "account",
      "region",
      "image",
    ]);
  });
});
