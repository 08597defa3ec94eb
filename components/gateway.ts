import { createHash } from "node:crypto";
import { RolePolicy } from "@pulumi/aws/iam";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2";
import { ConfigMap, Namespace, Service, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { Ingress, NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { gatewayFiles } from "../gateway/files";
import { proxyPort } from "../gateway/litellm";
import { behaviourHashKey, gatewayLabel } from "../gateway/names";
import { checkGatewayArgs, type GatewayArgs } from "./gatewayArgs";
import { allowDns, denyAll, gatewayPolicy } from "./gatewayNetwork";
import { gatewayPod } from "./gatewayPod";
import { createPodRole, gatewayStatements } from "./gatewayRole";
import { GatewayState } from "./gatewayState";
import { restrictedNamespace, shortHash } from "./hardened";
import { readerPolicy } from "./secretPolicies";

/**
 * One environment's LLM gateway: LiteLLM in a namespace of its own, that lets in declared namespaces only and
 * calls nobody but providers and its own stores.
 *
 * Its files stand in an immutable ConfigMap whose name ends in the content's hash. So a change rolls the pods,
 * and pods of the old revision, also after going back, never start with the new files; a checksum annotation
 * would do the first only.
 *
 * Needs an AWS and a Kubernetes provider in `opts.providers`, and the EKS Pod Identity agent; with Postgres
 * also External Secrets.
 *
 * @throws pulumi.InputPropertiesError with every unusable argument.
 */
export class Gateway extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  /** The gateway's address inside the cluster, without a trailing "/". */
  readonly url: pulumi.Output<string>;
  /** The labels of the gateway's pods and of its Service. */
  readonly labels: Record<string, string>;
  readonly serviceAccountName: pulumi.Output<string>;
  readonly configMapName: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    checkGatewayArgs(name, args);
    super("lockstep:index:Gateway", name, {}, opts);
    const self = this;
    const { account, region } = args;
    const tags = args.tags === undefined ? {} : { tags: args.tags };
    const labels = { [gatewayLabel.key]: gatewayLabel.value, "app.kubernetes.io/instance": name };
    const files = gatewayFiles(args.proxyYaml, args.callbackJson);
    const hash = createHash("sha256").update(JSON.stringify(files)).digest("hex");
    const configName = `${name}-${hash.slice(0, 12)}`;

    const namespace = args.existingNamespace ?? createNamespace();
    const inNamespace = (objectName: string) => ({
      name: objectName,
      namespace: namespace.metadata.name,
      labels,
    });
    const state = createState();
    const role = createRole();
    const serviceAccount = createServiceAccount();
    const configMap = createConfigMap();
    const databaseSecret = createDatabaseSecret();
    createNetworkPolicies();
    const deployment = createDeployment();
    const service = createService();
    createDisruptionBudget();
    createAutoscaler();
    createIngress();

    this.namespace = namespace.metadata.name;
    this.labels = labels;
    this.url = pulumi.interpolate`http://${service.metadata.name}.${namespace.metadata.name}.svc:${servicePort}`;
    this.serviceAccountName = serviceAccount.metadata.name;
    this.configMapName = configMap.metadata.name;
    this.roleArn = role.arn;
    this.registerOutputs({
      namespace: this.namespace,
      url: this.url,
      host: args.ingress?.host,
      image: args.image,
      behaviourHash: args.behaviourHash,
      configMapName: this.configMapName,
      roleArn: this.roleArn,
      replicas: args.replicas,
      redis: args.state?.redis !== undefined,
      postgres: args.state?.postgres !== undefined,
    });

    function createNamespace(): Namespace {
      const metadata = { name: args.namespace, labels: { ...restrictedNamespace, ...args.namespaceLabels } };
      return new Namespace(`${name}-namespace`, { metadata }, { parent: self });
    }

    function createState(): GatewayState | undefined {
      if (args.state === undefined) return undefined;
      const { production, network, redis, postgres } = args.state;
      return new GatewayState(
        `${name}-state`,
        {
          account,
          region,
          production,
          network,
          ...(redis === undefined ? {} : { redis }),
          ...(postgres === undefined ? {} : { postgres }),
          ...tags,
        },
        { parent: self },
      );
    }

    function createRole() {
      const { requestLog, bedrockArns = [] } = args;
      const redisArns = state?.redisArns ?? [];
      return createPodRole(
        `${name}-pod`,
        {
          account,
          region,
          cluster: args.cluster,
          namespace: args.namespace,
          serviceAccount: name,
          description: `The gateway's pods in ${args.namespace}.`,
          statements: gatewayStatements({ region, requestLog, bedrockArns, redisArns }),
          ...tags,
        },
        self,
      );
    }

    function createServiceAccount(): ServiceAccount {
      return new ServiceAccount(
        `${name}-account`,
        { metadata: inNamespace(name), automountServiceAccountToken: false },
        { parent: self },
      );
    }

    function createConfigMap(): ConfigMap {
      return new ConfigMap(
        `${name}-config`,
        { metadata: inNamespace(configName), immutable: true, data: files },
        { parent: self },
      );
    }

    /**
     * The password that RDS keeps and rotates, as a Kubernetes Secret that follows it. Pods read it as they
     * start; the annotation lets Reloader restart them after a rotation, where it is installed.
     */
    function createDatabaseSecret(): string | undefined {
      const secretArn = state?.databaseSecretArn;
      if (state === undefined || secretArn === undefined || args.externalSecrets === undefined)
        return undefined;
      const { readerRoleName, storeName } = args.externalSecrets;
      const permission = new RolePolicy(
        `${name}-database`,
        {
          role: readerRoleName,
          policy: pulumi.jsonStringify(readerPolicy(region, [secretArn], state.keyArn)),
        },
        { parent: self },
      );
      const secretName = `${name}-database`;
      new CustomResource(
        `${name}-database`,
        {
          apiVersion: "external-secrets.io/v1",
          kind: "ExternalSecret",
          metadata: inNamespace(secretName),
          spec: {
            refreshInterval: "15m",
            secretStoreRef: { kind: "SecretStore", name: storeName },
            target: { name: secretName, creationPolicy: "Owner", deletionPolicy: "Retain" },
            data: [{ secretKey: "DATABASE_PASSWORD", remoteRef: { key: secretArn, property: "password" } }],
          },
        },
        { parent: self, dependsOn: [permission] },
      );
      return secretName;
    }

    function createNetworkPolicies(): void {
      const create = (
        suffix: string,
        spec: NonNullable<ConstructorParameters<typeof NetworkPolicy>[1]>["spec"],
      ) =>
        new NetworkPolicy(
          `${name}-${suffix}`,
          { metadata: inNamespace(`${name}-${suffix}`), spec },
          { parent: self },
        );
      create("deny-all", denyAll);
      create("dns", allowDns);
      create(
        "traffic",
        gatewayPolicy(labels, proxyPort, {
          clientNamespaces: args.clientNamespaces,
          monitoringNamespace: args.monitoringNamespace ?? "monitoring",
          stores: { redis: args.state?.redis !== undefined, postgres: args.state?.postgres !== undefined },
          ...(args.ingress === undefined ? {} : { ingressNamespace: args.ingress.controllerNamespace }),
          ...(args.state?.network.storeCidrs === undefined
            ? {}
            : { storeCidrs: args.state.network.storeCidrs }),
        }),
      );
    }

    function createDeployment(): Deployment {
      return new Deployment(
        `${name}-deployment`,
        {
          metadata: { ...inNamespace(name), annotations: { "reloader.stakater.com/auto": "true" } },
          spec: {
            // No replicas: the autoscaler sets them, and an update must not set them back.
            revisionHistoryLimit: 5,
            progressDeadlineSeconds: 600,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
            selector: { matchLabels: labels },
            template: {
              metadata: {
                labels: { ...labels, [behaviourHashKey]: shortHash(args.behaviourHash) },
                annotations: { [behaviourHashKey]: args.behaviourHash },
              },
              spec: gatewayPod(args, {
                labels,
                port: proxyPort,
                configMapName: configMap.metadata.name,
                serviceAccountName: serviceAccount.metadata.name,
                stateEnv: state?.env ?? {},
                databaseSecret,
              }),
            },
          },
        },
        { parent: self, dependsOn: [role] },
      );
    }

    function createService(): Service {
      const port = { name: "http", port: servicePort, targetPort: "http", protocol: "TCP" };
      return new Service(
        `${name}-service`,
        { metadata: inNamespace(name), spec: { type: "ClusterIP", selector: labels, ports: [port] } },
        { parent: self },
      );
    }

    function createDisruptionBudget(): void {
      const spec = {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: labels },
      };
      new PodDisruptionBudget(`${name}-budget`, { metadata: inNamespace(name), spec }, { parent: self });
    }

    function createAutoscaler(): void {
      const { min, max, targetCpuPercent } = args.replicas;
      new HorizontalPodAutoscaler(
        `${name}-autoscaler`,
        {
          metadata: inNamespace(name),
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name },
            minReplicas: min,
            maxReplicas: max,
            metrics: [
              {
                type: "Resource",
                resource: {
                  name: "cpu",
                  target: { type: "Utilization", averageUtilization: targetCpuPercent },
                },
              },
            ],
            // A pod that goes waits for its requests: no hurry in taking one away.
            behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
          },
        },
        { parent: self },
      );
    }

    function createIngress(): void {
      if (args.ingress === undefined) return;
      const { host, className, tlsSecretName, annotations } = args.ingress;
      const backend = { service: { name: service.metadata.name, port: { name: "http" } } };
      new Ingress(
        `${name}-ingress`,
        {
          metadata: { ...inNamespace(name), ...(annotations === undefined ? {} : { annotations }) },
          spec: {
            ingressClassName: className,
            tls: [{ hosts: [host], ...(tlsSecretName === undefined ? {} : { secretName: tlsSecretName }) }],
            // Clients' paths only: management, metrics and the admin pages stay inside the cluster.
            rules: [{ host, http: { paths: [{ path: "/v1", pathType: "Prefix", backend }] } }],
          },
        },
        { parent: self },
      );
    }
  }
}

const servicePort = 80;
