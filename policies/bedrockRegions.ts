/**
 * Where Bedrock may serve a model: by the geography that a cross-region inference profile's id begins with,
 * for any model, since each has some of these. From AWS's reference of CrossRegionInferenceProfileRegion
 * ("according to the model chosen, this might include"):
 * https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_bedrock_alpha/CrossRegionInferenceProfileRegion.html
 * The region from which it is called counts too, also one that is not listed, as us-west-1 does here:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-cross-region-support.html
 * AWS adds regions; the model's card and `aws bedrock get-inference-profile` tell those of one profile.
 */
const destinations: ReadonlyMap<string, readonly string[]> = new Map([
  ["us", ["us-east-1", "us-east-2", "us-west-2"]],
  [
    "eu",
    [
      "eu-central-1",
      "eu-central-2",
      "eu-north-1",
      "eu-south-1",
      "eu-south-2",
      "eu-west-1",
      "eu-west-2",
      "eu-west-3",
    ],
  ],
  [
    "apac",
    [
      "ap-east-2",
      "ap-northeast-1",
      "ap-northeast-2",
      "ap-northeast-3",
      "ap-south-1",
      "ap-south-2",
      "ap-southeast-1",
      "ap-southeast-2",
      "ap-southeast-3",
      "ap-southeast-4",
      "ap-southeast-5",
      "ap-southeast-7",
      "me-central-1",
    ],
  ],
  ["jp", ["ap-northeast-1", "ap-northeast-3"]],
  ["au", ["ap-southeast-2", "ap-southeast-4"]],
  ["us-gov", ["us-gov-east-1", "us-gov-west-1"]],
  // "The destination Regions for Global cross-Region inference profiles include all commercial Regions."
  // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
  ["global", ["global"]],
]);

/** Resources that stand in the region of their ARN; others name models or profiles that the ARN hides. */
const regional = /^(?:foundation-model|inference-profile|custom-model|imported-model|provisioned-model)$/;

/**
 * The regions in which a Bedrock model that is called in `source` may be served, "global" for any; undefined
 * where its id does not say.
 */
export function bedrockRegions(modelId: string, source: string): readonly string[] | undefined {
  const [, region = source, kind = "foundation-model", resource = modelId] =
    /^arn:[a-z-]+:bedrock:([a-z0-9-]+):\d*:([a-z-]+)\/(.+)$/.exec(modelId) ?? [];
  if (modelId.startsWith("arn:") && resource === modelId) return undefined;
  if (!regional.test(kind)) return undefined;
  const geography = /^([a-z]{2}|apac|global|us-gov)\./.exec(resource)?.[1];
  const listed = geography === undefined ? [] : destinations.get(geography);
  return listed && [...new Set([source, region, ...listed])];
}
