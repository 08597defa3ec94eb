import { describe, expect, it } from "vitest";
import { keyProblems } from "../../gateway/litellmKeys";
import { GatewayProblems } from "../../gateway/problems";
import { renderGateway } from "../../gateway/render";
import { behaviourHash, files, sample } from "./sample";

const render = () => renderGateway(sample(), { behaviourHash, files }).proxy;
type Proxy = ReturnType<typeof render>;
const problems = (change: (proxy: Proxy) => unknown) => {
  const proxy = render();
  change(proxy);
  return keyProblems(proxy).map(({ path, reason }) => [path, reason]);
};
const first = ({ model_list: [deployment] }: Proxy): Proxy["model_list"][number] => {
  if (deployment === undefined) throw new Error("no deployment");
  return deployment;
};
const unknown = "is no key that is written for LiteLLM 1.106.2";

describe("the keys of LiteLLM's file", () => {
  it("are all known, and of their form", () => {
    expect(problems(() => undefined)).toEqual([]);
  });

  it.each<[string, (proxy: Proxy) => unknown, string, string]>([
    [
      "a misspelt key of the router",
      (proxy) => Object.assign(proxy.router_settings, { cool_down_time: 5 }),
      "router_settings.cool_down_time",
      unknown,
    ],
    [
      "a number as text",
      (proxy) => Object.assign(proxy.router_settings, { num_retries: "three" }),
      "router_settings.num_retries",
      "is not a whole number",
    ],
    [
      "half a retry",
      (proxy) => Object.assign(proxy.router_settings, { num_retries: 0.5 }),
      "router_settings.num_retries",
      "is not a whole number",
    ],
    [
      "a class of errors that there is not",
      (proxy) =>
        Object.assign(first(proxy).model_info.allowed_fails_policy as object, { TimeoutAllowedFails: 1 }),
      "model_list[0].model_info.allowed_fails_policy.TimeoutAllowedFails",
      unknown,
    ],
    [
      "the same of retries",
      ({ router_settings: { model_group_retry_policy } }) =>
        Object.assign(model_group_retry_policy?.chat ?? {}, { TimeoutRetries: 1 }),
      "router_settings.model_group_retry_policy.chat.TimeoutRetries",
      unknown,
    ],
    [
      "a limit beside the parameters, which LiteLLM takes first",
      (proxy) => Object.assign(first(proxy), { rpm: 1 }),
      "model_list[0].rpm",
      unknown,
    ],
    [
      "a parameter that a provider would be sent",
      (proxy) => Object.assign(first(proxy).litellm_params, { max_token: 10 }),
      "model_list[0].litellm_params.max_token",
      unknown,
    ],
    [
      "a time-out that is none",
      (proxy) => Object.assign(first(proxy).litellm_params, { timeout: Number.NaN }),
      "model_list[0].litellm_params.timeout",
      "is not a number",
    ],
    [
      "retries for a group that there is not",
      (proxy) => Object.assign(proxy.router_settings.model_group_retry_policy ?? {}, { chats: {} }),
      "router_settings.model_group_retry_policy.chats",
      '"chats" is no group of model_list',
    ],
    [
      "a fallback to one",
      (proxy) => proxy.router_settings.fallbacks?.push({ chat: ["nowhere"] }),
      "router_settings.fallbacks[3].chat",
      '"nowhere" is no group of model_list',
    ],
    [
      "a switch as text",
      (proxy) => Object.assign(proxy.litellm_settings, { turn_off_message_logging: "False" }),
      "litellm_settings.turn_off_message_logging",
      "is not true or false",
    ],
    [
      "another parameter of S3",
      (proxy) => Object.assign(proxy.litellm_settings.s3_callback_params as object, { s3_bucket: "b" }),
      "litellm_settings.s3_callback_params.s3_bucket",
      unknown,
    ],
    [
      "a single name for a list",
      (proxy) => Object.assign(proxy.litellm_settings, { callbacks: "prometheus" }),
      "litellm_settings.callbacks",
      "is not a list",
    ],
    [
      "a text for a map",
      (proxy) => Object.assign(proxy.litellm_settings, { s3_callback_params: "b" }),
      "litellm_settings.s3_callback_params",
      "is not a map",
    ],
    [
      "another key of the general ones",
      (proxy) => Object.assign(proxy.general_settings, { masterkey: "os.environ/A" }),
      "general_settings.masterkey",
      unknown,
    ],
    [
      "a key that objects have",
      (proxy) => Object.defineProperty(proxy.general_settings, "constructor", { value: 1, enumerable: true }),
      "general_settings.constructor",
      unknown,
    ],
  ])("has %s found", (_, change, path, reason) => {
    const found = problems(change);
    expect(found[0]).toEqual([path, reason]);
    expect(new Set(found.map(([where]) => where)).size).toBe(1);
  });

  it("stop the rendering: a number that a configuration from elsewhere has as text", () => {
    const config = sample();
    Object.assign(config.routes.chat?.coolDown ?? {}, { seconds: "60" });
    expect(() => renderGateway(config, { behaviourHash, files })).toThrow(
      new GatewayProblems([
        { path: "model_list[1].model_info.cooldown_time", reason: "is not a number" },
        { path: "model_list[2].model_info.cooldown_time", reason: "is not a number" },
        { path: "model_list[3].model_info.cooldown_time", reason: "is not a number" },
      ]),
    );
  });
});
