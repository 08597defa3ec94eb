import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { z } from "zod";

/** A pack's settings do not fit their schema: the engine refuses such a pack too. */
export class PolicyConfigError extends Error {}

interface PolicyConfig {
  level: proto.EnforcementLevel;
  properties: Record<string, unknown>;
}

/**
 * The settings that the engine gives to each policy of a pack: the policy's level and the defaults of its
 * schema, then what the pack was made with, for "all" policies and for each
 * (pkg/resource/analyzer/config.go, ReconcilePolicyPackConfig). Throws where they do not fit the schemas.
 */
export function policyConfig(info: proto.AnalyzerInfo): proto.ConfigureAnalyzerRequest {
  const result = new Map<string, PolicyConfig>();
  for (const policy of info.getPoliciesList()) {
    result.set(policy.getName(), { level: policy.getEnforcementlevel(), properties: defaultsOf(policy) });
  }
  const initial = info.getInitialconfigMap();
  const all = initial.get("all");
  if (all) for (const config of result.values()) config.level = all.getEnforcementlevel();
  initial.forEach((given, name) => {
    const properties = { ...result.get(name)?.properties, ...given.getProperties()?.toJavaScript() };
    result.set(name, { level: given.getEnforcementlevel(), properties });
  });
  const faults = info.getPoliciesList().flatMap((policy) => faultsOf(policy, result));
  if (faults.length > 0)
    throw new PolicyConfigError(`The settings of the policy pack do not fit: ${faults.join("; ")}.`);
  const request = new proto.ConfigureAnalyzerRequest();
  for (const [name, { level, properties }] of result) {
    const config = new proto.PolicyConfig();
    config.setEnforcementlevel(level);
    config.setProperties(Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]));
    request.getPolicyconfigMap().set(name, config);
  }
  return request;
}

const propertiesOf = (policy: proto.PolicyInfo) =>
  (policy.getConfigschema()?.getProperties()?.toJavaScript() ?? {}) as Record<string, { default?: unknown }>;

const defaultsOf = (policy: proto.PolicyInfo) =>
  Object.fromEntries(
    Object.entries(propertiesOf(policy)).flatMap(([name, schema]) =>
      schema.default === undefined ? [] : [[name, schema.default]],
    ),
  );

/** Values are not told: settings may hold what nobody should read in a log. */
function faultsOf(policy: proto.PolicyInfo, configs: ReadonlyMap<string, PolicyConfig>): string[] {
  const schema = policy.getConfigschema();
  if (!schema) return [];
  const json = { type: "object", properties: propertiesOf(policy), required: schema.getRequiredList() };
  const checked = z
    .fromJSONSchema(json as Parameters<typeof z.fromJSONSchema>[0])
    .safeParse(configs.get(policy.getName())?.properties ?? {});
  return (checked.error?.issues ?? []).map(
    ({ path, code }) => `${[policy.getName(), ...path].map(String).join(".")} (${code})`,
  );
}
