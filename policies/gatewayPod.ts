import { isRecord } from "../config/record";
import type { Stack } from "../config/stack";
import { renderEnvironment } from "../gateway/environment";
import { behaviourHashKey, gatewayLabel } from "../gateway/names";
import { compareRouting, isPlace, type RoutingDifference, routingOf } from "../gateway/routing";
import type { Undecided } from "./gatewayFile";
import { type Container, podSpecOf } from "./podSpec";
import { at, list, type Props, shown } from "./props";
import { type ResourceView, UNKNOWN } from "./rule";

/**
 * Where the pods of the gateway's Deployment are not as declared; none for other Deployments. It is known by
 * its label or by its image.
 */
export function podDifferences(deployment: ResourceView, own: Stack): (RoutingDifference | Undecided)[] {
  const pod = podSpecOf(deployment);
  if (pod === undefined) return [];
  const { image } = own.config.gateway;
  const template = at(deployment.props, "spec", "template", "metadata");
  const labelled = at(template, "labels", gatewayLabel.key) === gatewayLabel.value;
  if (pod.unknown) return labelled ? [{ undecided: "a pod" }] : [];
  const same = pod.containers.filter(({ data }) => data.image === image);
  const gateways = same.length > 0 || !labelled ? same : pod.containers.slice(0, 1);
  const hash = at(template, "annotations", behaviourHashKey);
  return gateways.flatMap(({ data }) => [
    ...different("image", image, data.image),
    ...different(`annotation ${behaviourHashKey}`, own.behaviourHash, hash),
    ...environmentDifferences(own, data),
    ...argumentDifferences(data),
  ]);
}

function different(path: string, declared: unknown, provisioned: unknown): (RoutingDifference | Undecided)[] {
  if (provisioned === UNKNOWN) return [{ undecided: path }];
  return declared === provisioned ? [] : [{ path, declared, provisioned }];
}

/** Set by the pod itself: places that can be written to. */
const writable = ["HOME", "LITELLM_ASSETS_PATH", "LITELLM_MIGRATION_DIR", "LITELLM_UI_PATH"];

/** Whole sources of variables would bring in some that nobody declared. */
function environmentDifferences(
  own: Stack,
  { env, envFrom }: Container["data"],
): (RoutingDifference | Undecided)[] {
  if (env === UNKNOWN || list(env).includes(UNKNOWN)) return [{ undecided: "environment variables" }];
  const declared = renderEnvironment(own.config);
  const entries = list(env)
    .filter(isRecord)
    .filter(({ name }) => typeof name === "string" && !writable.includes(name));
  const unknown = entries.filter(({ name, value }) => value === UNKNOWN && !isPlace(String(name)));
  const mapped = entries.filter(({ valueFrom }) => at(valueFrom, "configMapKeyRef") !== undefined);
  const plain = entries.filter((one): one is Props & { value: string } => typeof one.value === "string");
  const provisioned = Object.fromEntries(plain.map(({ name, value }) => [String(name), value]));
  const whole = list(envFrom).some((source) => at(source, "configMapRef") !== undefined);
  return [
    ...unknown.map(({ name }) => ({ undecided: `the variable ${shown(name)}` })),
    ...(unknown.length > 0 ? [] : compareRouting(variables(declared), variables(provisioned))),
    ...mapped.map(({ name }) => ({
      path: `the variable ${shown(name)}`,
      declared: undefined,
      provisioned: "a key of a ConfigMap",
    })),
    ...(whole
      ? [{ path: "envFrom", declared: undefined, provisioned: "variables from a whole ConfigMap" }]
      : []),
  ];
}

const emptyFile = { model_list: [], router_settings: {}, litellm_settings: {}, general_settings: {} };
const variables = (env: Record<string, string>) => routingOf(emptyFile, env);

/** What the gateway's command line may set; everything else there overrides its file. */
const options = ["--config", "--host", "--num_workers", "--port"];

function argumentDifferences({ args, command }: Container["data"]): (RoutingDifference | Undecided)[] {
  const all = [...list(command), ...list(args)];
  if ([args, command].includes(UNKNOWN) || all.includes(UNKNOWN)) return [{ undecided: "arguments" }];
  return all
    .filter((one): one is string => typeof one === "string" && one.startsWith("-"))
    .map((one) => one.split("=")[0] ?? one)
    .filter((option) => !options.includes(option))
    .map((option) => ({ path: `argument ${option}`, declared: undefined, provisioned: "set" }));
}
