import type { Stack } from "../../config/stack";
import { renderEnvironment } from "../../gateway/environment";
import { compareRouting, declaredRouting, type RoutingDifference, routingOf } from "../../gateway/routing";
import { parseProxy } from "../../gateway/yaml";
import { ownStack } from "../ownStack";
import { type Container, podSpecOf } from "../podSpec";
import { at, isRecord, list, objectOf, type Props, shown, unknownFound } from "../props";
import { type Report, type ResourceRule, type ResourceView, UNKNOWN } from "../rule";

/** What the gateway's pods carry, as components/gateway writes it. */
const gatewayLabel = ["app.kubernetes.io/name", "llm-gateway"] as const;
const behaviourHashKey = "lockstep.dev/behaviour-hash";

/**
 * Files of LiteLLM are known by their content, whatever their object is called: each that the stack puts
 * into the gateway's namespace has to say what is declared. The gateway's Deployment is known by its label or
 * by its image.
 */
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
    if (own === undefined || (namespace !== UNKNOWN && namespace !== own.config.environment.namespace))
      return [];
    return podSpecOf(resource) === undefined ? fileReports(resource, own) : deploymentReports(resource, own);
  },
};

const remedy =
  "Render the gateway's file and environment from the configuration, or change what is declared.";

function undecided(resource: ResourceView, what: string): Report {
  return {
    object: objectOf(resource),
    path: resource.urn,
    found: `${what} with ${unknownFound}`,
    allowed: "a gateway that is known before the update",
    remedy: "Make it from the configuration alone, without values of this update's resources.",
    status: "cannot-decide",
  };
}

function differs(resource: ResourceView, { path, declared, provisioned }: RoutingDifference): Report {
  return {
    object: `${objectOf(resource)}'s ${path}`,
    path: resource.urn,
    found: text(provisioned),
    allowed: `${text(declared)}, as declared`,
    remedy,
  };
}

const text = (value: unknown) => (value === null ? "the gateway's own default" : shown(value));

function fileReports(resource: ResourceView, own: Stack): Report[] {
  const { data } = resource.props;
  if (data === UNKNOWN) return [undecided(resource, "data")];
  return Object.entries(isRecord(data) ? data : {}).flatMap(([key, file]): Report[] => {
    if (file === UNKNOWN) return /\.ya?ml$/.test(key) ? [undecided(resource, key)] : [];
    if (typeof file !== "string" || !/^["']?model_list["']?\s*:/m.test(file)) return [];
    const parsed = parseProxy(file);
    if ("problems" in parsed) {
      const found = `a file that cannot be read (${parsed.problems.length} problems)`;
      return [
        {
          object: `${objectOf(resource)}'s ${key}`,
          path: resource.urn,
          found,
          allowed: "LiteLLM's configuration",
          remedy,
        },
      ];
    }
    const provisioned = routingOf(parsed.proxy, renderEnvironment(own.config));
    const hashes = parsed.proxy.model_list.map(({ model_info }) =>
      at(model_info, "lockstep", "behaviour_hash"),
    );
    const other = hashes.find((hash) => hash !== own.behaviourHash);
    return [
      ...compareRouting(declaredRouting(own.config, own.contents), provisioned),
      ...(hashes.includes(other)
        ? [{ path: "behaviour_hash", declared: own.behaviourHash, provisioned: other }]
        : []),
    ].map((difference) => differs(resource, difference));
  });
}

function deploymentReports(resource: ResourceView, own: Stack): Report[] {
  const pod = podSpecOf(resource);
  if (pod === undefined) return [];
  const { image } = own.config.gateway;
  const labelled =
    at(resource.props, "spec", "template", "metadata", "labels", gatewayLabel[0]) === gatewayLabel[1];
  if (pod.unknown) return labelled ? [undecided(resource, "a pod")] : [];
  const same = pod.containers.filter(({ data }) => data.image === image);
  const gateways = same.length > 0 || !labelled ? same : pod.containers.slice(0, 1);
  const hash = at(resource.props, "spec", "template", "metadata", "annotations", behaviourHashKey);
  return gateways.flatMap((container) => [
    ...(container.data.image === image
      ? []
      : [differs(resource, { path: "image", declared: image, provisioned: container.data.image })]),
    ...(hash === own.behaviourHash
      ? []
      : [
          differs(resource, {
            path: `annotation ${behaviourHashKey}`,
            declared: own.behaviourHash,
            provisioned: hash,
          }),
        ]),
    ...environmentReports(resource, own, container),
    ...argumentReports(resource, container),
  ]);
}

/** Set by the pod itself: places that can be written to. */
const writable = ["HOME", "LITELLM_ASSETS_PATH", "LITELLM_MIGRATION_DIR", "LITELLM_UI_PATH"];

/** Whole sources of variables would bring in some that nobody declared. */
function environmentReports(resource: ResourceView, own: Stack, { data }: Container): Report[] {
  const { env, envFrom } = data;
  if (env === UNKNOWN || list(env).includes(UNKNOWN)) return [undecided(resource, "environment variables")];
  const declared = renderEnvironment(own.config);
  const entries = list(env)
    .filter(isRecord)
    .filter(({ name }) => typeof name === "string" && !writable.includes(name));
  const unknown = entries.filter(
    ({ name, value }) => value === UNKNOWN && Object.hasOwn(declared, String(name)),
  );
  const plain = entries.filter((one): one is Props & { value: string } => typeof one.value === "string");
  const provisioned = Object.fromEntries(plain.map(({ name, value }) => [String(name), value]));
  const routing = (variables: Record<string, string>) => ({
    ...empty,
    environment: routingOf(emptyProxy, variables).environment,
  });
  return [
    ...unknown.map(({ name }) => undecided(resource, `the variable ${shown(name)}`)),
    ...(unknown.length > 0
      ? []
      : compareRouting(routing(declared), routing(provisioned)).map((one) => differs(resource, one))),
    ...(list(envFrom).some((source) => at(source, "configMapRef") !== undefined)
      ? [
          differs(resource, {
            path: "envFrom",
            declared: undefined,
            provisioned: "variables from a whole ConfigMap",
          }),
        ]
      : []),
  ];
}

const emptyProxy = { model_list: [], router_settings: {}, litellm_settings: {}, general_settings: {} };
const empty = routingOf(emptyProxy, {});

/** What the gateway's command line may set; everything else there overrides its file. */
const options = ["--config", "--host", "--num_workers", "--port"];

function argumentReports(resource: ResourceView, { data }: Container): Report[] {
  return list(data.args)
    .filter((one): one is string => typeof one === "string" && one.startsWith("-"))
    .map((one) => one.split("=")[0] ?? one)
    .filter((option) => !options.includes(option))
    .map((option) =>
      differs(resource, { path: `argument ${option}`, declared: undefined, provisioned: "set" }),
    );
}
