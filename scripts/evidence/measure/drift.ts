import { createHash } from "node:crypto";
import type { ProjectFiles } from "../../../config/files";
import type { Stack } from "../../../config/stack";
import type { RenderedGateway } from "../../../gateway/render";
import { modelIdOf } from "../../../measure/adapt";
import type { Deployment } from "../../../measure/client";
import { rules } from "../../../policies/registry";
import { readSettings } from "../../../policies/settings";
import type { Measured, Subject } from "../measurement";

interface Difference {
  area: "models" | "prompts" | "policies";
  name: string;
  difference: string;
}

/** What `/model/info` keeps of a deployment beside the parameters of its calls. */
interface Info {
  id?: string;
  lockstep?: { model?: string; route?: string; prompt?: { name: string; sha256: string } };
}

/** Compares what the running gateway says it runs with what is declared. */
export async function drift(
  { stack, client }: Subject,
  rendered: RenderedGateway,
  files: ProjectFiles,
): Promise<Measured> {
  const running = await client.modelInfo();
  const models = modelDrift(stack, running, rendered);
  const prompts = promptDrift(stack, running);
  const policies = policyDrift(files);
  return {
    samples: models.audited + prompts.audited + 1,
    repeats: 1,
    results: {
      audited: { models: models.audited, prompts: prompts.audited, policies: 1 },
      differences: [...models.differences, ...prompts.differences, ...policies.differences],
    },
    raw: {
      notes: [
        "Models: the ids that the running gateway shows in /model/info, without the provider before them, which was replaced by the stand-in; the deployments, their groups, orders, weights, time-outs and prices as rendered.",
        "Prompts: the SHA-256 that the running gateway shows against that of the file. A gateway sends no prompt itself: what an application sends is not seen here.",
        "Policies: the settings that the pack would start with, read as it reads them. No pack was running.",
      ],
      models: models.raw,
      prompts: prompts.raw,
      policies: policies.raw,
    },
  };
}

const infoOf = ({ model_info }: Deployment) => model_info as Info;

function modelDrift({ config }: Stack, running: readonly Deployment[], { proxy }: RenderedGateway) {
  const differences: Difference[] = [];
  const audited = new Set<string>();
  const raw: Record<string, string>[] = [];
  for (const declared of proxy.model_list) {
    const id = String(declared.model_info.id);
    const found = running.find((one) => infoOf(one).id === id);
    const name = (declared.model_info as Info).lockstep?.model ?? id;
    const differ = (difference: string) => differences.push({ area: "models", name, difference });
    if (found === undefined) {
      differ(`the deployment ${id} does not run`);
      continue;
    }
    const shown = modelIdOf(String(found.litellm_params.model));
    const pinned = config.models[name]?.modelId ?? "";
    audited.add(name);
    raw.push({ id, group: found.model_name, model: shown, declared: pinned });
    if (shown !== pinned) differ(`${id} runs ${shown}, declared is ${pinned}`);
    if (found.model_name !== declared.model_name) differ(`${id} is in the group ${found.model_name}`);
    for (const key of ["order", "weight", "timeout", "stream_timeout", "temperature", "max_tokens"])
      if (found.litellm_params[key] !== declared.litellm_params[key]) differ(`${id} has another ${key}`);
    for (const key of ["input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost"])
      if (found.model_info[key] !== declared.model_info[key]) differ(`${id} has another ${key}`);
  }
  for (const one of running) {
    const { id } = infoOf(one);
    if (!proxy.model_list.some(({ model_info }) => model_info.id === id))
      differences.push({
        area: "models",
        name: one.model_name,
        difference: `the deployment ${id} is not declared`,
      });
  }
  return { differences, audited: audited.size, raw };
}

function promptDrift({ config, contents }: Stack, running: readonly Deployment[]) {
  const differences: Difference[] = [];
  const audited = new Set<string>();
  const raw: Record<string, string>[] = [];
  for (const [route, { prompt }] of Object.entries(config.routes)) {
    if (prompt === undefined) continue;
    const text = contents.get(config.behaviour.prompts[prompt]?.file ?? "") ?? "";
    const declared = createHash("sha256").update(text).digest("hex");
    for (const { lockstep } of running.map(infoOf).filter((info) => info.lockstep?.route === route)) {
      audited.add(prompt);
      const shown = lockstep?.prompt?.sha256 ?? "none";
      raw.push({ route, prompt, running: shown, declared });
      if (shown !== declared)
        differences.push({ area: "prompts", name: prompt, difference: `${route} runs with another text` });
    }
  }
  return { differences, audited: audited.size, raw };
}

function policyDrift(files: ProjectFiles) {
  const file = "policies/config.json";
  const read = files.read(file);
  const text = read.found ? Buffer.from(read.bytes).toString("utf8") : "{}";
  const differences: Difference[] = [];
  let configured: string[] = [];
  try {
    configured = Object.keys(readSettings(text, file, rules));
  } catch {
    differences.push({ area: "policies", name: file, difference: "the pack refuses to start with it" });
  }
  return {
    differences,
    raw: {
      settings: read.found ? file : "none: the defaults",
      sha256: createHash("sha256").update(text).digest("hex"),
      rules: rules.length,
      configured,
    },
  };
}
