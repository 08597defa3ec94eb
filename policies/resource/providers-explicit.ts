import { isRecord } from "../../config/record";
import { ownStack } from "../ownStack";
import { reportOn, shown, unknownFound } from "../props";
import { type Report, type ResourceContext, type ResourceRule, type ResourceView, UNKNOWN } from "../rule";

/** The packages whose resources live in an account or a cluster. */
const packages = ["aws", "aws-native", "eks", "kubernetes"];

/**
 * Which account and which cluster a program reaches is decided by its provider, not by whoever runs it. An
 * inline kubeconfig too has to name the declared context, so that its own default does not decide; where a
 * stack has no Lockstep configuration, it alone is enough.
 */
export const providersExplicit: ResourceRule = {
  kind: "resource",
  name: "providers-explicit",
  description:
    "Every AWS and Kubernetes resource uses an explicit provider that is limited to its environment.",
  protects: "From ambient credentials that put one environment into the other's account or cluster.",
  severity: "critical",
  exceptions: true,
  types: "any",
  check(resource, context) {
    if (resource.type === "pulumi:providers:kubernetes")
      return isDefault(resource.name) ? [] : contextReports(resource, context);
    if (/^pulumi:providers:aws(-native)?$/.test(resource.type)) {
      return isDefault(resource.name) ? [] : accountReports(resource, context);
    }
    const { provider, type } = resource;
    if (provider === undefined || !packages.includes(type.split(":")[0] ?? "") || !isDefault(provider.name))
      return [];
    return [
      reportOn(
        resource,
        "the default provider, which takes whatever credentials are around",
        "an explicit provider",
        "Pass the environment's provider in the resource's options.",
      ),
    ];
  },
};

/** `default`, `default_7_48_0` and the like: the engine's own, made of ambient settings. */
const isDefault = (name: string) => /^default(_\d+_\d+_\d+.*)?$/.test(name);

function accountReports(resource: ResourceView, context: ResourceContext): Report[] {
  const account = ownStack(context)?.own.config.environment.account;
  const allowed =
    account === undefined
      ? "allowedAccountIds with the accounts that are meant"
      : `allowedAccountIds ["${account}"]`;
  const remedy = "Set the provider's allowedAccountIds.";
  const ids = decoded(resource.props.allowedAccountIds);
  if (ids === UNKNOWN || (Array.isArray(ids) && ids.includes(UNKNOWN))) {
    return [reportOn(resource, `allowedAccountIds with ${unknownFound}`, allowed, remedy, "cannot-decide")];
  }
  if (!Array.isArray(ids) || ids.length === 0)
    return [reportOn(resource, "no allowedAccountIds", allowed, remedy)];
  const meant = account === undefined || ids.every((id) => String(id) === account);
  return meant ? [] : [reportOn(resource, `allowedAccountIds ${shown(ids)}`, allowed, remedy)];
}

/** Providers take lists as JSON text. */
function decoded(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function contextReports(resource: ResourceView, context: ResourceContext): Report[] {
  const declared = ownStack(context)?.own.config.environment.cluster.context;
  const { context: named, kubeconfig } = resource.props;
  const remedy = "Set the provider's context to environment.cluster.context.";
  if (declared === undefined) {
    const explicit = named === UNKNOWN || (typeof named === "string" && named !== "") || isInline(kubeconfig);
    return explicit
      ? []
      : [
          reportOn(
            resource,
            "no context",
            "a context, or a kubeconfig given inline",
            "Set the provider's context.",
          ),
        ];
  }
  if (named === UNKNOWN)
    return [reportOn(resource, `context ${unknownFound}`, `context "${declared}"`, remedy, "cannot-decide")];
  if (named === declared) return [];
  const found = named === undefined || named === "" ? "no context" : `context ${shown(named)}`;
  return [reportOn(resource, found, `context "${declared}"`, remedy)];
}

/** Text of more than a line, or a value that comes from a cluster of this update; a path is ambient. */
const isInline = (kubeconfig: unknown) =>
  kubeconfig === UNKNOWN ||
  isRecord(kubeconfig) ||
  (typeof kubeconfig === "string" && /\n|^\s*\{/.test(kubeconfig));
