import { z } from "zod";
import { count, free, mirrored, quantity } from "../relation";
import { label, name, sentence } from "./names";

const command = (job: string) =>
  mirrored(z.array(sentence(1, 500)).min(1).max(50), `The command line of ${job}, in the probes' image.`);

/** What of the gateway decides how requests are answered: equal in both environments. */
export const gateway = z.strictObject({
  image: mirrored(
    z.string().min(1).max(400),
    "The gateway's image by digest: registry/repository@sha256:… with an optional tag before the @.",
  ),
  probeImage: mirrored(
    z.string().min(1).max(400),
    "The image of the canary, sampling, retrieval and audit jobs, by digest.",
  ),
  probeCommands: z.strictObject({
    canary: command("the behavioural canary"),
    retrieval: command("the check of the retrieval index"),
    sampling: command("the scoring of sampled answers"),
    audit: command("the monthly drift audit"),
  }),
  backoff: z.strictObject({
    initialSeconds: mirrored(quantity("seconds", 0, 60), "The wait before the first retry."),
    maxSeconds: mirrored(quantity("seconds", 0, 600), "The longest wait before a retry."),
    jitterSeconds: mirrored(quantity("seconds", 0, 60), "The most that is added to a wait at random."),
  }),
  redis: mirrored(
    z.boolean(),
    "Whether limits, cool-downs and the cache are shared through Redis; needed for more than one replica.",
  ),
  postgres: mirrored(
    z.boolean(),
    "Whether keys, team budgets and spend are kept in Postgres; without it there are no team limits.",
  ),
});

/** How large the gateway is and where it is reached: each environment's own. */
export const deployment = z.strictObject({
  ingress: z
    .strictObject({
      host: free(
        z.string().regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/, "a DNS name"),
        "The host name under which applications outside the cluster reach the gateway.",
      ),
      className: free(label(), "The ingress class."),
      controllerNamespace: free(label(), "The namespace of the ingress controller, which is let in."),
      tlsSecretName: free(
        label(),
        "The Secret with the certificate; without it the controller's own is used.",
      ).optional(),
    })
    .optional(),
  replicas: z.strictObject({
    min: free(count("pods", 1, 1_000), "The fewest replicas."),
    max: free(count("pods", 1, 1_000), "The most replicas."),
    targetCpuPercent: free(count("percent", 10, 95), "The CPU use that the autoscaler aims at."),
  }),
  resources: z.strictObject({
    cpuCores: free(quantity("cores", 0.05, 128), "The CPU that a replica requests and is limited to."),
    memoryGib: free(quantity("GiB", 0.25, 1_024), "The memory that a replica requests and is limited to."),
  }),
  clientNamespaces: free(z.array(label()).min(1).max(200), "The namespaces whose pods may call the gateway."),
  redis: z
    .strictObject({
      nodeType: free(
        z.string().regex(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, "an ElastiCache node type"),
        "The size of a Redis node.",
      ),
      replicas: free(count("replicas", 0, 5), "The read replicas beside the primary."),
    })
    .optional(),
  postgres: z
    .strictObject({
      instanceClass: free(
        z.string().regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, "an RDS instance class"),
        "The size of the Postgres instance.",
      ),
      storageGib: free(count("GiB", 20, 65_536), "The storage of the Postgres instance."),
      multiAz: free(z.boolean(), "Whether a standby is kept in another zone."),
    })
    .optional(),
  serviceQuotas: z
    .record(
      name,
      z.strictObject({
        serviceCode: free(
          z.string().regex(/^[a-z0-9-]{1,63}$/, "a service code"),
          "The service's code in AWS Service Quotas.",
        ),
        quotaCode: free(z.string().regex(/^L-[0-9A-F]{8}$/, 'a quota code: "L-…"'), "The quota's code."),
        value: free(
          quantity("the quota's unit", 0, 1e12),
          "The value to ask AWS for; AWS grants increases only.",
        ),
        description: free(sentence(1, 200), "What the quota is and why it is asked for."),
      }),
    )
    .default({}),
  network: z.strictObject({
    vpcId: free(
      z.string().regex(/^vpc-[0-9a-f]{8,17}$/, 'a VPC id: "vpc-…"'),
      "The VPC of the cluster, for Redis and Postgres.",
    ),
    privateSubnetIds: free(
      z
        .array(z.string().regex(/^subnet-[0-9a-f]{8,17}$/, 'a subnet id: "subnet-…"'))
        .min(2)
        .max(20),
      "Private subnets in two zones or more, for Redis and Postgres.",
    ),
    clusterSecurityGroupId: free(
      z.string().regex(/^sg-[0-9a-f]{8,17}$/, 'a security group id: "sg-…"'),
      "The security group of the cluster's nodes, the only one let in.",
    ),
  }),
});
