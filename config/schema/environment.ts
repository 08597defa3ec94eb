import { z } from "zod";
import { free, mirrored, separate } from "../relation";
import { awsRegion, label, stackName } from "./names";

export const tiers = ["staging", "production"] as const;
export type Tier = (typeof tiers)[number];

/** Where an environment lives, and what must never be shared with its counterpart. */
export const environment = z.strictObject({
  tier: separate(z.enum(tiers), "Which of the two environments of the pair this stack is."),
  name: separate(
    z
      .string()
      .regex(
        /^[a-z](-?[a-z0-9]){1,17}$/,
        "2 to 18 characters: a-z, 0-9 and single dashes, starting with a letter",
      ),
    "The environment's name, with which the names of its resources begin; unique in its account and cluster.",
  ),
  counterpart: separate(stackName(), "The stack of the other environment of the pair."),
  account: separate(
    z.string().regex(/^\d{12}$/, 'an AWS account id: 12 digits, quoted ("111122223333")'),
    "The AWS account that the environment is limited to.",
  ),
  administrators: separate(
    z
      .array(
        z
          .string()
          .regex(
            /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]{1,400}$/,
            "the ARN of an IAM role or user",
          ),
      )
      .min(1)
      .max(20),
    "The IAM roles that may write and rotate the environment's secrets; one is the role that runs Pulumi.",
  ),
  region: free(awsRegion(), "The AWS region of the environment's own resources."),
  cluster: z.strictObject({
    name: separate(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, "an EKS cluster name"),
      "The EKS cluster's name, for Pod Identity.",
    ),
    context: separate(
      z.string().regex(/^[\w.:/@-]{1,200}$/, "a kubeconfig context name"),
      "The kubeconfig context of the cluster; the Kubernetes provider uses no other.",
    ),
  }),
  namespace: separate(label(), "The Kubernetes namespace of the gateway."),
  secretPrefix: separate(
    z
      .string()
      .regex(
        /^[A-Za-z0-9][\w.-]*(\/[\w.-]+)*$/,
        "Secrets Manager name parts joined by '/', without a trailing '/'",
      )
      .max(200),
    "The prefix of the names of all of the environment's secrets.",
  ),
  kmsAlias: separate(
    z.string().regex(/^alias\/(?!aws\/)[\w/-]{1,200}$/, 'a KMS alias: "alias/…"'),
    "The alias of the key that encrypts the environment's secrets, topics and logs.",
  ),
  alarmTopic: separate(
    z.string().regex(/^[\w-]{1,200}$/, "an SNS topic name"),
    "The name of the topic that alarms and budget notifications go to.",
  ),
  requestLogBucket: separate(
    z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "an S3 bucket name without dots"),
    "The bucket that holds the request log.",
  ),
});

/** Where customers' data may be processed. */
export const residency = z.strictObject({
  regions: mirrored(
    z
      .array(z.string().regex(/^[a-z][a-z0-9-]{1,40}$/, 'a region name, such as "us-east-1" or "global"'))
      .min(1)
      .max(40),
    'The regions in which prompts and answers may be processed; "global" allows providers that name none.',
  ),
});
