import { Provider as AwsProvider } from "@pulumi/aws/provider";
import { Namespace } from "@pulumi/kubernetes/core/v1";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import type { Contents } from "../config/hash";
import { semanticCacheCredential } from "../config/references";
import type { Config } from "../config/schema";
import { groupOf } from "../gateway/deployments";
import { worstCaseSeconds } from "../gateway/latency";
import { renderGateway } from "../gateway/render";
import { Budgets } from "./budgets";
import { Gateway } from "./gateway";
import { restrictedNamespace } from "./hardened";
import { partitionOf, type Statement } from "./key";
import { Monitoring } from "./monitoring";
import { Probes } from "./probes";
import { Quotas } from "./quotas";
import { RequestLog } from "./requestLog";
import { Secrets } from "./secrets";

export interface EnvironmentArgs {
  /** A stack's effective configuration. */
  config: Config;
  /** The contents of the files that it points to, by path. */
  contents: Contents;
  /** SHA-256 over the mirrored values, in hexadecimal. */
  behaviourHash: string;
  /** The project's files that jobs need, by path: `jobProject`. */
  project: Record<string, string>;
  /** Values of credentials by name, from encrypted configuration. Default none: they stay out of band. */
  credentialValues?: Record<string, pulumi.Input<string>>;
}

/**
 * Everything that one environment needs, limited to its own account and cluster: secrets, quotas, budgets,
 * the request log, the gateway, its monitoring and its probes.
 *
 * Both providers are made here from what is declared, so that ambient credentials for another account or
 * another cluster fail instead of building this environment there.
 *
 * @throws pulumi.InputPropertiesError from a component whose arguments are not usable.
 */
export class Environment extends pulumi.ComponentResource {
  readonly behaviourHash: string;
  /** The gateway's address inside the cluster. */
  readonly gatewayUrl: pulumi.Output<string>;
  /** The ARN of the topic of all alarms. */
  readonly alarmTopic: pulumi.Output<string>;
  readonly requestLogBucket: pulumi.Output<string>;
  /** The name of the ConfigMap that holds the Grafana dashboard. */
  readonly dashboard: pulumi.Output<string>;
  /** The name of the monthly AWS budget. */
  readonly budget: pulumi.Output<string>;

