import { isRecord } from "../config/record";
import type { Config } from "../config/schema";
import { isGatewayFile } from "./gatewayFile";
import { podSpecOf } from "./podSpec";
import { at, list, type Props } from "./props";
import { type ResourceView, UNKNOWN } from "./rule";

/** One thing that an environment consists of. */
export interface Part {
  /** As a message names it: 'the secret "lockstep/staging/openai"'. */
  name: string;
  type: string;
  fits(resource: ResourceView, resources: readonly ResourceView[]): boolean;
}

/**
 * What the environment of a configuration consists of. What a preview does not know yet counts as fitting:
 * nothing here is a gate, and after the update everything is known.
 */
export function partsOf(config: Config): Part[] {
  const { environment, credentials, limits, gateway } = config;
  const inside = ({ props }: ResourceView) => is(at(props, "metadata", "namespace"), environment.namespace);
  const runs = (image: string) => (one: ResourceView) =>
    inside(one) && (podSpecOf(one)?.containers ?? []).some(({ data }) => is(data.image, image));
  const budget =
    (usd: number, unit: string) =>
    ({ props }: ResourceView) =>
      is(props.timeUnit, unit) && (props.limitAmount === UNKNOWN || Number(props.limitAmount) === usd);
  return [
    { name: "the gateway's Deployment", type: "kubernetes:apps/v1:Deployment", fits: runs(gateway.image) },
    {
      name: "the gateway's ConfigMap",
      type: "kubernetes:core/v1:ConfigMap",
      fits: (one) => inside(one) && hasGatewayFile(one.props),
    },
    {
      name: "the NetworkPolicy that denies by default in the namespace",
      type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      fits: (one) => inside(one) && deniesIngress(at(one.props, "spec")),
    },
    { name: "the ResourceQuota of the namespace", type: "kubernetes:core/v1:ResourceQuota", fits: inside },
    { name: "a KMS key", type: "aws:kms/key:Key", fits: () => true },
    {
      name: `the KMS alias "${environment.kmsAlias}"`,
      type: "aws:kms/alias:Alias",
      fits: ({ props }) => is(props.name, environment.kmsAlias),
    },
    ...Object.values(credentials).map(
      ({ secretName }): Part => ({
        name: `the secret "${secretName}"`,
        type: "aws:secretsmanager/secret:Secret",
        fits: ({ props }) => is(props.name, secretName),
      }),
    ),
    {
      name: `the monthly budget of ${limits.monthlyUsd} USD`,
      type: "aws:budgets/budget:Budget",
      fits: budget(limits.monthlyUsd, "MONTHLY"),
    },
    {
      name: `the daily budget of ${limits.dailyUsd} USD`,
      type: "aws:budgets/budget:Budget",
      fits: budget(limits.dailyUsd, "DAILY"),
    },
    {
      name: `the topic "${environment.alarmTopic}"`,
      type: "aws:sns/topic:Topic",
      fits: ({ props }) => is(props.name, environment.alarmTopic),
    },
    {
      name: "a subscription to the alarm topic",
      type: "aws:sns/topicSubscription:TopicSubscription",
      fits: ({ props }) => !isOtherTopic(props.topic, environment.alarmTopic),
    },
    {
      name: `the request log's bucket "${environment.requestLogBucket}"`,
      type: "aws:s3/bucket:Bucket",
      fits: ({ props }) => is(props.bucket, environment.requestLogBucket),
    },
    {
      name: "the public access block of the request log's bucket",
      type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      fits: (one, resources) =>
        blocksPublicAccess(one.props) && isOf(one, environment.requestLogBucket, resources),
    },
    {
      name: "the encryption of the request log's bucket",
      type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      fits: (one, resources) => isOf(one, environment.requestLogBucket, resources),
    },
    {
      name: "the policy of the request log's bucket",
      type: "aws:s3/bucketPolicy:BucketPolicy",
      fits: (one, resources) => isOf(one, environment.requestLogBucket, resources),
    },
    { name: "the alarms", type: "kubernetes:monitoring.coreos.com/v1:PrometheusRule", fits: inside },
    { name: "the probes", type: "kubernetes:batch/v1:CronJob", fits: runs(gateway.probeImage) },
  ];
}

const is = (value: unknown, wanted: string) => value === UNKNOWN || value === wanted;

/** For every pod, and with no way in. */
function deniesIngress(spec: unknown): boolean {
  const [selector, types, ingress] = ["podSelector", "policyTypes", "ingress"].map((key) => at(spec, key));
  const all = selector === UNKNOWN || (isRecord(selector) && Object.keys(selector).length === 0);
  const covered = types === UNKNOWN || types === undefined || list(types).includes("Ingress");
  return all && covered && (ingress === UNKNOWN || list(ingress).length === 0);
}

function hasGatewayFile({ data }: Props): boolean {
  if (data === UNKNOWN) return true;
  return (
    isRecord(data) &&
    Object.values(data).some((text) => text === UNKNOWN || (typeof text === "string" && isGatewayFile(text)))
  );
}

const blocksPublicAccess = (props: Props) =>
  ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].every(
    (key) => props[key] === true,
  );

/** The ARN of a topic of another name. */
const isOtherTopic = (topic: unknown, name: string) =>
  typeof topic === "string" && /^arn:aws[a-z-]*:sns:/.test(topic) && !topic.endsWith(`:${name}`);

/** Of this bucket: by its name, or by the bucket that the property comes from. */
function isOf(one: ResourceView, bucket: string, resources: readonly ResourceView[]): boolean {
  if (typeof one.props.bucket === "string") return one.props.bucket === bucket;
  const sources = one.dependsOn.bucket ?? [];
  return (
    sources.length === 0 ||
    resources.some(({ urn, props }) => sources.includes(urn) && is(props.bucket, bucket))
  );
}
