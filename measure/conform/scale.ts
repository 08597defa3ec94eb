import type { CallbackData } from "../../gateway/callback";
import { formatCallbackData } from "../../gateway/callback";
import type { RenderedGateway } from "../../gateway/render";

/**
 * A gateway whose every time is a multiple of the rendered one: time-outs, back-off, cool-downs, the breaker's. What
 * is retried, how often and in which order does not change with it. LiteLLM's own defaults are not scaled, so one
 * that is left to them stands out.
 */
export function scaleTimes(rendered: RenderedGateway, factor: number): RenderedGateway {
  if (factor === 1) return rendered;
  const { proxy, env, callbackJson } = rendered;
  const scaled = (record: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(record).map(([key, value]) =>
        keys.includes(key) && typeof value === "number" ? [key, value * factor] : [key, value],
      ),
    );
  return {
    ...rendered,
    proxy: {
      model_list: proxy.model_list.map((deployment) => ({
        ...deployment,
        litellm_params: {
          ...scaled(deployment.litellm_params, ["timeout", "stream_timeout"]),
          model: deployment.litellm_params.model,
        },
        model_info: scaled(deployment.model_info, ["cooldown_time"]),
      })),
      router_settings: scaled(proxy.router_settings, ["timeout", "stream_timeout", "cooldown_time"]),
      litellm_settings: scaled(proxy.litellm_settings, ["request_timeout"]),
      general_settings: proxy.general_settings,
    },
    callbackJson: formatCallbackData(scaledBreakers(JSON.parse(callbackJson) as CallbackData, factor)),
    env: Object.fromEntries(
      Object.entries(env).map(([name, value]) =>
        backoff.includes(name) ? [name, String(Number(value) * factor)] : [name, value],
      ),
    ),
  };
}

const backoff = ["INITIAL_RETRY_DELAY", "MAX_RETRY_DELAY", "JITTER"];

const scaledBreakers = (data: CallbackData, factor: number): CallbackData => ({
  ...data,
  routes: Object.fromEntries(
    Object.entries(data.routes).map(([name, route]) => [
      name,
      {
        ...route,
        breaker: route.breaker && {
          ...route.breaker,
          window_seconds: route.breaker.window_seconds * factor,
          open_seconds: route.breaker.open_seconds * factor,
        },
      },
    ]),
  ),
});
