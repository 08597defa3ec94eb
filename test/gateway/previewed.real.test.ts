import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { callbackFiles } from "../../gateway/callback";
import { parseProxy } from "../../gateway/yaml";
import { adapt } from "../../measure/adapt";
import { startProxy } from "../../measure/proxy";
import { StandIn } from "../../measure/standIn/standIn";
import { shippedEnvironment, type Tier, tiers } from "../components/shippedEnvironment";
import { litellm, litellmInstalled, python, sayIfSkipped, skippedNote } from "./litellmEnvironment";

sayIfSkipped("no OpenAI client has asked the gateways that a preview shows.");

interface Container {
  name: string;
  env: { name: string; value?: string }[];
}

/** What a preview shows of a gateway: its ConfigMap's files, and the plain variables of its pods. */
async function previewed(tier: Tier) {
  const environment = await shippedEnvironment(tier);
  const maps = environment.all("kubernetes:core/v1:ConfigMap");
  const data = maps
    .map(({ inputs }) => inputs.data as Record<string, string>)
    .find((files) => "config.yaml" in files);
  const deployment = environment.one("kubernetes:apps/v1:Deployment");
  const { containers } = (deployment.inputs.spec as { template: { spec: { containers: Container[] } } })
    .template.spec;
  const env = containers.find(({ name }) => name === "litellm")?.env ?? [];
  const parsed = parseProxy(data?.["config.yaml"] ?? "");
  if (data === undefined || "problems" in parsed) throw new Error("There is no file that can be read.");
  return {
    data,
    proxy: parsed.proxy,
    env: Object.fromEntries(
      env.flatMap(({ name, value }) =>
        value === undefined || /^(REDIS|DATABASE|HOME|LITELLM_(ASSETS|MIGRATION|UI)_)/.test(name)
          ? []
          : [[name, value]],
      ),
    ),
  };
}

describe.skipIf(!litellmInstalled)(`a gateway from the previewed ConfigMap${skippedNote}`, () => {
  it.each(tiers)(
    "of %s answers OpenAI's own client",
    async (tier) => {
      const { data, proxy, env } = await previewed(tier);
      const standIn = await new StandIn({
        seed: 1,
        answer: () => "It is on its way.",
        latency: { firstTokenMedianMs: 1, sigma: 0, perChunkMs: 0 },
        cache: { blockTokens: 16, minimumTokens: 0 },
        embeddingDimensions: 8,
      }).listen();
      const folder = mkdtempSync(join(tmpdir(), "lockstep-previewed-"));
      try {
        const rendered = { proxy, env, callbackJson: data[callbackFiles.data] ?? "" };
        const gateway = adapt(rendered, { baseOf: (id) => standIn.baseOf(id), limits: "kept" });
        // The code is the ConfigMap's own.
        for (const [name, text] of Object.entries(data)) if (name.endsWith(".py")) gateway.files[name] = text;
        const { url, key, stop } = await startProxy({ litellm, folder, gateway });
        try {
          const asked = await promisify(execFile)(python, [join(__dirname, "openaiClient.py"), url], {
            env: { PATH: process.env.PATH, GATEWAY_KEY: key },
            timeout: 30_000,
          });
          expect(JSON.parse(asked.stdout)).toEqual({
            answer: "It is on its way.",
            streamed: "It is on its way.",
            vectors: [8, 8],
            models: ["economy-chat", "embedding/embed-documents", "support-chat", "ticket-triage"],
          });
        } finally {
          await stop();
        }
      } finally {
        await standIn.close();
        rmSync(folder, { recursive: true, force: true });
      }
    },
    60_000,
  );
});
