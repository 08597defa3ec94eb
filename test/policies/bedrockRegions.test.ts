import { expect, it } from "vitest";
import { bedrockRegions } from "../../policies/bedrockRegions";

it.each([
  ["us", "us-west-1", ["us-west-1", "us-east-1", "us-east-2", "us-west-2"]],
  [
    "eu",
    "eu-central-1",
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
    "ap-east-2",
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
  ["jp", "ap-northeast-1", ["ap-northeast-1", "ap-northeast-3"]],
  ["au", "ap-southeast-2", ["ap-southeast-2", "ap-southeast-4"]],
  ["us-gov", "us-gov-west-1", ["us-gov-west-1", "us-gov-east-1"]],
  ["global", "eu-west-1", ["eu-west-1", "global"]],
  ["ca", "ca-central-1", undefined],
])(
  "a profile of %s that is called in %s may be served in all of its regions",
  (geography, source, regions) => {
    expect(bedrockRegions(`${geography}.amazon.nova-pro-v1:0`, source)).toEqual(regions);
  },
);

it.each([
  ["amazon.nova-pro-v1:0", ["eu-west-1"]],
  [
    "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0",
    ["eu-west-1", "us-gov-west-1"],
  ],
  ["arn:aws:bedrock:us-west-2:111122223333:imported-model/abc", ["eu-west-1", "us-west-2"]],
  ["arn:aws:bedrock:us-west-2:111122223333:provisioned-model/abc", ["eu-west-1", "us-west-2"]],
  ["arn:aws:bedrock:us-west-2:111122223333:application-inference-profile/abc", undefined],
  ["arn:aws:bedrock:us-west-2:111122223333:xcustom-model/abc", undefined],
  ["arn:aws:bedrock:us-west-2:111122223333:custom-modelx/abc", undefined],
  ["arn:aws:bedrock:us-west-2:111122223333:custom-model/", undefined],
  ["arn:aws:bedrock", undefined],
  ["xus.amazon.nova-pro-v1:0", ["eu-west-1"]],
])("%s, called in Ireland, is served in %j", (id, regions) => {
  expect(bedrockRegions(id, "eu-west-1")).toEqual(regions);
});
