import type { Namespace } from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import type { GatewayStateArgs } from "./gatewayState";
import { isPinnedImage, type ResourceArgs } from "./hardened";
import { InputErrors, isAccount, isLabel, isPositive, isRegion } from "./inputErrors";

export interface GatewayArgs {
  /** The AWS account id, 12 digits. */
  account: string;
  /** The AWS region of the environment. */
  region: string;
  /** The name of the EKS cluster, for Pod Identity. */
  cluster: string;
  /** The namespace's name. */
  namespace: string;
  /** The namespace, where it exists already. Default: it is created here, with the pod-security labels. */
  existingNamespace?: Namespace;
  /** More labels for the namespace. Default none. */
  namespaceLabels?: Record<string, string>;
  /** The image by digest: "registry/repository:tag@sha256:…". */
  image: string;
  /** LiteLLM's file, as `renderGateway` gives it. It refers to credentials, and holds none. */
  proxyYaml: string;
  /** What the callback of the breaker reads, as `renderGateway` gives it. */
  callbackJson: string;
  /** Plain environment variables, as `renderGateway` gives them. */
  env: Record<string, string>;
  /**
   * Environment variables from Kubernetes Secrets in the namespace: credentials, and `LITELLM_MASTER_KEY`.
   * Every variable that the file refers to has to be here, in `env`, or come from `state`.
   */
  secretEnv: Record<string, { secretName: pulumi.Input<string>; key: string }>;
  /** The SHA-256 of the stack's mirrored values: a label (its start) and an annotation of the pods. */
  behaviourHash: string;
  replicas: { min: number; max: number; targetCpuPercent: number };
  resources: ResourceArgs;
  /** The namespaces whose pods may call the gateway. */
  clientNamespaces: string[];
  /** The namespace of Prometheus. Default "monitoring". */
  monitoringNamespace?: string;
  /** The longest that a request may take, in seconds: a pod that ends waits for its requests that long. */
  longestRequestSeconds: number;
  /** Where request logs are written. */
  requestLog: { bucketArn: pulumi.Input<string>; prefix: string; kmsKeyArn: pulumi.Input<string> };
  /** The ARNs of Bedrock models and inference profiles that the gateway may call. Default none. */
  bedrockArns?: string[];
  /** Redis and Postgres. Absent: neither, and one replica at most. */
  state?: Omit<GatewayStateArgs, "account" | "region" | "tags" | "network"> & {
    network: GatewayStateArgs["network"] & {
      /** The blocks of the private subnets, for the network policy. Default: all private blocks. */
      storeCidrs?: string[];
    };
  };
  /** The SecretStore and the reader of the environment's secrets: with Postgres, its password goes that way. */
  externalSecrets?: { storeName: pulumi.Input<string>; readerRoleName: pulumi.Input<string> };
  /** The way in from outside the cluster. Default: none, applications call the Service. */
  ingress?: {
    host: string;
    className: string;
    /** The namespace of the ingress controller. */
    controllerNamespace: string;
    /** The Secret with the certificate. Default: the controller's own certificate. */
    tlsSecretName?: string | undefined;
    /** For the controller. The gateway itself keeps headers from clients that are none of theirs. */
    annotations?: Record<string, string>;
  };
  /** Tags for every AWS resource. */
  tags?: Record<string, string>;
}

/** The variables that `GatewayState` gives, by store. */
const stateVariables = {
  redis: ["REDIS_HOST"],
  postgres: ["DATABASE_HOST", "DATABASE_NAME", "DATABASE_USERNAME", "DATABASE_PASSWORD"],
};

/** Throws all problems of the arguments at once. */
export function checkGatewayArgs(name: string, args: GatewayArgs): void {
  const errors = new InputErrors(`Gateway "${name}"`);
  errors.require(
    /^[a-z](-?[a-z0-9]){0,25}$/.test(name),
    "name",
    "Not at most 26 characters a-z, 0-9 and single dashes.",
  );
  errors.require(isAccount(args.account), "account", "Not an AWS account id of 12 digits.");
  errors.require(isRegion(args.region), "region", 'Not an AWS region, such as "us-east-1".');
  errors.require(isLabel(args.namespace), "namespace", `"${args.namespace}" is not a Kubernetes name.`);
  errors.require(isPinnedImage(args.image), "image", `"${args.image}" is not an image by digest.`);
  errors.require(/^[0-9a-f]{64}$/.test(args.behaviourHash), "behaviourHash", "Not a SHA-256 in hexadecimal.");
  checkSize(args, errors);
  checkVariables(args, errors);
  errors.require(
    args.clientNamespaces.length > 0,
    "clientNamespaces",
    "Empty; nobody could call the gateway.",
  );
  for (const [index, namespace] of args.clientNamespaces.entries()) {
    errors.require(
      isLabel(namespace),
      `clientNamespaces[${index}]`,
      `"${namespace}" is not a Kubernetes name.`,
    );
  }
  errors.require(
    args.state?.postgres === undefined || args.externalSecrets !== undefined,
    "externalSecrets",
    "Missing; without it the gateway cannot get its database's password.",
  );
  errors.throwIfAny();
}

function checkSize(args: GatewayArgs, errors: InputErrors): void {
  const { min, max, targetCpuPercent } = args.replicas;
  const whole = Number.isInteger(min) && Number.isInteger(max) && min >= 1;
  errors.require(whole && min <= max, "replicas", `${min} to ${max} is not a range of whole numbers from 1.`);
  errors.require(
    max <= 1 || args.state?.redis !== undefined,
    "replicas.max",
    `${max} replicas without Redis: each would count limits and cool-downs for itself.`,
  );
  errors.require(
    targetCpuPercent >= 10 && targetCpuPercent <= 95,
    "replicas.targetCpuPercent",
    `${targetCpuPercent} is not 10 to 95 percent.`,
  );
  errors.require(
    isPositive(args.resources.cpuCores),
    "resources.cpuCores",
    "Not a number of cores above zero.",
  );
  errors.require(
    args.resources.memoryGib >= 0.5,
    "resources.memoryGib",
    `${args.resources.memoryGib} GiB; LiteLLM alone takes 0.4.`,
  );
  errors.require(
    isPositive(args.longestRequestSeconds),
    "longestRequestSeconds",
    "Not a number of seconds above zero.",
  );
}

/** LiteLLM takes a variable that is not set for nothing, and starts: without a master key it asks for none. */
function checkVariables(args: GatewayArgs, errors: InputErrors): void {
  const given = new Set([
    ...Object.keys(args.env),
    ...Object.keys(args.secretEnv),
    ...(args.state?.redis === undefined ? [] : stateVariables.redis),
    ...(args.state?.postgres === undefined ? [] : stateVariables.postgres),
  ]);
  const used = new Set(["LITELLM_MASTER_KEY"]);
  for (const match of args.proxyYaml.matchAll(/os\.environ\/(\w+)/g))
    if (match[1] !== undefined) used.add(match[1]);
  for (const variable of [...used].sort()) {
    errors.require(given.has(variable), `secretEnv.${variable}`, "Missing; the gateway's file refers to it.");
  }
  for (const variable of Object.keys(args.secretEnv)) {
    errors.require(
      !(variable in args.env),
      `env.${variable}`,
      "Also in secretEnv; it has to be in one of them.",
    );
  }
}
