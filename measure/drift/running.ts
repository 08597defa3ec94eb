import { isRecord } from "../../config/record";
import type { Stack } from "../../config/stack";
import type { RenderedGateway } from "../../gateway/render";
import { tellsModel } from "../../gateway/served";
import type { Deployment } from "../client";
import type { Served } from "../fingerprint/served";
import { type DeploymentsFound, deploymentDrift } from "./deployments";
import { type AreaFound, areaFound, differ, plainText, shortDigest } from "./difference";
import { DriftInputError } from "./json";

/** What a running gateway says of itself. */
export interface RunningGateway {
  /** The hashes that its deployments report; of one gateway there is one. */
  hashes: readonly unknown[];
  deployments: readonly Deployment[];
  /** Its counts of the models that providers named; of all time, by process. */
  served: Served;
  providers: "real" | "stub";
}

/** What `/model/info` answered, as far as it is looked at; a deployment that is none is refused. */
export function readDeployments(answered: unknown): Deployment[] {
  if (!Array.isArray(answered)) throw new DriftInputError("its answer has no list of deployments");
  return answered.map((one: unknown) => {
    const { model_name, litellm_params, model_info } = isRecord(one) ? one : {};
    if (typeof model_name !== "string" || !isRecord(litellm_params) || !isRecord(model_info))
      throw new DriftInputError("its answer has a deployment without name, parameters or information");
    return { model_name, litellm_params, model_info };
  });
}

/** The behaviour hashes that deployments report, each once. */
export const hashesOf = (deployments: readonly Deployment[]): unknown[] => [
  ...new Set(
    deployments.map(({ model_info: { lockstep } }) =>
      isRecord(lockstep) ? lockstep.behaviour_hash : undefined,
    ),
  ),
];

const where = "in the running gateway";

/** Compares what the running gateway shows with what is declared. */
export function runningGateway(
  stack: Stack,
  { proxy }: RenderedGateway,
  running: RunningGateway,
): DeploymentsFound {
  const { deployments, providers } = running;
  const found = deploymentDrift(proxy.model_list, deployments, { where, providers });
  return {
    ...found,
    areas: [
      areaFound("behaviour", { compared: 1, differences: hashDrift(stack, running.hashes) }),
      ...found.areas,
      servedModels(stack, running.served),
    ],
  };
}

function hashDrift({ behaviourHash }: Stack, hashes: RunningGateway["hashes"]) {
  const [hash] = hashes;
  if (hashes.length === 1 && hash === behaviourHash) return [];
  return [
    differ("behaviour", {
      name: "behaviour hash",
      difference: `it differs ${where}`,
      declared: shortDigest(behaviourHash),
      deployed: hashes.length > 1 ? `${hashes.length} of them` : (shortDigest(hash) ?? "none"),
    }),
  ];
}

/** Which models answered, by the providers' own word, since the gateway's processes started. */
function servedModels({ config }: Stack, served: Served): AreaFound {
  const told = Object.entries(config.models).filter(([, { provider }]) => tellsModel(provider));
  const counts = [...served.values()].flatMap((one) => [...one.values()]).filter(({ count }) => count > 0);
  const differences = told.flatMap(([name, { modelId }]) => {
    const others = counts.filter(({ model, match }) => model === modelId && match === "other");
    return [...new Set(others.map((one) => one.served))].map((id) =>
      differ("models", {
        name,
        difference: "the provider served another model than the pinned one",
        declared: modelId,
        deployed: plainText(id),
      }),
    );
  });
  const asked = told.filter(([, { modelId }]) => counts.some(({ model }) => model === modelId));
  const silent = Object.keys(config.models).filter((name) => !asked.some(([one]) => one === name));
  return areaFound("models", {
    compared: asked.length,
    differences,
    leftAside:
      silent.length === 0
        ? []
        : [
            `Which model was served is not known of ${silent.join(", ")}: nobody asked since the gateway started, or the provider does not say.`,
          ],
  });
}
