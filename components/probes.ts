import type { Role } from "@pulumi/aws/iam";
import { CronJob } from "@pulumi/kubernetes/batch/v1";
import { ConfigMap, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { proxyPort } from "../gateway/litellm";
import { behaviourHashKey } from "../gateway/names";
import { jobPolicy, type PrivateAddress } from "./gatewayNetwork";
import { createPodRole } from "./gatewayRole";
import {
  hardenedContainer,
  hardenedPod,
  isPinnedImage,
  type ResourceArgs,
  shortHash,
  temporaryMount,
  temporaryVolume,
} from "./hardened";
import { InputErrors, isAccount, isLabel, isPositive, isRegion } from "./inputErrors";
import type { Statement } from "./key";

/** The jobs, by what they find out. */
export const probeKinds = ["canary", "retrieval", "sampling", "audit"] as const;
export type ProbeKind = (typeof probeKinds)[number];

export interface ProbesArgs {
  /** The AWS account id, 12 digits. */
  account: string;
  /** The AWS region of the environment. */
  region: string;
  /** The name of the EKS cluster, for Pod Identity. */
  cluster: string;
  /** The namespace, which has to exist: the gateway's, whose network policies let jobs of it in. */
  namespace: string;
  /** The image of all jobs by digest. */
  image: string;
  /** The command of each job; a kind that is left out does not run. */
  commands: Partial<Record<ProbeKind, string[]>>;
  /** The interval between runs of the canary, from 1 minute; whole hours from 60. */
  canaryEveryMinutes: number;
  /** The gateway's address: `Gateway.url`. */
  gatewayUrl: pulumi.Input<string>;
  /** The labels of the gateway's pods, which the jobs may call: `Gateway.labels`. */
  gatewayLabels: Record<string, string>;
  /** The hash that the running gateway should report. */
  behaviourHash: string;
  /** The project's files by path, with their texts, from which the jobs know what is declared. */
  project: Record<string, string>;
  /** Private addresses that the jobs may reach beside the internet over HTTPS. Default none. */
  privateAddresses?: PrivateAddress[];
  /** More plain variables, such as the bucket that results go to. No credentials. Default none. */
  env?: Record<string, pulumi.Input<string>>;
  /** Variables of each job from Kubernetes Secrets in the namespace, such as the gateway's key. Default none. */
  secretEnv?: Partial<Record<ProbeKind, Record<string, { secretName: pulumi.Input<string>; key: string }>>>;
  /** What each job may do in AWS: it then has a service account and a role of its own. Default nothing. */
  statements?: Partial<Record<ProbeKind, Statement[]>>;
  /** What a job's container requests and is limited to. Default 0.25 cores and 0.5 GiB. */
  resources?: ResourceArgs;
  /** Tags for every AWS resource. */
  tags?: Record<string, string>;
}

/**
 * The jobs that look at one environment all the time: the behavioural canary, the freshness of the retrieval
 * index, the scoring of sampled answers, and the monthly drift audit. Two runs of a job never overlap, and a
 * run that would outlast its interval is ended.
 *
 * Needs an AWS and a Kubernetes provider in `opts.providers`, and the EKS Pod Identity agent.
 *
 * @throws pulumi.InputPropertiesError with every unusable argument.
 */
export class Probes extends ComponentResource {
  /** The cron expression of each job, in UTC. */
  readonly schedules: Partial<Record<ProbeKind, string>>;
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: ProbesArgs, opts?: ComponentResourceOptions) {
    checkArgs(name, args);
    super("lockstep:index:Probes", name, {}, opts);
    const self = this;
    const labels = { "app.kubernetes.io/name": "llm-probe", "app.kubernetes.io/instance": name };
    const inNamespace = (objectName: string) => ({ name: objectName, namespace: args.namespace, labels });
    const kinds = probeKinds.filter((kind) => args.commands[kind] !== undefined);
    const plans = plansOf(args.canaryEveryMinutes);

    const role = createRole(`${name}-pod`, name, `The probes in ${args.namespace}.`, []);
    const serviceAccount = createServiceAccount(`${name}-account`, name);
    createNetworkPolicy();
    const project = createProject();
    for (const kind of kinds) createJob(kind, args.commands[kind] ?? []);

    this.schedules = Object.fromEntries(kinds.map((kind) => [kind, plans[kind].schedule]));
    this.roleArn = role.arn;
    this.registerOutputs({
      schedules: this.schedules,
      roleArn: this.roleArn,
      image: args.image,
      behaviourHash: args.behaviourHash,
    });

    function createRole(
      resource: string,
      serviceAccount: string,
      description: string,
      statements: Statement[],
    ) {
      const { account, region, cluster, namespace } = args;
      const tags = args.tags === undefined ? {} : { tags: args.tags };
      return createPodRole(
        resource,
        { account, region, cluster, namespace, serviceAccount, description, statements, ...tags },
        self,
      );
    }

    function createServiceAccount(resource: string, accountName: string): ServiceAccount {
      return new ServiceAccount(
        resource,
        { metadata: inNamespace(accountName), automountServiceAccountToken: false },
        { parent: self },
      );
    }

    /** The account and the role that a job runs under: its own where it may do more than others. */
    function identityOf(kind: ProbeKind): { account: ServiceAccount; role: Role } {
      const statements = args.statements?.[kind] ?? [];
      if (statements.length === 0) return { account: serviceAccount, role };
      const own = `${name}-${kind}`;
      return {
        account: createServiceAccount(`${own}-account`, own),
        role: createRole(`${own}-pod`, own, `The job ${kind} in ${args.namespace}.`, statements),
      };
    }

    function createNetworkPolicy(): void {
      new NetworkPolicy(
        `${name}-traffic`,
        {
          metadata: inNamespace(`${name}-traffic`),
          spec: jobPolicy(labels, args.gatewayLabels, proxyPort, args.privateAddresses),
        },
        { parent: self },
      );
    }

    /** Each run mounts it as it is then: no job has to be started anew for it. */
    function createProject(): ConfigMap {
      const data = Object.fromEntries(
        Object.entries(args.project).map(([path, text]) => [projectKey(path), text]),
      );
      return new ConfigMap(
        `${name}-project`,
        { metadata: inNamespace(`${name}-project`), data },
        { parent: self },
      );
    }

    function createJob(kind: ProbeKind, command: string[]): void {
      const { schedule, deadlineSeconds, startWithinSeconds } = plans[kind];
      const identity = identityOf(kind);
      new CronJob(
        `${name}-${kind}`,
        {
          metadata: inNamespace(`${name}-${kind}`),
          spec: {
            schedule,
            timeZone: "Etc/UTC",
            concurrencyPolicy: "Forbid",
            startingDeadlineSeconds: startWithinSeconds,
            successfulJobsHistoryLimit: 3,
            failedJobsHistoryLimit: 5,
            jobTemplate: {
              spec: {
                activeDeadlineSeconds: deadlineSeconds,
                // What a probe finds is a result (1), and asking twice would pay twice; anything else may be the node.
                backoffLimit: 1,
                podFailurePolicy: {
                  rules: [
                    {
                      action: "FailJob",
                      onExitCodes: { containerName: kind, operator: "In", values: [1] },
                    },
                  ],
                },
                ttlSecondsAfterFinished: 86_400,
                template: {
                  metadata: {
                    labels: {
                      ...labels,
                      "lockstep.dev/probe": kind,
                      [behaviourHashKey]: shortHash(args.behaviourHash),
                    },
                    annotations: { [behaviourHashKey]: args.behaviourHash },
                  },
                  spec: podOf(kind, command, identity.account),
                },
              },
            },
          },
        },
        { parent: self, dependsOn: [identity.role] },
      );
    }

    function podOf(kind: ProbeKind, command: string[], account: ServiceAccount) {
      return {
        ...hardenedPod(account.metadata.name),
        restartPolicy: "Never",
        containers: [
          {
            ...hardenedContainer(args.resources ?? { cpuCores: 0.25, memoryGib: 0.5 }),
            name: kind,
            image: args.image,
            command,
            workingDir: projectFolder,
            env: environment(args, kind),
            volumeMounts: [{ name: "project", mountPath: projectFolder, readOnly: true }, temporaryMount],
          },
        ],
        volumes: [
          {
            name: "project",
            configMap: {
              name: project.metadata.name,
              items: Object.keys(args.project).map((path) => ({ key: projectKey(path), path })),
            },
          },
          kind === "sampling" ? copyVolume : temporaryVolume,
        ],
      };
    }
  }
}

