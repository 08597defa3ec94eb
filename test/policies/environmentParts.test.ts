import { expect, it } from "vitest";
import { partsOf } from "../../policies/environmentParts";
import { type ResourceView, UNKNOWN } from "../../policies/rule";
import { ownPair, resource } from "./resource/resources";

const { config } = ownPair().staging;
const parts = partsOf(config);
const gateway = config.gateway.image;
const probes = config.gateway.probeImage;
const metadata = { namespace: "llm-staging" };
const log = "example-lockstep-staging-requests";

/** The names of the parts for which a resource counts. */
const fitting = (
  type: string,
  props: Record<string, unknown>,
  more: Partial<ResourceView> = {},
  others: ResourceView[] = [],
) => {
  const view = resource(type, "it", props, more);
  return parts
    .filter((part) => part.type === type && part.fits(view, [view, ...others]))
    .map(({ name }) => name);
};

it("an environment has these parts, of these types", () => {
  expect(parts.map(({ name, type }) => `${type}: ${name}`)).toEqual([
    "kubernetes:apps/v1:Deployment: the gateway's Deployment",
    "kubernetes:core/v1:ConfigMap: the gateway's ConfigMap",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy: the NetworkPolicy that denies by default in the namespace",
    "kubernetes:core/v1:ResourceQuota: the ResourceQuota of the namespace",
    "aws:kms/key:Key: a KMS key",
    'aws:kms/alias:Alias: the KMS alias "alias/lockstep/staging"',
    'aws:secretsmanager/secret:Secret: the secret "lockstep/staging/openai"',
    'aws:secretsmanager/secret:Secret: the secret "lockstep/staging/anthropic"',
    "aws:budgets/budget:Budget: the monthly budget of 2000 USD",
    "aws:budgets/budget:Budget: the daily budget of 100 USD",
    'aws:sns/topic:Topic: the topic "lockstep-staging-alarms"',
    "aws:sns/topicSubscription:TopicSubscription: a subscription to the alarm topic",
    `aws:s3/bucket:Bucket: the request log's bucket "${log}"`,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock: the public access block of the request log's bucket",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration: the encryption of the request log's bucket",
    "aws:s3/bucketPolicy:BucketPolicy: the policy of the request log's bucket",
    "kubernetes:monitoring.coreos.com/v1:PrometheusRule: the alarms",
    "kubernetes:batch/v1:CronJob: the probes",
  ]);
});

const pod = (image: unknown) => ({
  spec: {
    containers: [
      { name: "other", image: "other" },
      { name: "a", image },
    ],
  },
});

it.each<[string, unknown, Record<string, unknown>, string[]]>([
  ["kubernetes:apps/v1:Deployment", gateway, metadata, ["the gateway's Deployment"]],
  ["kubernetes:apps/v1:Deployment", UNKNOWN, metadata, ["the gateway's Deployment"]],
  ["kubernetes:apps/v1:Deployment", gateway, { namespace: UNKNOWN }, ["the gateway's Deployment"]],
  ["kubernetes:apps/v1:Deployment", gateway, { namespace: "web" }, []],
  ["kubernetes:apps/v1:Deployment", probes, metadata, []],
  ["kubernetes:apps/v1:Deployment", undefined, metadata, []],
])("a %s of the image %s in %j", (type, image, place, names) => {
  expect(fitting(type, { metadata: place, spec: { template: pod(image) } })).toEqual(names);
});

it("a CronJob of the probes' image is the probes, and one without a pod is not", () => {
  const job = (image: string) => ({ spec: { jobTemplate: { spec: { template: pod(image) } } } });
  expect(fitting("kubernetes:batch/v1:CronJob", { metadata, ...job(probes) })).toEqual(["the probes"]);
  expect(fitting("kubernetes:batch/v1:CronJob", { metadata, ...job(gateway) })).toEqual([]);
  expect(fitting("kubernetes:batch/v1:CronJob", { metadata })).toEqual([]);
  expect(parts.at(-1)?.fits(resource("some:other:Thing", "it", { metadata }), [])).toBe(false);
});

const file = ["the gateway's ConfigMap"];
it.each<[unknown, string[]]>([
  [UNKNOWN, file],
  [{ "config.yaml": UNKNOWN }, file],
  [{ a: "x", "config.yaml": "model_list: []\n" }, file],
  [{ a: "# first\nmodel_list : []\n" }, file],
  [{ a: '{"model_list": []}' }, file],
  [{ a: "{ 'model_list': [] }" }, file],
  [{ a: "the_model_list: []" }, []],
  [{ a: "model_list" }, []],
  [{ a: ["model_list: []"] }, []],
  ["model_list: []", []],
  [undefined, []],
])("a ConfigMap with the data %j", (data, names) => {
  expect(fitting("kubernetes:core/v1:ConfigMap", { metadata, data })).toEqual(names);
  expect(fitting("kubernetes:core/v1:ConfigMap", { metadata: { namespace: "web" }, data })).toEqual([]);
});

