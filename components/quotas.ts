import { ServiceQuota } from "@pulumi/aws/servicequotas";
import { LimitRange, Namespace, ResourceQuota } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { InputErrors, isLabel, isPositive } from "./inputErrors";

/** What a namespace may occupy. */
export interface ClusterLimits {
  /** The sum of CPU requests, and of CPU limits, in cores. */
  cpuCores: number;
  /** The sum of memory requests, and of memory limits, in GiB. */
  memoryGib: number;
  /** The number of pods. */
  pods: number;
}

/** What the gateway admits. */
export interface RateLimits {
  /** Requests admitted in a minute. */
  requestsPerMinute: number;
  /** Input and output tokens admitted in a minute. */
  tokensPerMinute: number;
  /** Requests in flight at one time. */
  concurrentRequests: number;
}

export interface ServiceQuotaArgs {
  /** The service's code in Service Quotas, such as "bedrock". */
  serviceCode: string;
  /** The quota's code, such as "L-F678F1CE". */
  quotaCode: string;
  /** The value asked for, in the quota's own unit. AWS grants increases only: it cannot go below today's. */
  value: number;
  /** Why it is asked for. */
  description: string;
}

export interface QuotasArgs {
  /** The environment's namespace. It has to exist. */
  namespace: string;
  limits: RateLimits & {
    cluster: ClusterLimits;
    /** The limits by team. One with a `cluster` gets the namespace `<namespace>-<team>`. Default none. */
    teams?: Record<string, RateLimits & { cluster?: ClusterLimits | undefined }>;
  };
  /** AWS service quotas to ask for. Default none. */
  serviceQuotas?: ServiceQuotaArgs[];
  /** Labels for every Kubernetes object. */
  labels?: Record<string, string>;
}

/**
 * What one environment may occupy of its cluster and of its AWS account, and what its gateway may admit.
 *
 * The rate limits create nothing here: the gateway enforces them. They are an output, so that what is
 * declared and what is enforced have one source. Needs a Kubernetes provider, and an AWS one where
 * `serviceQuotas` are asked for.
 *
 * @throws pulumi.InputPropertiesError with every unusable argument.
 */
export class Quotas extends pulumi.ComponentResource {
  /** The limits that the gateway enforces. */
  readonly rateLimits: { environment: RateLimits; teams: Record<string, RateLimits> };
  /** The namespaces by team, of the teams that have one. */
  readonly teamNamespaces: Record<string, pulumi.Output<string>>;

  constructor(name: string, args: QuotasArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("lockstep:index:Quotas", name, {}, opts);
    const self = this;
    const { namespace, limits } = args;
    const teams = Object.entries(limits.teams ?? {});

    createQuota(name, namespace, limits.cluster);
    this.teamNamespaces = createTeams();
    createServiceQuotas();

    this.rateLimits = {
      environment: rateLimitsOf(limits),
      teams: Object.fromEntries(teams.map(([team, teamLimits]) => [team, rateLimitsOf(teamLimits)])),
    };
    this.registerOutputs({
      namespace,
      cluster: limits.cluster,
      rateLimits: this.rateLimits,
      teamNamespaces: this.teamNamespaces,
    });

    function createQuota(prefix: string, target: pulumi.Input<string>, cluster: ClusterLimits): void {
      const metadata = { name: "lockstep", namespace: target, ...labelled(args.labels) };
      new ResourceQuota(`${prefix}-quota`, { metadata, spec: { hard: hard(cluster) } }, { parent: self });
      new LimitRange(`${prefix}-range`, { metadata, spec: { limits: [range(cluster)] } }, { parent: self });
    }

    function createTeams(): Record<string, pulumi.Output<string>> {
      const created: Record<string, pulumi.Output<string>> = {};
      for (const [team, { cluster }] of teams) {
        if (cluster === undefined) continue;
        const teamNamespace = new Namespace(
          `${name}-${team}`,
          { metadata: { name: `${namespace}-${team}`, ...labelled({ ...args.labels, ...restricted }) } },
          { parent: self },
        );
        created[team] = teamNamespace.metadata.name;
        createQuota(`${name}-${team}`, teamNamespace.metadata.name, cluster);
      }
      return created;
    }

    function createServiceQuotas(): void {
      for (const { serviceCode, quotaCode, value } of args.serviceQuotas ?? []) {
        new ServiceQuota(
          `${name}-${serviceCode}-${quotaCode}`,
          { serviceCode, quotaCode, value },
          { parent: self },
        );
      }
    }
  }
}