  constructor(name: string, args: EnvironmentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lockstep:index:Environment", name, {}, opts);
    const self = this;
    const { config, behaviourHash } = args;
    const { account, region, cluster, namespace: namespaceName, tier } = config.environment;
    const tags = { "lockstep:environment": tier, "lockstep:stack": pulumi.getStack() };
    const cacheCredential = semanticCacheCredential(config);
    const rendered = renderGateway(config, { behaviourHash, files: args.contents });

    const { aws, kubernetes } = createProviders();
    const within = { parent: self, providers: [aws, kubernetes] };
    const namespace = createNamespace();
    const secrets = createSecrets();
    const quotas = createQuotas();
    const requestLog = createRequestLog();
    const budgets = createBudgets();
    const gateway = createGateway();
    const monitoring = createMonitoring();
    const probes = createProbes();

    this.behaviourHash = behaviourHash;
    this.gatewayUrl = gateway.url;
    this.alarmTopic = budgets.topicArn;
    this.requestLogBucket = requestLog.bucketName;
    this.dashboard = monitoring.dashboardName;
    this.budget = budgets.monthlyBudgetName;
    this.registerOutputs({
      tier,
      account,
      namespace: namespaceName,
      behaviourHash,
      gatewayUrl: this.gatewayUrl,
      alarmTopic: this.alarmTopic,
      requestLogBucket: this.requestLogBucket,
      dashboard: this.dashboard,
      budget: this.budget,
      rateLimits: quotas.rateLimits,
      schedules: probes.schedules,
    });

    function createProviders() {
      const aws = new AwsProvider(
        `${name}-aws`,
        { region, allowedAccountIds: [account], defaultTags: { tags } },
        { parent: self },
      );
      const kubernetes = new KubernetesProvider(
        `${name}-kubernetes`,
        { context: cluster.context, namespace: namespaceName },
        { parent: self },
      );
      return { aws, kubernetes };
    }

    function createNamespace(): Namespace {
      const labels = { ...restrictedNamespace, "lockstep.dev/environment": tier };
      return new Namespace(
        `${name}-namespace`,
        { metadata: { name: namespaceName, labels } },
        { parent: self, provider: kubernetes },
      );
    }

    function createSecrets(): Secrets {
      const { secretPrefix, kmsAlias, administrators } = config.environment;
      return new Secrets(
        `${name}-secrets`,
        {
          account,
          region,
          cluster: cluster.name,
          namespace: namespace.metadata.name,
          secretPrefix,
          kmsAlias,
          administrators,
          credentials: {
            ...config.credentials,
            [masterKey]: { secretName: `${secretPrefix}/${masterKey}`, variable: "LITELLM_MASTER_KEY" },
            ...(cacheCredential === undefined
              ? {}
              : {
                  [cacheCredential]: {
                    secretName: `${secretPrefix}/${cacheCredential}`,
                    variable: "VALKEY_PASSWORD",
                  },
                }),
            ...retrievalSecrets(config),
          },
          values: args.credentialValues ?? {},
        },
        within,
      );
    }

    function createQuotas(): Quotas {
      const serviceQuotas = Object.values(config.deployment.serviceQuotas);
      const options = { ...within, dependsOn: [namespace] };
      return new Quotas(
        `${name}-quotas`,
        { namespace: namespaceName, limits: config.limits, serviceQuotas },
        options,
      );
    }

    function createRequestLog(): RequestLog {
      const { requestLogDays: retentionDays, athenaScanLimitGib } = config.monitoring;
      const bucketName = config.environment.requestLogBucket;
      return new RequestLog(
        `${name}-request-log`,
        { account, region, bucketName, retentionDays, athenaScanLimitGib },
        within,
      );
    }

    function createBudgets(): Budgets {
      const { alarmTopic: topicName } = config.environment;
      const { contacts } = config.monitoring;
      return new Budgets(
        `${name}-budgets`,
        { account, region, topicName, contacts, limits: config.limits, kmsKeyArn: secrets.keyArn },
        within,
      );
    }

    function createGateway(): Gateway {
      const { replicas, resources, clientNamespaces, ingress } = config.deployment;
      const { kubernetesSecretName: secretName } = secrets;
      const variables = [
        ...Object.keys(rendered.secretEnv),
        "LITELLM_MASTER_KEY",
        ...(cacheCredential === undefined ? [] : ["VALKEY_PASSWORD"]),
      ];
      return new Gateway(
        `${name}-gateway`,
        {
          account,
          region,
          cluster: cluster.name,
          namespace: namespaceName,
          existingNamespace: namespace,
          image: config.gateway.image,
          proxyYaml: rendered.proxyYaml,
          callbackJson: rendered.callbackJson,
          env: rendered.env,
          secretEnv: Object.fromEntries(variables.map((key) => [key, { secretName, key }])),
          behaviourHash,
          replicas,
          resources,
          clientNamespaces,
          longestRequestSeconds: Math.max(
            ...Object.keys(config.routes).map((route) => worstCaseSeconds(config, route)),
          ),
          requestLog,
          bedrockArns: bedrockArns(config),
          ...stateArgs(config, cacheCredential && args.credentialValues?.[cacheCredential]),
          externalSecrets: { storeName: secrets.secretStoreName, readerRoleName: secrets.readerRoleName },
          ...(ingress === undefined ? {} : { ingress }),
        },
        within,
      );
    }

    function createMonitoring(): Monitoring {
      const { objectives, limits } = config;
      const { databaseName: database, tableName: table } = requestLog;
      return new Monitoring(
        `${name}-monitoring`,
        {
          environment: name,
          namespace: namespaceName,
          gatewayLabels: gateway.labels,
          behaviourHash,
          objectives,
          limits,
          retrieval: retrievalGroups(config),
          canary: { cronJob: `${name}-probes-canary`, everyMinutes: config.monitoring.canaryEveryMinutes },
          requestLog: { database, table },
        },
        { ...within, dependsOn: [namespace] },
      );
    }

    function createProbes(): Probes {
      const { retrieval, ...commands } = config.gateway.probeCommands;
      const { retrievalIndex, samplingRatio, canaryEveryMinutes } = config.monitoring;
      const { kubernetesSecretName: secretName } = secrets;
      const gatewayKey = { LOCKSTEP_GATEWAY_KEY: { secretName, key: "LITELLM_MASTER_KEY" } };
      const indexKeys = Object.values(retrievalSecrets(config)).map(({ variable }) => [
        variable,
        { secretName, key: variable },
      ]);
      return new Probes(
        `${name}-probes`,
        {
          account,
          region,
          cluster: cluster.name,
          namespace: namespaceName,
          image: config.gateway.probeImage,
          commands: config.behaviour.retrieval === undefined ? commands : { ...commands, retrieval },
          canaryEveryMinutes,
          gatewayUrl: gateway.url,
          gatewayLabels: gateway.labels,
          behaviourHash,
          project: args.project,
          privateAddresses: retrievalIndex?.privateAddresses ?? [],
          env: {
            LOCKSTEP_STACK: pulumi.getStack(),
            LOCKSTEP_SAMPLING_RATIO: String(samplingRatio),
            LOCKSTEP_RETRIEVAL_LOAD: "no",
            // What else an audit reads, only somebody outside the cluster may: the workflow does.
            LOCKSTEP_AUDIT_SOURCES: "gateway",
            LOCKSTEP_REQUEST_LOG: pulumi.interpolate`s3://${requestLog.bucketName}/${requestLog.prefix}`,
            LOCKSTEP_SAMPLE_HISTORY: pulumi.interpolate`s3://${requestLog.bucketName}/${sampleHistory}`,
          },
          statements: { sampling: samplingStatements(region, requestLog) },
          secretEnv: {
            canary: gatewayKey,
            retrieval: { ...gatewayKey, ...Object.fromEntries(indexKeys) },
            sampling: gatewayKey,
            audit: gatewayKey,
          },
        },
        { ...within, dependsOn: [namespace] },
      );
    }
  }
}