/** An hour of the request log is copied there. */
const copyVolume = { ...temporaryVolume, emptyDir: { sizeLimit: "8Gi" } };
const projectFolder = "/project";
/** A ConfigMap holds 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/); names take some of it. */
const maxProjectBytes = 1024 ** 2 - 64 * 1024;
/** A key of a ConfigMap has no slash. */
const projectKey = (path: string): string => path.replaceAll("/", "__");

interface Plan {
  schedule: string;
  deadlineSeconds: number;
  /** A run that could not start for that long is left out. */
  startWithinSeconds: number;
}

/** Off the full hour, where everybody else's jobs start. */
function plansOf(canaryEveryMinutes: number): Record<ProbeKind, Plan> {
  const hourly = (minute: number): Plan => ({
    schedule: `${minute} * * * *`,
    deadlineSeconds: 3_300,
    startWithinSeconds: 600,
  });
  const canary =
    canaryEveryMinutes < 60
      ? `*/${canaryEveryMinutes} * * * *`
      : canaryEveryMinutes === 1_440
        ? "7 0 * * *"
        : `7 */${canaryEveryMinutes / 60} * * *`;
  return {
    canary: {
      schedule: canary,
      deadlineSeconds: Math.max(50, canaryEveryMinutes * 60 - 10),
      startWithinSeconds: Math.max(30, canaryEveryMinutes * 30),
    },
    retrieval: hourly(13),
    sampling: hourly(37),
    audit: { schedule: "17 3 1 * *", deadlineSeconds: 14_400, startWithinSeconds: 43_200 },
  };
}

