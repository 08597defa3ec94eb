import type { Config } from "../config/schema";
import { callbackData, formatCallbackData } from "./callback";
import { directModels, modelDeployments, routeDeployments } from "./deployments";
import { renderEnvironment, renderSecretEnvironment, runtimeVariables } from "./environment";
import type { ProxyConfig, RenderOptions } from "./litellm";
import { keyProblems } from "./litellmKeys";
import { checkGateway, throwProblems } from "./problems";
import { generalSettings, litellmSettings, routerSettings } from "./settings";
import { formatProxy } from "./yaml";

/** The whole running configuration of the gateway: its file, and its environment. */
export interface RenderedGateway {
  proxy: ProxyConfig;
  /** `proxy` as text: the same configuration gives the same bytes. */
  proxyYaml: string;
  /** What the callback that breaks the circuit reads, as text; it stands beside the file. */
  callbackJson: string;
  /** Plain variables. */
  env: Record<string, string>;
  /** Variables that hold credentials, by the credential's name in `credentials`. */
  secretEnv: Record<string, { credential: string }>;
  /** Variables that whoever runs the gateway has to set as well; the file refers to them. */
  runtimeEnv: string[];
}

/**
 * LiteLLM's file and environment for a configuration. Everything that decides how a request is answered is
 * written out, also where LiteLLM's default would do. Throws `GatewayProblems` with everything that LiteLLM
 * would drop or misread. Routes and models stand in alphabetical order, whatever their order in the stack's
 * file, so that moving lines there does not restart the gateway.
 */
export function renderGateway(config: Config, options: RenderOptions): RenderedGateway {
  checkGateway(config, options.files);
  const proxy: ProxyConfig = {
    model_list: [...routeDeployments(config, options), ...modelDeployments(config, options)],
    router_settings: routerSettings(config),
    litellm_settings: litellmSettings(config),
    general_settings: generalSettings(config),
  };
  throwProblems(keyProblems(proxy));
  const models = [
    ...Object.values(config.routes).flatMap(({ targets }) => targets.map(({ model }) => model)),
    ...directModels(config),
  ];
  return {
    proxy,
    proxyYaml: formatProxy(proxy),
    callbackJson: formatCallbackData(callbackData(config, options)),
    env: renderEnvironment(config),
    secretEnv: renderSecretEnvironment(config, models),
    runtimeEnv: runtimeVariables(config),
  };
}
