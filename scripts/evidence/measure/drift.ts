import type { ProjectFiles } from "../../../config/files";
import { policyPackState, settingsFile } from "../../../config/policyPack";
import type { RenderedGateway } from "../../../gateway/render";
import type { DriftDifference } from "../../../lifecycle/kinds/drift";
import { differ } from "../../../measure/drift/difference";
import { readDeployments, runningGateway } from "../../../measure/drift/running";
import { rules } from "../../../policies/registry";
import { readSettings } from "../../../policies/settings";
import type { Measured, Subject } from "../measurement";

/** Compares what the running gateway says it runs with what is declared. */
export async function drift(
  { stack, client }: Subject,
  rendered: RenderedGateway,
  files: ProjectFiles,
): Promise<Measured> {
  const deployments = readDeployments(await client.modelInfo());
  const { areas, models, prompts } = runningGateway(stack, rendered, {
    hashes: [await client.behaviourHash()],
    deployments,
    served: new Map(),
    providers: "stub",
  });
  const policies = policyDrift(files);
  return {
    samples: areas.reduce((sum, { compared }) => sum + compared, 0) + 1,
    repeats: 1,
    results: {
      audited: { models: models.size, prompts: prompts.size, policies: 1 },
      differences: [...areas.flatMap(({ differences }) => differences), ...policies.differences],
    },
    raw: {
      notes: [
        "Models: the ids that the running gateway shows in /model/info, without the provider before them, which was replaced by the stand-in; the deployments, their groups, orders, weights, time-outs and prices as rendered.",
        "Prompts: the SHA-256 that the running gateway shows against that of the file. A gateway sends no prompt itself: what an application sends is not seen here.",
        "Policies: the settings that the pack would start with, read as it reads them. No pack was running.",
      ],
      areas,
      policies: policies.raw,
    },
  };
}

function policyDrift(files: ProjectFiles) {
  const read = files.read(settingsFile);
  const text = read.found ? Buffer.from(read.bytes).toString("utf8") : "{}";
  const differences: DriftDifference[] = [];
  let configured: string[] = [];
  try {
    configured = Object.keys(readSettings(text, settingsFile, rules));
  } catch {
    differences.push(
      differ("policies", { name: settingsFile, difference: "the pack refuses to start with it" }),
    );
  }
  return { differences, raw: { ...policyPackState(files), rules: rules.length, configured } };
}
