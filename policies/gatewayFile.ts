import { canonicalJson } from "../config/hash";
import { isRecord } from "../config/record";
import type { Stack } from "../config/stack";
import { type CallbackData, callbackData, callbackFiles } from "../gateway/callback";
import { renderEnvironment } from "../gateway/environment";
import { compareRouting, declaredRouting, type RoutingDifference, routingOf } from "../gateway/routing";
import { parseProxy } from "../gateway/yaml";
import { at, type Props } from "./props";
import { UNKNOWN } from "./rule";

/** What of the gateway is not known before the update. */
export interface Undecided {
  undecided: string;
}

/** A difference whose two sides are words and no values. */
export interface FileDifference extends RoutingDifference {
  inWords?: true;
}

/**
 * Where files of LiteLLM in a ConfigMap are not as declared. They are known by their content, whatever they
 * are called; other files are passed over.
 */
export function fileDifferences({ data }: Props, own: Stack): (FileDifference | Undecided)[] {
  if (data === UNKNOWN) return [{ undecided: "data" }];
  return Object.entries(isRecord(data) ? data : {}).flatMap(([key, file]): (FileDifference | Undecided)[] => {
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
      ...callbackDifferences(data as Props, own),
    ];
  });
}

/** The circuit breaker's code, and its data as they are declared; that LiteLLM is told of it is part of its file. */
function callbackDifferences(data: Props, { config, contents, behaviourHash }: Stack): FileDifference[] {
  const { [callbackFiles.code]: code, [callbackFiles.data]: given } = data;
  const declared = callbackData(config, { behaviourHash, files: contents });
  const difference = (path: string, provisioned: string): FileDifference[] => [
    { path, declared: "the circuit breaker", provisioned, inWords: true },
  ];
  return [
    ...(typeof code === "string" || code === UNKNOWN ? [] : difference(callbackFiles.code, "nothing")),
    ...(given === UNKNOWN || (typeof given === "string" && saysSame(given, declared))
      ? []
      : difference(callbackFiles.data, typeof given === "string" ? "another one" : "nothing")),
  ];
}

function saysSame(text: string, declared: CallbackData): boolean {
  try {
    return canonicalJson(JSON.parse(text)) === canonicalJson(declared);
  } catch {
    return false;
  }
}

/** True for the text of a file of LiteLLM, readable or not. */
export const isGatewayFile = (text: string): boolean => /^[\s{]*["']?model_list["']?\s*:/m.test(text);
