import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFiles } from "../../config/files";
import { policyPackState } from "../../config/policyPack";
import type { Stack } from "../../config/stack";
import { gatewayFiles } from "../../gateway/files";
import { behaviourHashKey } from "../../gateway/names";
import { renderGateway } from "../../gateway/render";
import { root } from "../project";

/** A resource of an exported stack, to be changed by a test. */
export interface Exported {
  urn: string;
  type: string;
  custom: boolean;
  delete?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: a test reaches into it anywhere
  inputs: any;
  // biome-ignore lint/suspicious/noExplicitAny: likewise
  outputs: any;
  created: string;
}

export interface ExportedStack {
  version: number;
  deployment: { resources: Exported[]; pending_operations?: unknown[] };
}

const file = join(__dirname, "fixtures", "state.json");

export const renderedOf = ({ config, behaviourHash, contents }: Stack) =>
  renderGateway(config, { behaviourHash, files: contents });

/**
 * What the Pulumi CLI exported of the shipped staging stack, cut down to what an audit reads. What depends on the
 * behaviour that is shipped today, the gateway's files and hashes, is put in here, as the program would.
 */
export function exportedState(stack: Stack): ExportedStack {
  const text = readFileSync(file, "utf8");
  const state: ExportedStack = JSON.parse(text.replaceAll("staging", stack.config.environment.name));
  const rendered = renderedOf(stack);
  const { behaviourHash, config } = stack;
  const top = resource(state, "lockstep-");
  top.outputs = { ...top.outputs, behaviourHash, policyPack: policyPackState(projectFiles(root)) };
  resource(state, "-gateway-config").inputs.data = gatewayFiles(rendered.proxyYaml, rendered.callbackJson);
  const { template } = resource(state, "-gateway-deployment").inputs.spec;
  template.metadata.annotations = { [behaviourHashKey]: behaviourHash };
  const [container] = template.spec.containers;
  container.image = config.gateway.image;
  container.env = Object.entries(rendered.env).map(([name, value]) => ({ name, value }));
  return state;
}

/** The only resource whose name has this in it, or the first of a type. */
export function resource(state: ExportedStack, name: string, type = ""): Exported {
  const found = state.deployment.resources.filter(
    (one) => (one.urn.split("::")[3] ?? "").includes(name) && one.type.includes(type),
  );
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new Error(`${found.length} resources are ${type} ${name}`);
  return only;
}

export const bytesOf = (data: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(data));

/** The state's Kubernetes objects as a cluster shows them: with what its API server adds. */
export function clusterList(state: ExportedStack) {
  const items = state.deployment.resources
    .filter(({ type }) => /:(ConfigMap|Deployment|CronJob|ResourceQuota)$/.test(type))
    .map(({ inputs }) => {
      const own = structuredClone(inputs);
      return {
        ...own,
        metadata: {
          ...own.metadata,
          uid: "0b0f7c1e-0000-4000-8000-000000000000",
          resourceVersion: "1",
          creationTimestamp: "2026-11-01T00:00:00Z",
        },
        ...(own.kind === "Deployment" ? { status: { readyReplicas: 2 } } : {}),
      };
    });
  return { apiVersion: "v1", kind: "List", items };
}
