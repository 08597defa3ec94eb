import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderGateway } from "../../gateway/render";
import { adapt } from "../../measure/adapt";
import { type Running, startProxy } from "../../measure/proxy";
import type { AuditReport } from "../../review/audit/audit";
import { runJob } from "../cli/job";
import { pairOf } from "../components/shippedEnvironment";
import { litellm, litellmInstalled, sayIfSkipped, skippedNote } from "../gateway/litellmEnvironment";
import { lockstep, projectCopy } from "../project";
import { type Edit, edited, replace } from "../shipped";

sayIfSkipped("no running gateway was audited.");

const { staging } = pairOf();
const { modelId = "" } = staging.config.models["chat-large"] ?? {};

const other = replace("Pulumi.yaml", `modelId: ${modelId}\n`, "modelId: gpt-4.1-2025-04-14\n");

/** Audits a running gateway as what the shipped pair declares after some edits. */
async function audited({ url, key }: Running, ...edits: Edit[]) {
  const copy = projectCopy(edits);
  try {
    const env = { LOCKSTEP_GATEWAY_URL: url, LOCKSTEP_GATEWAY_KEY: key };
    const args = ["behaviour", "prompts", "models", "routing"].flatMap((area) => ["--area", area]);
    const { code, stdout, stderr } = await lockstep(
      ["audit", "--offline", "--providers", "stub", "--format", "json", ...args],
      copy.dir,
      env,
    );
    expect(stderr).toBe("");
    return { code, report: JSON.parse(stdout) as AuditReport };
  } finally {
    copy.remove();
  }
}

describe.skipIf(!litellmInstalled)(`an audit of a real gateway${skippedNote}`, () => {
  it("finds nothing where it runs what is declared, and another model and the hash where it does not", {
    timeout: 120_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "lockstep-audit-"));
    let running: Running | undefined;
    try {
      const { config, contents, behaviourHash } = pairOf(other).staging;
      const rendered = renderGateway(config, { files: contents, behaviourHash });
      const gateway = adapt(rendered, { baseOf: () => "http://127.0.0.1:9/v1", limits: "removed" });
      running = await startProxy({ litellm, folder, gateway });

      const same = await audited(running, other);
      expect(same.report.results.differences).toEqual([]);
      expect(same.report.results.audited).toEqual({ prompts: 2, models: 5, policies: 0 });
      const reasons = same.report.results.areas?.flatMap(({ notAudited }) => notAudited).join();
      expect(reasons).not.toContain("running gateway");
      expect(same.report.compared).toBeGreaterThan(60);

      const job = (...edits: Edit[]) =>
        runJob({
          tier: "staging",
          kind: "audit",
          entries: edited(...edits),
          gatewayUrl: running?.url ?? "",
          secrets: { LITELLM_MASTER_KEY: running?.key ?? "" },
        });
      const areas = ({ stdout }: { stdout: string }) => stdout.match(/^\w+ {2}\d+ differences?$/gm);
      // A job takes no stand-in for a provider, nor a gateway without limits: what was adapted here is told.
      const asDeclared = await job(other);
      expect(asDeclared).toMatchObject({ code: 1, stderr: "" });
      expect(areas(asDeclared)).toEqual([
        "models  2 differences",
        "routing  1 difference",
        "limits  15 differences",
      ]);
      const otherwise = await job();
      expect(otherwise).toMatchObject({ code: 1, stderr: "" });
      expect(areas(otherwise)).toEqual([
        "behaviour  1 difference",
        "models  3 differences",
        "routing  1 difference",
        "limits  15 differences",
      ]);

      const drifted = await audited(running);
      expect(drifted.code).toBe(1);
      const day = new Date().toISOString().slice(0, 10);
      expect(drifted.report.results.differences).toEqual([
        {
          area: "behaviour",
          name: "behaviour hash",
          difference: "it differs in the running gateway",
          declared: `${staging.behaviourHash.slice(0, 12)}…`,
          deployed: `${behaviourHash.slice(0, 12)}…`,
          since: day,
        },
        {
          area: "models",
          name: "support-chat.chat-large.1",
          difference: "model differs in the running gateway",
          declared: modelId,
          deployed: "gpt-4.1-2025-04-14",
          since: day,
        },
      ]);
    } finally {
      await running?.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