/** https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
const restricted = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/audit": "restricted",
  "pod-security.kubernetes.io/warn": "restricted",
};

/** Load balancers and node ports are counted down to none: the way in is the cluster's ingress. */
function hard(cluster: ClusterLimits): Record<string, string> {
  return {
    "requests.cpu": cpu(cluster.cpuCores),
    "limits.cpu": cpu(cluster.cpuCores),
    "requests.memory": memory(cluster.memoryGib),
    "limits.memory": memory(cluster.memoryGib),
    pods: String(cluster.pods),
    "services.loadbalancers": "0",
    "services.nodeports": "0",
  };
}

/**
 * A quota on requests and limits refuses every container that declares none; the defaults let it in, small,
 * and never above the quota itself, which the API would refuse.
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
function range({ cpuCores, memoryGib }: ClusterLimits) {
  return {
    type: "Container",
    default: { cpu: cpu(Math.min(0.5, cpuCores)), memory: memory(Math.min(0.5, memoryGib)) },
    defaultRequest: { cpu: cpu(Math.min(0.1, cpuCores)), memory: memory(Math.min(0.125, memoryGib)) },
    max: { cpu: cpu(cpuCores), memory: memory(memoryGib) },
  };
}

/** Cores as a Kubernetes quantity, in its canonical form, rounded down to a thousandth. */
function cpu(cores: number): string {
  const thousandths = Math.floor(round(cores * 1000));
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}

/** GiB as a Kubernetes quantity, in its canonical form, rounded down to a MiB. */
function memory(gib: number): string {
  const mib = Math.floor(round(gib * 1024));
  return mib % 1024 === 0 ? `${mib / 1024}Gi` : `${mib}Mi`;
}

/** Takes binary noise off a product: 0.29 * 100 is 28.999999999999996. */
const round = (value: number): number => Number(value.toPrecision(12));

const labelled = (labels: Record<string, string> | undefined) => (labels === undefined ? {} : { labels });

function rateLimitsOf(limits: RateLimits): RateLimits {
  const { requestsPerMinute, tokensPerMinute, concurrentRequests } = limits;
  return { requestsPerMinute, tokensPerMinute, concurrentRequests };
}

function checkArgs(name: string, args: QuotasArgs): void {
  const errors = new InputErrors(`Quotas "${name}"`);
  const checkLimits = (path: string, limits: RateLimits & { cluster?: ClusterLimits | undefined }) => {
    for (const [field, value] of Object.entries(rateLimitsOf(limits))) {
      errors.require(
        Number.isInteger(value) && value > 0,
        `${path}.${field}`,
        `${value} is not a whole number above zero.`,
      );
    }
    if (limits.cluster === undefined) return;
    const { cpuCores, memoryGib, pods } = limits.cluster;
    errors.require(
      isPositive(cpuCores) && cpuCores >= 0.001,
      `${path}.cluster.cpuCores`,
      `${cpuCores} is not a number of cores of at least 0.001.`,
    );
    errors.require(
      isPositive(memoryGib) && memoryGib * 1024 >= 1,
      `${path}.cluster.memoryGib`,
      `${memoryGib} is not a number of GiB of at least a MiB.`,
    );
    errors.require(
      Number.isInteger(pods) && pods > 0,
      `${path}.cluster.pods`,
      `${pods} is not a whole number above zero.`,
    );
  };
  errors.require(isLabel(args.namespace), "namespace", `"${args.namespace}" is not a Kubernetes name.`);
  checkLimits("limits", args.limits);
  for (const [team, limits] of Object.entries(args.limits.teams ?? {})) {
    checkLimits(`limits.teams.${team}`, limits);
    if (limits.cluster === undefined) continue;
    const namespace = `${args.namespace}-${team}`;
    errors.require(
      isLabel(namespace),
      `limits.teams.${team}`,
      `"${namespace}" is not a Kubernetes name of at most 63 characters.`,
    );
  }
  const asked = new Set<string>();
  for (const [index, { serviceCode, quotaCode, value }] of (args.serviceQuotas ?? []).entries()) {
    const code = `${serviceCode}/${quotaCode}`;
    errors.require(!asked.has(code), `serviceQuotas[${index}]`, `${code} is asked for twice.`);
    errors.require(
      isPositive(value),
      `serviceQuotas[${index}].value`,
      `${value} is not a number above zero.`,
    );
    asked.add(code);
  }
  errors.throwIfAny();
}
