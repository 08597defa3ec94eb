import { describe, expect, it } from "vitest";
import { packageOf, providerUrn, seconds, urnOf } from "../../preview/resource";

describe("the URN of a resource", () => {
  const root = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
  it.each([
    ["", "pulumi:pulumi:Stack", "shop-dev", root],
    [root, "lockstep:index:Gateway", "g", "urn:pulumi:dev::shop::lockstep:index:Gateway::g"],
    [
      "urn:pulumi:dev::shop::lockstep:index:Gateway::g",
      "aws:kms/key:Key",
      "k",
      "urn:pulumi:dev::shop::lockstep:index:Gateway$aws:kms/key:Key::k",
    ],
    [
      "urn:pulumi:dev::shop::a:b:C$d:e:F::inner",
      "aws:kms/key:Key",
      "k",
      "urn:pulumi:dev::shop::a:b:C$d:e:F$aws:kms/key:Key::k",
    ],
  ])("below %j of type %s", (parent, type, name, urn) => {
    expect(urnOf("dev", "shop", parent, type, name)).toBe(urn);
  });
});

it("a provider reference is a URN and an id", () => {
  expect(
    providerUrn("urn:pulumi:dev::shop::pulumi:providers:aws::main::04da6b54-80e4-46f7-96ec-b56ff0331ba9"),
  ).toBe("urn:pulumi:dev::shop::pulumi:providers:aws::main");
  expect(providerUrn("")).toBe("");
});

it.each([
  ["", 0],
  ["5m", 300],
  ["1h30m", 5_400],
  ["500ms", 0.5],
  [".5m", 30],
  ["0", 0],
  ["5", undefined],
  ["5 minutes", undefined],
  ["5m later", undefined],
])("the duration %j is %j seconds", (text, expected) => {
  expect(seconds(text)).toBe(expected);
});

it("the package of a type is what stands before the first colon", () => {
  expect(packageOf("aws:kms/key:Key")).toBe("aws");
  expect(packageOf("kubernetes:apps/v1:Deployment")).toBe("kubernetes");
});
