import { canonicalJson } from "../../config/hash";
import { isRecord } from "../../config/record";
import type { Stack } from "../../config/stack";
import { callbackFiles } from "../../gateway/callback";
import { gatewayFiles } from "../../gateway/files";
import { behaviourHashKey } from "../../gateway/names";
import type { RenderedGateway } from "../../gateway/render";
import { compareRouting, routingOf } from "../../gateway/routing";
import { parseProxy } from "../../gateway/yaml";
import type { DriftDifference } from "../../lifecycle/kinds/drift";
import { deploymentDrift, type FoundDeployment } from "./deployments";
import {
  type Area,
  type AreaFound,
  areaFound,
  differ,
  plainText,
  shortDigest,
  shown,
  unaudited,
} from "./difference";
import { at, type GatewayObjects, gatewayOf, type KubernetesObject } from "./objects";

const seen: readonly Area[] = ["behaviour", "prompts", "models", "routing", "limits"];

/**
 * What the gateway was given, by its Deployment and the ConfigMap that this one names, in the state or in the cluster:
 * files by content, and of LiteLLM's own every value.
 */
export function givenGateway(
  stack: Stack,
  rendered: RenderedGateway,
  objects: readonly KubernetesObject[],
  where: string,
): AreaFound[] {
  const { namespace } = stack.config.environment;
  const gateway = gatewayOf(objects, namespace);
  if (gateway === undefined)
    return seen.map((area) =>
      unaudited(area, `There is no Deployment of a gateway in ${namespace} ${where}.`),
    );
  const { files } = gateway;
  const pods = podDrift(stack, rendered, gateway, where);
  if (files === undefined)
    return [
      ...pods,
      ...seen.map((area) =>
        unaudited(area, `The ConfigMap that the gateway's Deployment names is not there ${where}.`),
      ),
    ];
  return [...pods, ...fileDrift(rendered, files, where)];
}

function podDrift(
  { config, behaviourHash }: Stack,
  { env }: RenderedGateway,
  { deployment: { name, manifest } }: GatewayObjects,
  where: string,
): AreaFound[] {
  const template = at(manifest, "spec", "template");
  const containers = at(template, "spec", "containers");
  const [container] = (Array.isArray(containers) ? containers : []).filter(
    (one) => at(one, "name") === "litellm",
  );
  const behaviour: DriftDifference[] = [];
  const hash = at(template, "metadata", "annotations", behaviourHashKey);
  if (hash !== behaviourHash)
    behaviour.push(
      differ("behaviour", {
        name,
        difference: `the behaviour hash of the pods differs ${where}`,
        declared: shortDigest(behaviourHash),
        deployed: shortDigest(hash) ?? "none",
      }),
    );
  const image = at(container, "image");
  if (image !== config.gateway.image)
    behaviour.push(
      differ("behaviour", {
        name,
        difference: `the image differs ${where}`,
        declared: config.gateway.image,
        deployed: typeof image === "string" ? plainText(image) : "none",
      }),
    );
  const given = at(container, "env");
  const variables = new Map(
    (Array.isArray(given) ? given : []).map((one) => [at(one, "name"), at(one, "value")]),
  );
  const routing = Object.entries(env).flatMap(([variable, value]) =>
    variables.get(variable) === value
      ? []
      : [
          differ("routing", {
            name: variable,
            difference: `the environment variable differs ${where}`,
            declared: value,
            deployed: shown(variable, numberIn(variables.get(variable))),
          }),
        ],
  );
  return [
    areaFound("behaviour", { compared: 2, differences: behaviour }),
    areaFound("routing", { compared: Object.keys(env).length, differences: routing }),
  ];
}

function fileDrift(
  rendered: RenderedGateway,
  files: Readonly<Record<string, unknown>>,
  where: string,
): AreaFound[] {
  const wanted = gatewayFiles(rendered.proxyYaml, rendered.callbackJson);
  const { "config.yaml": declaredProxy, [callbackFiles.data]: declaredData, ...code } = wanted;
  const behaviour = [...new Set([...Object.keys(code), ...Object.keys(files)])].flatMap((file) => {
    if (file === "config.yaml" || file === callbackFiles.data || code[file] === files[file]) return [];
    const name = plainText(file) ?? "a file";
    if (code[file] === undefined)
      return [differ("behaviour", { name, difference: `the file is not declared ${where}` })];
    const difference = files[file] === undefined ? "the file is missing" : "the content of the file differs";
    return [differ("behaviour", { name, difference: `${difference} ${where}` })];
  });
  const data = sameJson(declaredData, files[callbackFiles.data])
    ? []
    : [
        differ("routing", {
          name: callbackFiles.data,
          difference: `the content of the file differs ${where}`,
        }),
      ];
  const own = areaFound("behaviour", { compared: Object.keys(code).length, differences: behaviour });
  const text = files["config.yaml"];
  if (text === declaredProxy) {
    const { areas } = deploymentDrift(rendered.proxy.model_list, rendered.proxy.model_list, {
      where,
      providers: "real",
    });
    return [own, ...areas, areaFound("routing", { compared: 2, differences: data })];
  }
  const parsed = typeof text === "string" ? parseProxy(text) : { problems: [] };
  if ("problems" in parsed) {
    const unread = differ("routing", {
      name: "config.yaml",
      difference: `it is no file of LiteLLM that can be read ${where}`,
    });
    return [
      own,
      areaFound("routing", { compared: 1, differences: [unread, ...data] }),
      ...(["prompts", "models", "limits"] as const).map((area) =>
        unaudited(area, `The gateway's config.yaml cannot be read ${where}.`),
      ),
    ];
  }
  const { areas } = deploymentDrift(rendered.proxy.model_list, parsed.proxy.model_list as FoundDeployment[], {
    where,
    providers: "real",
  });
  // The deployments were compared one by one, by id and not by place.
  const rest = compareRouting(
    routingOf(rendered.proxy, rendered.env),
    routingOf(parsed.proxy, rendered.env),
  ).filter(({ path }) => !/^routes\..*targets/.test(path));
  const routing = rest.map(({ path, declared, provisioned }) =>
    differ("routing", {
      name: path,
      difference: `it differs ${where}`,
      declared: shown(path, declared),
      deployed: shown(path, provisioned),
    }),
  );
  const explained = routing.length > 0 || areas.some(({ differences }) => differences.length > 0);
  const unexplained = explained
    ? []
    : [differ("routing", { name: "config.yaml", difference: `the content of the file differs ${where}` })];
  return [
    own,
    ...areas,
    areaFound("routing", { compared: 2, differences: [...routing, ...unexplained, ...data] }),
  ];
}

/** Of an environment variable only a number is shown. */
const numberIn = (value: unknown): unknown =>
  typeof value === "string" && /^\d{1,6}(\.\d{1,6})?$/.test(value)
    ? Number(value)
    : value === undefined
      ? undefined
      : {};

function sameJson(declared: string | undefined, found: unknown): boolean {
  if (declared === found) return true;
  if (declared === undefined || typeof found !== "string") return false;
  try {
    const [one, other]: unknown[] = [JSON.parse(declared), JSON.parse(found)];
    return isRecord(other) && canonicalJson(one) === canonicalJson(other);
  } catch {
    return false;
  }
}
