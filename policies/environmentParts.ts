import type { Config } from "../config/schema";
import { isGatewayFile } from "./gatewayFile";
import { podSpecOf } from "./podSpec";
import { at, isRecord, type Props } from "./props";
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
      name: "a NetworkPolicy of the namespace",
      type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      fits: inside,
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
    { name: "the alarms", type: "kubernetes:monitoring.coreos.com/v1:PrometheusRule", fits: inside },
    { name: "the probes", type: "kubernetes:batch/v1:CronJob", fits: runs(gateway.probeImage) },
  ];
}

const is = (value: unknown, wanted: string) => value === UNKNOWN || value === wanted;

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

/** Of this bucket: by its name, or by the bucket that the property comes from. */
function isOf(one: ResourceView, bucket: string, resources: readonly ResourceView[]): boolean {
  if (typeof one.props.bucket === "string") return one.props.bucket === bucket;
  const sources = one.dependsOn.bucket ?? [];
  return (
    sources.length === 0 ||
    resources.some(({ urn, props }) => sources.includes(urn) && is(props.bucket, bucket))
  );
}
