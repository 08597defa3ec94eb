import { describe, expect, it } from "vitest";
import { defaultProvider, isDisabled } from "../../preview/defaultProvider";

const ambient = {
  project: "shop",
  stack: "dev",
  config: { "aws:region": "eu-west-1", "aws:token": "t", "aws-native:region": "x", "shop:size": "3" },
  secretKeys: ["aws:token"],
};

describe("a default provider", () => {
  it("has its plugin's version in its name, and its package's configuration for inputs", () => {
    const plugin = { name: "aws", version: "7.48.0-alpha.1+a1", downloadUrl: "https://plugins.example" };
    const provider = defaultProvider(plugin, ambient);
    expect(provider).toMatchObject({
      urn: "urn:pulumi:dev::shop::pulumi:providers:aws::default_7_48_0_alpha_1_a1",
      type: "pulumi:providers:aws",
      name: "default_7_48_0_alpha_1_a1",
      custom: true,
      parent: "",
      provider: "",
    });
    expect(provider.inputs.toJavaScript()).toEqual({
      region: "eu-west-1",
      token: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "t" },
      version: "7.48.0-alpha.1+a1",
      pluginDownloadURL: "https://plugins.example",
    });
  });

  it("of a package without a version is called default, and has none in its inputs", () => {
    const provider = defaultProvider({ name: "shop", version: "", downloadUrl: "" }, ambient);
    expect(provider.name).toBe("default");
    expect(provider.inputs.toJavaScript()).toEqual({ size: "3" });
  });
});

it.each([
  ["aws", undefined, false],
  ["aws", "", false],
  ["aws", "[]", false],
  ["aws", '["kubernetes"]', false],
  ["aws", '["kubernetes", " aws "]', true],
  ["aws", '["*"]', true],
  ["pulumi", '["*"]', false],
])(
  "the default provider of %s under pulumi:disable-default-providers %j is disabled: %j",
  (name, list, is) => {
    expect(isDisabled(name, list === undefined ? {} : { "pulumi:disable-default-providers": list })).toBe(is);
  },
);

it("a list of disabled providers that is none is refused", () => {
  expect(() => isDisabled("aws", { "pulumi:disable-default-providers": '"aws"' })).toThrow(
    "pulumi:disable-default-providers is no list of names.",
  );
});
