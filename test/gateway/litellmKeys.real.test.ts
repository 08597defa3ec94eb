import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { litellmKeys } from "../../gateway/litellmKeys";
import { renderGateway } from "../../gateway/render";
import { litellmInstalled, python, sayIfSkipped, skippedNote } from "./litellmEnvironment";
import { behaviourHash, files, sample } from "./sample";

sayIfSkipped("the keys of LiteLLM's file were not compared with its source.");

/** What LiteLLM's own types say of files and keys: one line for each disagreement. */
function disagreements(input: {
  proxies: unknown[];
  keys: Record<string, Record<string, string>>;
}): string[] {
  const { status, stdout, stderr } = spawnSync(python, ["-B", join(__dirname, "litellm_keys.py")], {
    encoding: "utf8",
    input: JSON.stringify(input),
    env: { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: "True" },
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as string[];
}
function proxies() {
  const { pair } = loadPair(projectFiles(join(__dirname, "../..")), "staging");
  if (pair === undefined) throw new Error("The shipped pair cannot be read.");
  const { config, contents, behaviourHash: hash } = pair.staging;
  const cached = sample();
  cached.behaviour.semanticCache.enabled = true;
  return structuredClone([
    renderGateway(config, { behaviourHash: hash, files: contents }).proxy,
    renderGateway(sample(), { behaviourHash, files }).proxy,
    renderGateway(cached, { behaviourHash, files }).proxy,
  ]);
}

it.skipIf(!litellmInstalled)(
  `every key that is written is one of LiteLLM 1.106.2, with a value of its type${skippedNote}`,
  () => {
    expect(disagreements({ proxies: proxies(), keys: litellmKeys })).toEqual([]);
  },
  60_000,
);

it.skipIf(!litellmInstalled)(
  `what is not is found${skippedNote}`,
  () => {
    const [proxy] = proxies();
    Object.assign(proxy?.router_settings ?? {}, { num_retries: "three", cool_down_time: 5 });
    Object.assign(proxy?.general_settings ?? {}, { max_in_flight_requests_per_worker: 0 });
    Object.assign(proxy?.litellm_settings ?? {}, { drop_param: true });
    const keys = { ...litellmKeys, model_info: { ...litellmKeys.model_info, cool_down_time: "a number" } };
    expect(disagreements({ proxies: [proxy], keys })).toEqual([
      "model_info.cool_down_time is unknown",
      "router_settings.num_retries is of another type",
      "router_settings.cool_down_time is unknown",
      "litellm_settings.drop_param is unknown",
      "general_settings.max_in_flight_requests_per_worker is of another type",
    ]);
  },
  60_000,
);