/** In the order of their names. */
function environment(args: ProbesArgs, kind: ProbeKind) {
  const plain = {
    ...args.env,
    HOME: "/tmp",
    LOCKSTEP_BEHAVIOUR_HASH: args.behaviourHash,
    LOCKSTEP_GATEWAY_URL: args.gatewayUrl,
  };
  return [
    ...Object.entries(plain).map(([name, value]) => ({ name, value })),
    ...Object.entries(args.secretEnv?.[kind] ?? {}).map(([name, { secretName, key }]) => ({
      name,
      valueFrom: { secretKeyRef: { name: secretName, key } },
    })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Intervals that cron can say: those that divide an hour or a day; every seven minutes would start anew each hour. */
const sayable = (minutes: number): boolean =>
  Number.isInteger(minutes) &&
  minutes >= 1 &&
  (minutes < 60 ? 60 % minutes === 0 : minutes % 60 === 0 && 1_440 % minutes === 0);

function checkArgs(name: string, args: ProbesArgs): void {
  const errors = new InputErrors(`Probes "${name}"`);
  // A job's name gets eleven characters on top of the CronJob's, which has to fit in 52.
  errors.require(
    isLabel(name) && name.length <= 40,
    "name",
    "Not a Kubernetes name of at most 40 characters.",
  );
  errors.require(isAccount(args.account), "account", "Not an AWS account id of 12 digits.");
  errors.require(isRegion(args.region), "region", 'Not an AWS region, such as "us-east-1".');
  errors.require(isLabel(args.namespace), "namespace", `"${args.namespace}" is not a Kubernetes name.`);
  errors.require(isPinnedImage(args.image), "image", `"${args.image}" is not an image by digest.`);
  errors.require(/^[0-9a-f]{64}$/.test(args.behaviourHash), "behaviourHash", "Not a SHA-256 in hexadecimal.");
  errors.require(Object.keys(args.commands).length > 0, "commands", "Empty; nothing would run.");
  for (const kind of probeKinds) {
    const command = args.commands[kind];
    errors.require(
      command === undefined || command.length > 0,
      `commands.${kind}`,
      "Empty; leave the kind out.",
    );
  }
  const paths = Object.keys(args.project);
  errors.require(
    "Pulumi.yaml" in args.project,
    "project",
    "Without Pulumi.yaml; no job knows what is declared.",
  );
  errors.require(
    new Set(paths.map(projectKey)).size === paths.length,
    "project",
    'Two paths that differ in "/" and "__" only.',
  );
  const bytes = Object.entries(args.project).reduce((sum, entry) => sum + Buffer.byteLength(entry.join()), 0);
  errors.require(
    bytes <= maxProjectBytes,
    "project",
    `${bytes} bytes; a ConfigMap takes ${maxProjectBytes} of them. Shorten the files that the configuration points to.`,
  );
  errors.require(
    sayable(args.canaryEveryMinutes),
    "canaryEveryMinutes",
    `${args.canaryEveryMinutes} minutes divide neither an hour nor, as whole hours, a day.`,
  );
  errors.require(
    Object.keys(args.gatewayLabels).length > 0,
    "gatewayLabels",
    "Empty; every pod could be called.",
  );
  if (args.resources !== undefined) {
    errors.require(
      isPositive(args.resources.cpuCores),
      "resources.cpuCores",
      "Not a number of cores above zero.",
    );
    errors.require(
      isPositive(args.resources.memoryGib),
      "resources.memoryGib",
      "Not a number of GiB above zero.",
    );
  }
  for (const variable of Object.values(args.secretEnv ?? {}).flatMap((each) => Object.keys(each))) {
    errors.require(
      !(variable in (args.env ?? {})),
      `env.${variable}`,
      "Also in secretEnv; it has to be in one of them.",
    );
  }
  errors.throwIfAny();
}
