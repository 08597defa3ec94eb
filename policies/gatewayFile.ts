import { canonicalJson } from "../config/hash";
import { isRecord } from "../config/record";
import { remembered } from "../config/remembered";
import type { Stack } from "../config/stack";
import { type CallbackData, callbackData, callbackFiles } from "../gateway/callback";
import type { ProxyConfig } from "../gateway/litellm";
import { keyProblems, litellmKeys } from "../gateway/litellmKeys";
import { type RenderedGateway, renderGateway } from "../gateway/render";
import {
  compareRouting,
  declaredRouting,
  type Routing,
  type RoutingDifference,
  routingOf,
} from "../gateway/routing";
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
    const known = judged(file, own);
    if ("problems" in known) {
      const provisioned = `a file with ${known.problems} problems`;
      return [{ path: key, declared: "a file of LiteLLM", provisioned }];
    }
    return [...known.differences, ...callbackDifferences(data as Props, own)];
  });
}

/** A file of LiteLLM by itself: where it differs, or with how many problems it cannot be read. */
type Judged = { differences: FileDifference[] } | { problems: number };

/** What is rendered from a stack's configuration: once a stack, since it takes as long as hundreds of resources. */
interface Declared extends RenderedGateway {
  routing: Routing;
}

const declarations = new WeakMap<Stack, Declared>();

/** Throws `GatewayProblems` where the configuration cannot be rendered. */
function declaredOf(own: Stack): Declared {
  return remembered(declarations, own, () => {
    const { config, contents, behaviourHash } = own;
    const gateway = renderGateway(config, { behaviourHash, files: contents });
    return { ...gateway, routing: declaredRouting(config, contents) };
  });
}

/** How the rendered file itself is judged. Nearly every file is that one: then reading it again says nothing new. */
const verdicts = new WeakMap<Stack, Judged>();

function judged(file: string, own: Stack): Judged {
  return isRendered(file, own) ? remembered(verdicts, own, () => judge(file, own)) : judge(file, own);
}

function isRendered(file: string, own: Stack): boolean {
  try {
    return declaredOf(own).proxyYaml === file;
  } catch {
    // Thrown again where the file is judged by itself.
    return false;
  }
}

function judge(file: string, own: Stack): Judged {
  const parsed = parseProxy(file);
  if ("problems" in parsed) return { problems: parsed.problems.length };
  const declared = declaredOf(own);
  const provisioned = routingOf(parsed.proxy, declared.env);
  const hash = parsed.proxy.model_list
    .map(({ model_info }) => at(model_info, "lockstep", "behaviour_hash"))
    .filter((one) => one !== own.behaviourHash)
    .slice(0, 1);
  return {
    differences: [
      ...compareRouting(declared.routing, provisioned),
      ...keyDifferences(parsed.proxy),
      ...infoDifferences(parsed.proxy, declared.proxy),
      ...hash.map((one) => ({ path: "behaviour_hash", declared: own.behaviourHash, provisioned: one })),
    ],
  };
}

/** Of other keys and forms, those that a comparison of routing does not come to. */
const keyDifferences = (proxy: ProxyConfig): FileDifference[] =>
  keyProblems(proxy)
    .filter(({ path }) => !/^(litellm_|general_)settings|^router_settings\.(?!model_group_retry)/.test(path))
    .filter(({ path }) => !path.includes(".litellm_params"))
    .map(({ path, reason }) => ({
      path,
      declared: "the rendered file",
      provisioned: `what ${reason}`,
      inWords: true,
    }));

/** What a deployment's model_info says beside its routing: prices above all, on which spend is reckoned. */
function infoDifferences({ model_list }: ProxyConfig, declared: ProxyConfig): FileDifference[] {
  return model_list.flatMap(({ model_info }, index) => {
    const same = declared.model_list.find((one) => one.model_info.id === model_info.id)?.model_info;
    if (same === undefined) return [];
    return beside
      .filter((key) => same[key] !== model_info[key])
      .map((key) => ({
        path: `model_list[${index}].model_info.${key}`,
        declared: same[key] ?? null,
        provisioned: model_info[key] ?? null,
      }));
  });
}

const compared = ["id", "allowed_fails_policy", "cooldown_time", "max_input_tokens", "lockstep"];
const beside = Object.keys(litellmKeys.model_info).filter((key) => !compared.includes(key));

/** The callbacks' code by its file, and what it is. */
const code = {
  [callbackFiles.code]: "the circuit breaker",
  [callbackFiles.served]: "the count of served models",
  [callbackFiles.limits]: "the limits a minute",
  [callbackFiles.log]: "the redacted request log",
  [callbackFiles.redact]: "what is redacted by its form",
  [callbackFiles.headers]: "the response headers' allow-list",
  [callbackFiles.sampled]: "the counts of sampled answers",
};

/** The callbacks' code, and their data as they are declared; that LiteLLM is told of them is part of its file. */
function callbackDifferences(data: Props, own: Stack): FileDifference[] {
  const given = data[callbackFiles.data];
  const difference = (
    path: string,
    provisioned: string,
    declared = "what its callbacks read",
  ): FileDifference[] => [{ path, declared, provisioned, inWords: true }];
  return [
    ...Object.entries(code).flatMap(([file, what]) =>
      typeof data[file] === "string" || data[file] === UNKNOWN ? [] : difference(file, "nothing", what),
    ),
    ...(given === UNKNOWN || (typeof given === "string" && isDeclaredData(given, own))
      ? []
      : difference(callbackFiles.data, typeof given === "string" ? "another one" : "nothing")),
  ];
}

const sameData = new WeakMap<Stack, boolean>();

function isDeclaredData(text: string, own: Stack): boolean {
  const declared = () => callbackData(own.config, { behaviourHash: own.behaviourHash, files: own.contents });
  if (declaredOf(own).callbackJson !== text) return saysSame(text, declared());
  return remembered(sameData, own, () => saysSame(text, declared()));
}

function saysSame(text: string, declared: CallbackData): boolean {
  try {
    return canonicalJson(JSON.parse(text)) === canonicalJson(declared);
  } catch {
    return false;
  }
}

/** True for the text of a file of LiteLLM, readable or not. */
export const isGatewayFile = (text: string): boolean =>
  text.includes("model_list") && /^[\s{]*["']?model_list["']?\s*:/m.test(text);
