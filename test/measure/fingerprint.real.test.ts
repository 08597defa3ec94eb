import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderGateway } from "../../gateway/render";
import { adapt } from "../../measure/adapt";
import { type Running, startProxy } from "../../measure/proxy";
import type { ChatRequest } from "../../measure/standIn/chat";
import type { Random } from "../../measure/standIn/random";
import { StandIn } from "../../measure/standIn/standIn";
import { pairOf } from "../components/shippedEnvironment";
import { litellm, litellmInstalled, sayIfSkipped, skippedNote } from "../gateway/litellmEnvironment";
import { lockstep, projectCopy } from "../project";
import { replace } from "../shipped";
import { another, before, chat, type Noisy, triage } from "./noisyModels";

sayIfSkipped("no canary has asked a gateway.");

const prompts = Object.keys(pairOf().staging.config.routes)
  .flatMap((route) =>
    [1, 2, 3, 4].map((id) => ({
      route,
      id: `p${id}`,
      messages: [{ role: "user", content: `Number ${id} of ${route}` }],
    })),
  )
  .map((prompt) => `${JSON.stringify(prompt)}\n`)
  .join("");

/** Limits of its own: the canary keeps a pace below them. */
const fast = replace("Pulumi.staging.yaml", "requestsPerMinute: 120\n", "requestsPerMinute: 12000\n");

interface Told {
  alarm: boolean;
  passed: boolean;
  routes: { route: string; alarm: boolean; samples: number }[];
  results: { models: { model: string; served: string[]; by?: string }[] };
  inconclusive: string[];
  written: string[];
}

describe.skipIf(!litellmInstalled)(`a canary on a real gateway${skippedNote}`, () => {
  it("passes with the model that was signed off, and alarms in one run with another", async () => {
    let model: Noisy = before;
    const answer = (request: ChatRequest, next: Random) => {
      const system = request.messages.find(({ role }) => role === "system")?.content ?? "";
      const number = Number(/Number (\d+)/.exec(request.messages.at(-1)?.content ?? "")?.[1]);
      return system.includes("Return one JSON object")
        ? triage(number, next, model)
        : chat(number, next, model);
    };
    const standIn = await new StandIn({
      seed: 1,
      answer,
      latency: { firstTokenMedianMs: 1, sigma: 0, perChunkMs: 0 },
      cache: { blockTokens: 16, minimumTokens: 0 },
      embeddingDimensions: 64,
    }).listen();
    const folder = mkdtempSync(join(tmpdir(), "lockstep-canary-"));
    const copy = projectCopy([fast], { "canary/prompts.jsonl": prompts });
    let running: Running | undefined;
    try {
      const { config, contents, behaviourHash } = pairOf(fast).staging;
      const rendered = renderGateway(config, { files: contents, behaviourHash });
      const gateway = adapt(rendered, { baseOf: (id) => standIn.baseOf(id), limits: "removed" });
      running = await startProxy({ litellm, folder, gateway });
      const env = { LOCKSTEP_GATEWAY_URL: running.url, LOCKSTEP_GATEWAY_KEY: running.key };
      const canary = (...args: string[]) =>
        lockstep(["canary", "--providers", "stub", ...args], copy.dir, env);

      const first = await canary("--json");
      expect(first.code).toBe(0);
      expect(JSON.parse(first.stdout)).toMatchObject({ alarm: false, passed: false });
      expect(standIn.calls).toEqual([]);

      const accepted = await canary("--accept", "--by", "Ada Example");
      expect(accepted).toMatchObject({ code: 0, stderr: "" });
      expect(accepted.stdout).toBe(
        "Ada Example signed off 160 answers to 16 prompts as the baseline: canary/baseline.json.\n",
      );
      expect(readFileSync(join(copy.dir, "canary/baseline.json"), "utf8")).not.toContain("Number");

      // A gateway that counts what was served says so; another one leaves it open.
      const counts = ((await running.client.metrics()) ?? "").includes("lockstep_served_answers_total");
      const same = await canary("--release", "initial", "--json", "--repeats", "5");
      const told = JSON.parse(same.stdout) as Told;
      expect(told.routes.map(({ route, alarm, samples }) => [route, alarm, samples])).toEqual([
        ["support-chat", false, 40],
        ["ticket-triage", false, 20],
        ["economy-chat", false, 20],
      ]);
      expect(told.inconclusive).toEqual(
        counts
          ? []
          : ["The gateway does not count what was served: no lockstep_served_answers_total in /metrics/."],
      );
      expect(told.results.models).toContainEqual({
        model: "chat-in-account",
        served: ["us.anthropic.claude-haiku-4-5-20251001-v1:0"],
        by: "request",
      });
      expect([told.alarm, told.passed, same.code]).toEqual([false, counts, counts ? 0 : 1]);
      const [statement = ""] = told.written;
      expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);

      model = another;
      const other = await canary("--json", "--repeats", "5");
      const alarmed = JSON.parse(other.stdout) as Told;
      expect(other.stdout.split("\n")).toHaveLength(2);
      expect([other.code, alarmed.alarm]).toEqual([1, true]);
    } finally {
      await running?.stop();
      await standIn.close();
      copy.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
