import { expect, it } from "vitest";
import type { CallbackData } from "../../gateway/callback";
import { renderGateway } from "../../gateway/render";
import { scaleTimes } from "../../measure/conform/scale";
import { pairOf } from "../components/shippedEnvironment";

const { config, contents, behaviourHash } = pairOf().staging;
const rendered = renderGateway(config, { behaviourHash, files: contents });

it("scales every time of a gateway, and nothing else", () => {
  const scaled = scaleTimes(rendered, 0.5);
  const [before, after] = [rendered.proxy.model_list[0], scaled.proxy.model_list[0]];
  expect([before?.litellm_params.timeout, after?.litellm_params.timeout]).toEqual([15, 7.5]);
  expect(after).toEqual({
    ...before,
    litellm_params: { ...before?.litellm_params, timeout: 7.5, stream_timeout: 3 },
    model_info: { ...before?.model_info, cooldown_time: 10 },
  });
  expect(scaled.proxy.router_settings).toEqual({
    ...rendered.proxy.router_settings,
    timeout: 10,
    stream_timeout: 10,
    cooldown_time: 2.5,
  });
  expect(scaled.proxy.litellm_settings).toEqual({ ...rendered.proxy.litellm_settings, request_timeout: 10 });
  expect(scaled.proxy.general_settings).toEqual(rendered.proxy.general_settings);
  expect(scaled.env).toEqual({
    ...rendered.env,
    INITIAL_RETRY_DELAY: "0.125",
    MAX_RETRY_DELAY: "1",
    JITTER: "0.125",
  });
  const breaker = (text: string) => (JSON.parse(text) as CallbackData).routes["ticket-triage"]?.breaker;
  expect(breaker(rendered.callbackJson)).toMatchObject({ window_seconds: 60, open_seconds: 120 });
  expect(breaker(scaled.callbackJson)).toEqual({
    ...breaker(rendered.callbackJson),
    window_seconds: 30,
    open_seconds: 60,
  });
});

it("leaves a gateway at its own pace alone", () => {
  expect(scaleTimes(rendered, 1)).toBe(rendered);
});