const denied = ["the NetworkPolicy that denies by default in the namespace"];
it.each<[unknown, string[]]>([
  [UNKNOWN, denied],
  [{ podSelector: {} }, denied],
  [{ podSelector: UNKNOWN, policyTypes: UNKNOWN, ingress: UNKNOWN }, denied],
  [{ podSelector: {}, policyTypes: ["Egress", "Ingress"], ingress: [] }, denied],
  [{ podSelector: {}, policyTypes: ["Egress"] }, []],
  [{ podSelector: {}, policyTypes: [] }, []],
  [{ podSelector: { matchLabels: {} } }, []],
  [{ podSelector: "all" }, []],
  [{}, []],
  [{ podSelector: {}, ingress: [{}] }, []],
])("a NetworkPolicy %j", (spec, names) => {
  expect(fitting("kubernetes:networking.k8s.io/v1:NetworkPolicy", { metadata, spec })).toEqual(names);
});

it.each<[string, Record<string, unknown>, string[]]>([
  ["kubernetes:core/v1:ResourceQuota", { metadata }, ["the ResourceQuota of the namespace"]],
  ["kubernetes:core/v1:ResourceQuota", { metadata: { namespace: "web" } }, []],
  ["kubernetes:monitoring.coreos.com/v1:PrometheusRule", { metadata }, ["the alarms"]],
  ["kubernetes:monitoring.coreos.com/v1:PrometheusRule", { metadata: { namespace: "web" } }, []],
  ["aws:kms/key:Key", {}, ["a KMS key"]],
  ["aws:kms/alias:Alias", { name: "alias/lockstep/staging" }, ['the KMS alias "alias/lockstep/staging"']],
  ["aws:kms/alias:Alias", { name: "alias/lockstep" }, []],
  [
    "aws:secretsmanager/secret:Secret",
    { name: "lockstep/staging/anthropic" },
    ['the secret "lockstep/staging/anthropic"'],
  ],
  ["aws:secretsmanager/secret:Secret", { name: "lockstep/staging" }, []],
  [
    "aws:budgets/budget:Budget",
    { timeUnit: "MONTHLY", limitAmount: "2000" },
    ["the monthly budget of 2000 USD"],
  ],
  ["aws:budgets/budget:Budget", { timeUnit: "DAILY", limitAmount: 100 }, ["the daily budget of 100 USD"]],
  ["aws:budgets/budget:Budget", { timeUnit: "DAILY", limitAmount: UNKNOWN }, ["the daily budget of 100 USD"]],
  ["aws:budgets/budget:Budget", { timeUnit: "DAILY", limitAmount: "2000" }, []],
  ["aws:budgets/budget:Budget", { timeUnit: "MONTHLY", limitAmount: "100" }, []],
  ["aws:sns/topic:Topic", { name: "lockstep-staging-alarms" }, ['the topic "lockstep-staging-alarms"']],
  ["aws:sns/topic:Topic", { name: "alarms" }, []],
  ["aws:s3/bucket:Bucket", { bucket: log }, [`the request log's bucket "${log}"`]],
  ["aws:s3/bucket:Bucket", { bucket: "other" }, []],
])("a %s %j", (type, props, names) => {
  expect(fitting(type, props)).toEqual(names);
});

const subscribed = ["a subscription to the alarm topic"];
it.each<[unknown, string[]]>([
  [UNKNOWN, subscribed],
  [undefined, subscribed],
  ["arn:aws:sns:us-east-1:111122223333:lockstep-staging-alarms", subscribed],
  ["arn:aws-us-gov:sns:us-gov-west-1:111122223333:lockstep-staging-alarms", subscribed],
  ["not-an-arn", subscribed],
  ["x arn:aws:sns:us-east-1:111122223333:other", subscribed],
  ["arn:aws:sns:us-east-1:111122223333:other", []],
  ["arn:aws-cn:sns:cn-north-1:111122223333:other-lockstep-staging-alarms", []],
  ["arn:aws:sns:us-east-1:111122223333:lockstep-staging-alarms:more", []],
])("a subscription to the topic %s", (topic, names) => {
  expect(fitting("aws:sns/topicSubscription:TopicSubscription", { topic })).toEqual(names);
});

const encryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
const closed = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};
const others = [
  resource("aws:s3/bucket:Bucket", "log", { bucket: log }),
  resource("aws:s3/bucket:Bucket", "fresh", { bucket: UNKNOWN }),
  resource("aws:s3/bucket:Bucket", "other", { bucket: "other" }),
];
const urn = (name: string) => others.find((one) => one.name === name)?.urn ?? "";

it.each<[unknown, string[], boolean]>([
  [log, [], true],
  ["other", [], false],
  ["other", ["log"], false],
  [UNKNOWN, [], true],
  [UNKNOWN, ["log"], true],
  [UNKNOWN, ["fresh"], true],
  [UNKNOWN, ["other"], false],
  [UNKNOWN, ["other", "log"], true],
])("what belongs to the bucket %s, from %j, belongs to the request log: %s", (bucket, from, belongs) => {
  const more = { dependsOn: { bucket: from.map(urn) } };
  const part = (name: string) => (belongs ? [name] : []);
  expect(fitting(encryption, { bucket }, more, others)).toEqual(
    part("the encryption of the request log's bucket"),
  );
  expect(fitting("aws:s3/bucketPolicy:BucketPolicy", { bucket }, more, others)).toEqual(
    part("the policy of the request log's bucket"),
  );
  const block = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
  expect(fitting(block, { bucket, ...closed }, more, others)).toEqual(
    part("the public access block of the request log's bucket"),
  );
  for (const key of Object.keys(closed))
    expect(fitting(block, { bucket, ...closed, [key]: false }, more, others)).toEqual([]);
});

it("what depends on no bucket at all may be the request log's", () => {
  expect(fitting(encryption, {})).toEqual(["the encryption of the request log's bucket"]);
});
