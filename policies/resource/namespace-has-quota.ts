import { at, objectOf, unknownFound } from "../props";
import { type CompletenessRule, type Report, type ResourceView, UNKNOWN } from "../rule";

const namespaceType = "kubernetes:core/v1:Namespace";
const quotaType = "kubernetes:core/v1:ResourceQuota";
const rangeType = "kubernetes:core/v1:LimitRange";

/** The quantities that a quota has to bound, each with the names that Kubernetes has for it. */
const bounds = {
  cpu: ["requests.cpu", "limits.cpu", "cpu"],
  memory: ["requests.memory", "limits.memory", "memory"],
  pods: ["pods", "count/pods"],
} as const;

export const namespaceHasQuota: CompletenessRule = {
  kind: "completeness",
  name: "namespace-has-quota",
  description:
    "Every namespace that the stack creates has a quota on CPU, memory and pods, and a limit range.",
  protects: "From one environment or team that takes the whole cluster.",
  severity: "high",
  exceptions: true,
  check(resources) {
    const quotas = resources.filter(({ type }) => type === quotaType);
    const ranges = resources.filter(({ type }) => type === rangeType);
    return resources
      .filter(({ type }) => type === namespaceType)
      .flatMap((namespace) => [...quotaReports(namespace, quotas), ...rangeReports(namespace, ranges)]);
  },
};

function quotaReports(namespace: ResourceView, quotas: ResourceView[]): Report[] {
  const own = quotas.filter((quota) => inNamespace(quota, namespace));
  // A quota with a scope bounds some pods only.
  const unscoped = own.filter(
    ({ props }) =>
      at(props, "spec", "scopes") === undefined && at(props, "spec", "scopeSelector") === undefined,
  );
  const hard = unscoped.map(({ props }) => at(props, "spec", "hard"));
  const missing = Object.entries(bounds)
    .filter(([, names]) => !hard.some((one) => names.some((name) => at(one, name) !== undefined)))
    .map(([bound]) => bound);
  if (missing.length === 0) return [];
  const found = unscoped.length === 0 ? "no ResourceQuota" : `a ResourceQuota without ${missing.join(", ")}`;
  return [make(namespace, found, "a ResourceQuota on cpu, memory and pods", quotas)];
}

function rangeReports(namespace: ResourceView, ranges: ResourceView[]): Report[] {
  if (ranges.some((range) => inNamespace(range, namespace))) return [];
  return [make(namespace, "no LimitRange", "a LimitRange with defaults for containers", ranges)];
}

function make(namespace: ResourceView, found: string, allowed: string, candidates: ResourceView[]): Report {
  const stray = candidates.some((one) => isUnplaced(one) && !inNamespace(one, namespace));
  return {
    object: objectOf(namespace),
    path: namespace.urn,
    found: stray ? `${found} that is surely its own; one names a namespace with ${unknownFound}` : found,
    allowed,
    remedy: "Add it to the program, in this namespace; the component Quotas makes both.",
    ...(stray ? { status: "cannot-decide" as const } : {}),
  };
}

/** By the namespace's name, or where that is not known yet, by the resource that it comes from. */
function inNamespace(one: ResourceView, namespace: ResourceView): boolean {
  const name = at(one.props, "metadata", "namespace");
  const own = at(namespace.props, "metadata", "name");
  if (typeof name === "string" && typeof own === "string") return name === own;
  return one.dependsOn.metadata?.includes(namespace.urn) ?? false;
}

const isUnplaced = (one: ResourceView) =>
  at(one.props, "metadata", "namespace") === UNKNOWN && (one.dependsOn.metadata ?? []).length === 0;
