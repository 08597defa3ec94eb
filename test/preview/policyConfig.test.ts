import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { describe, expect, it } from "vitest";
import { policyConfig } from "../../preview/policyConfig";

const { ADVISORY, MANDATORY, DISABLED } = proto.EnforcementLevel;
type Level = proto.EnforcementLevel;
type Properties = Record<string, JavaScriptValue>;

interface Given {
  initial?: Record<string, { level: Level; properties?: Properties }>;
  required?: string[];
}

/** A pack with the policy "ratio", which has settings, and "plain", which has none. */
function pack({ initial = {}, required = [] }: Given): proto.AnalyzerInfo {
  const schema = new proto.PolicyConfigSchema();
  schema.setProperties(
    Struct.fromJavaScript({ ratio: { type: "number", default: 0.5 }, unit: { type: "string" } }),
  );
  schema.setRequiredList(required);
  const info = new proto.AnalyzerInfo();
  for (const name of ["ratio", "plain"]) {
    const policy = info.addPolicies(new proto.PolicyInfo());
    policy.setName(name);
    policy.setEnforcementlevel(MANDATORY);
    if (name === "ratio") policy.setConfigschema(schema);
  }
  for (const [name, { level, properties }] of Object.entries(initial)) {
    const config = new proto.PolicyConfig();
    config.setEnforcementlevel(level);
    if (properties) config.setProperties(Struct.fromJavaScript(properties));
    info.getInitialconfigMap().set(name, config);
  }
  return info;
}

function configured(given: Given): Record<string, [Level, unknown]> {
  const result: Record<string, [Level, unknown]> = {};
  policyConfig(pack(given))
    .getPolicyconfigMap()
    .forEach((config, name) => {
      result[name] = [config.getEnforcementlevel(), config.getProperties()?.toJavaScript()];
    });
  return result;
}

describe("what a pack is configured with", () => {
  it("is each policy's level and the defaults of its settings", () => {
    expect(configured({})).toEqual({ ratio: [MANDATORY, { ratio: 0.5 }], plain: [MANDATORY, {}] });
  });

  it("takes what the pack was made with over the defaults", () => {
    expect(configured({ initial: { ratio: { level: ADVISORY, properties: { unit: "usd" } } } })).toEqual({
      ratio: [ADVISORY, { ratio: 0.5, unit: "usd" }],
      plain: [MANDATORY, {}],
    });
  });

  it('applies "all" to every policy, and then what is said about one', () => {
    const initial = { ratio: { level: MANDATORY }, all: { level: DISABLED } };
    expect(configured({ initial })).toMatchObject({
      ratio: [MANDATORY, { ratio: 0.5 }],
      plain: [DISABLED, {}],
    });
  });

  it.each([
    [
      { initial: { ratio: { level: MANDATORY, properties: { ratio: "hunter2" } } } },
      "ratio.ratio (invalid_type)",
    ],
    [{ required: ["unit"] }, "ratio.unit (invalid_type)"],
  ])("is refused where it does not fit the policy's schema, without telling the value", (given, fault) => {
    expect(() => policyConfig(pack(given))).toThrow(`The settings of the policy pack do not fit: ${fault}.`);
  });
});
