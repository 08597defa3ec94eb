import { Cloud, type Held } from "./cloud";
import { sdkVersion } from "./sdk";
import type { StandIn } from "./server";
import { at, same, unknown, type Values } from "./values";

/**
 * By kind, the paths whose change asks for another object, beside name and namespace: provider/pkg/provider/diff.go
 * of https://github.com/pulumi/pulumi-kubernetes at 94977969, with the defaults of its settings.
 */
const replacing: Readonly<Record<string, readonly string[]>> = {
  "v1/ConfigMap": ["binaryData", "data"],
  "v1/Secret": ["type", "stringData", "data"],
  "v1/ResourceQuota": ["spec.scopes"],
  "v1/Service": ["spec.clusterIP"],
  "apps/v1/Deployment": ["spec.selector"],
};

/** Kinds of which there is one name for the whole cluster; those that this project makes. */
const clusterWide = new Set(["Namespace"]);

/**
 * A stand-in of the Kubernetes plugin, and honest about what it is: there is no API server behind it. It checks what
 * every object needs, replaces where the real one replaces, refuses a name that is taken and a namespace that is not
 * there (the real one tries again a few times, and then fails), and empties a namespace that goes. It validates no
 * schema, admits everything, fills in no defaults, and whatever it holds is ready at once.
 */
export function kubernetes(options: { folder: string; slow: Record<string, number> }): StandIn {
  let settings: Values = {};
  const cloud = () => new Cloud(options.folder, `kubernetes-${settings.context ?? "none"}`, options.slow);

  return {
    version: sdkVersion("kubernetes"),

    configure(values) {
      settings = values;
    },

    check({ type, name, olds, news, seed }) {
      const failures = ["apiVersion", "kind"]
        .filter((key) => typeof news[key] !== "string" || news[key] === "")
        .map((key) => ({ property: key, reason: `${type} needs one.` }));
      return { inputs: placed(named(name, olds, news, seed), settings), failures };
    },

    replaces({ olds, news }) {
      const paths = [
        ...["apiVersion", "kind", "metadata.name", "metadata.namespace"],
        ...(replacing[kindOf(news)] ?? []),
      ];
      const sameName =
        same(at(olds, "metadata.name"), at(news, "metadata.name")) &&
        same(at(olds, "metadata.namespace"), at(news, "metadata.namespace"));
      return {
        replaces: paths
          .filter((path) => !same(at(olds, path), at(news, path)))
          .map((path) => path.split(".")[0] ?? path),
        deleteBeforeReplace: sameName && !isMade(news),
      };
    },

    // The API server answers a dry run with the object; what it would fill in is left out of the stand-in.
    plan: (_, inputs) => inputs,

    async create(urn, type, inputs) {
      const namespace = at(inputs, "metadata.namespace");
      const exists = cloud()
        .all(namespaceType)
        .some((held) => held.id === namespace);
      if (namespace !== undefined && !exists) throw new Error(`namespaces "${namespace}" not found`);
      const id = idOf(inputs);
      const held: Held = { type, id, identity: `${kindOf(inputs)}/${id}`, inputs, outputs: inputs };
      await cloud().create(urn, held);
      return { id, outputs: inputs };
    },

    read: (type, id) => cloud().find(type, id),

    async update({ urn, type, id, inputs }) {
      await cloud().update(urn, { type, id, identity: `${kindOf(inputs)}/${id}`, inputs, outputs: inputs });
      return inputs;
    },

    async delete(urn, type, id) {
      await cloud().delete(urn, type, id);
      if (type === namespaceType) cloud().empty((held) => at(held.inputs, "metadata.namespace") === id);
    },
  };
}

const namespaceType = "kubernetes:core/v1:Namespace";
const madeName = "pulumi.com/autonamed";

const kindOf = (inputs: Values) => `${inputs.apiVersion}/${inputs.kind}`;
const metadataOf = (inputs: Values) => (inputs.metadata ?? {}) as Values;
const isMade = (inputs: Values) =>
  (metadataOf(inputs).annotations as Values | undefined)?.[madeName] === "true";

function idOf(inputs: Values): string {
  const { name, namespace } = metadataOf(inputs);
  return namespace === undefined ? String(name) : `${namespace}/${name}`;
}

/** With a name where the program gives none, which the real plugin marks with an annotation. */
function named(name: string, olds: Values, news: Values, seed: string): Values {
  const metadata = metadataOf(news);
  if (metadata.name !== undefined || metadata.generateName !== undefined) return news;
  const made = isMade(olds) ? metadataOf(olds).name : `${name}-${seed.slice(0, 8)}`;
  const annotations = { ...(metadata.annotations as Values | undefined), [madeName]: "true" };
  return { ...news, metadata: { ...metadata, name: made, annotations } };
}

/** In the provider's namespace where the object names none. */
function placed(inputs: Values, settings: Values): Values {
  const metadata = metadataOf(inputs);
  if (metadata.namespace !== undefined || clusterWide.has(String(inputs.kind))) return inputs;
  const namespace = settings.namespace ?? "default";
  return { ...inputs, metadata: { ...metadata, namespace: namespace === "" ? unknown : namespace } };
}