/** What a retrieval calls through the gateway, by its names there. */
function retrievalGroups({ behaviour, models }: Config): string[] {
  const { embeddingModel, rerankModel } = behaviour.retrieval ?? {};
  return [embeddingModel, rerankModel].flatMap((name) => {
    const model = name === undefined ? undefined : models[name];
    return name === undefined || model === undefined ? [] : [groupOf(name, model)];
  });
}

/** The credential that administrates the gateway itself; no provider has issued it. */
const masterKey = "gateway-master-key";

/** The object that keeps what earlier samples came to. */
const sampleHistory = "samples/history.jsonl";

/** Reads the log and keeps its own history, and nothing else of the bucket. */
function samplingStatements(region: string, { bucketArn, prefix, kmsKeyArn }: RequestLog): Statement[] {
  const history = pulumi.interpolate`${bucketArn}/${sampleHistory}`;
  return [
    // Without it S3 tells "forbidden" of an object that is not there yet.
    { Sid: "ListRequestLog", Effect: "Allow", Action: "s3:ListBucket", Resource: bucketArn },
    {
      Sid: "ReadRequestLog",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: [pulumi.interpolate`${bucketArn}/${prefix}/*`, history],
    },
    { Sid: "KeepHistory", Effect: "Allow", Action: "s3:PutObject", Resource: history },
    {
      Sid: "UseRequestLogKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: kmsKeyArn,
      Condition: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
    },
  ];
}

/** The keys to the index and to the corpus, as secrets of the environment by name; those that are declared. */
function retrievalSecrets({ monitoring }: Config): Record<string, { secretName: string; variable: string }> {
  const { adapter, secretName, corpusSecretName } = monitoring.retrievalIndex ?? {};
  const variable = adapter === "pgvector" ? "LOCKSTEP_SEARCH_DATABASE" : "LOCKSTEP_SEARCH_KEY";
  return {
    ...(secretName === undefined ? {} : { "retrieval-index": { secretName, variable } }),
    ...(corpusSecretName === undefined
      ? {}
      : { "retrieval-corpus": { secretName: corpusSecretName, variable: "LOCKSTEP_CORPUS_KEY" } }),
  };
}

function stateArgs({ deployment, environment }: Config, password: pulumi.Input<string> | undefined) {
  const { redis, postgres, network } = deployment;
  if (redis === undefined && postgres === undefined) return {};
  return {
    state: {
      production: environment.tier === "production",
      network,
      ...(redis === undefined
        ? {}
        : { redis: { ...redis, ...(password === undefined ? {} : { semanticCachePassword: password }) } }),
      ...(postgres === undefined ? {} : { postgres }),
    },
  };
}

/**
 * What the gateway may call at Bedrock. An id with a geography before the model's name ("us.") is an
 * inference profile of the account, which calls the model in several regions.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
 */
export function bedrockArns({ models, environment }: Config): string[] {
  const arns = Object.values(models).flatMap(({ provider, modelId, region = environment.region }) => {
    if (provider !== "bedrock") return [];
    if (modelId.startsWith("arn:")) return [modelId];
    const bedrock = `arn:${partitionOf(region)}:bedrock`;
    const profile = /^(?:us|eu|apac|jp|au|ca|us-gov|global)\.(.+)$/.exec(modelId)?.[1];
    if (profile === undefined) return [`${bedrock}:${region}::foundation-model/${modelId}`];
    return [
      `${bedrock}:${region}:${environment.account}:inference-profile/${modelId}`,
      `${bedrock}:*::foundation-model/${profile}`,
    ];
  });
  return [...new Set(arns)].sort();
}
