import { isRecord } from "../config/record";
import type { Stack } from "../config/stack";
import { renderEnvironment } from "../gateway/environment";
import { compareRouting, declaredRouting, type RoutingDifference, routingOf } from "../gateway/routing";
import { parseProxy } from "../gateway/yaml";
import { at, type Props } from "./props";
import { UNKNOWN } from "./rule";

/** What of the gateway is not known before the update. */
export interface Undecided {
  undecided: string;
}

/**
 * Where files of LiteLLM in a ConfigMap are not as declared. They are known by their content, whatever they
 * are called; other files are passed over.
 */
export function fileDifferences({ data }: Props, own: Stack): (RoutingDifference | Undecided)[] {
  if (data === UNKNOWN) return [{ undecided: "data" }];
  return Object.entries(isRecord(data) ? data : {}).flatMap(
    ([key, file]): (RoutingDifference | Undecided)[] => {
      if (file === UNKNOWN) return /\.(ya?ml|json)$/.test(key) ? [{ undecided: key }] : [];
      if (typeof file !== "string" || !isGatewayFile(file)) return [];
      const parsed = parseProxy(file);
      if ("problems" in parsed) {
        const provisioned = `a file with ${parsed.problems.length} problems`;
        return [{ path: key, declared: "a file of LiteLLM", provisioned }];
      }
      const provisioned = routingOf(parsed.proxy, renderEnvironment(own.config));
      const hash = parsed.proxy.model_list
        .map(({ model_info }) => at(model_info, "lockstep", "behaviour_hash"))
        .filter((one) => one !== own.behaviourHash)
        .slice(0, 1);
      return [
        ...compareRouting(declaredRouting(own.config, own.contents), provisioned),
        ...hash.map((one) => ({ path: "behaviour_hash", declared: own.behaviourHash, provisioned: one })),
      ];
    },
  );
}

/** True for the text of a file of LiteLLM, readable or not. */
export const isGatewayFile = (text: string): boolean => /^[\s{]*["']?model_list["']?\s*:/m.test(text);
