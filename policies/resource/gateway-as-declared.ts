import { fileDifferences } from "../gatewayFile";
import { podDifferences } from "../gatewayPod";
import { ownStack } from "../ownStack";
import { at, objectOf, reportOn, shown, unknownFound } from "../props";
import { type ResourceRule, UNKNOWN } from "../rule";

/** Judges what the stack puts into the gateway's namespace, whatever it is called there. */
export const gatewayAsDeclared: ResourceRule = {
  kind: "resource",
  name: "gateway-as-declared",
  description:
    "The gateway is provisioned with the routing, limits and back-off that the configuration declares.",
  protects: "From a gateway that answers otherwise than what was reviewed and measured.",
  severity: "critical",
  exceptions: true,
  types: ["kubernetes:core/v1:ConfigMap", "kubernetes:apps/v1:Deployment"],
  check(resource, context) {
    const own = ownStack(context)?.own;
    const namespace = at(resource.props, "metadata", "namespace");
    if (own === undefined || ![UNKNOWN, own.config.environment.namespace].includes(namespace as string))
      return [];
    const isFile = resource.type === "kubernetes:core/v1:ConfigMap";
    const differences = isFile ? fileDifferences(resource.props, own) : podDifferences(resource, own);
    return differences.map((one) => {
      if ("undecided" in one) {
        const found = `${one.undecided} with ${unknownFound}`;
        return reportOn(
          resource,
          found,
          "a gateway that is known before the update",
          fromConfiguration,
          "cannot-decide",
        );
      }
      const { path, declared, provisioned } = one;
      const words = "inWords" in one ? String : text;
      const report = reportOn(resource, words(provisioned), `${words(declared)}, as declared`, render);
      return { ...report, object: `${objectOf(resource)}'s ${path}` };
    });
  },
};

const text = (value: unknown) => (value === null ? "the gateway's own default" : shown(value));
const render =
  "Render the gateway's file and environment from the configuration, or change what is declared.";
const fromConfiguration = "Make it from the configuration alone, without values of this update's resources.";
