import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";

const levels = new Map(Object.entries(proto.EnforcementLevel).map(([name, level]) => [level, name]));

/**
 * The level of each policy as the engine configures it. The SDK keeps it to itself, so it is read where it arrives:
 * call this before the pack is made.
 */
export function configuredLevels(): (policy: string) => string | undefined {
  const known = new Map<string, string>();
  const { configure } = AnalyzerService;
  const read = configure.requestDeserialize;
  configure.requestDeserialize = (bytes) => {
    const request = read(bytes);
    request.getPolicyconfigMap().forEach((config, policy) => {
      known.set(policy, levels.get(config.getEnforcementlevel())?.toLowerCase() ?? "unknown");
    });
    return request;
  };
  return (policy) => known.get(policy);
}
