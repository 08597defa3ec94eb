import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderGateway } from "../../gateway/render";
import { adapt } from "../../measure/adapt";
import { startProxy } from "../../measure/proxy";
import { readRequests } from "../../measure/requests";
import { wait } from "../../measure/standIn/reply";
import { StandIn } from "../../measure/standIn/standIn";
import { pairOf } from "../components/shippedEnvironment";
import { litellm, litellmInstalled, sayIfSkipped, skippedNote } from "../gateway/litellmEnvironment";
import { lockstep, projectCopy } from "../project";
import { replace } from "../shipped";

sayIfSkipped("the cache's hit rate was not read from a real gateway's log.");

const few = replace(
  "Pulumi.yaml",
  "cache: { minHitRatio: 0.6, minRequests: 500,",
  "cache: { minHitRatio: 0.6, minRequests: 40,",
);
const sorted = '{"queue":"other","urgency":2,"summary":"Sorted."}';

describe.skipIf(!litellmInstalled)(`the prompt cache of a real gateway${skippedNote}`, () => {
  it("is measured from its request log, hits and misses as the provider said", async () => {
    const { staging } = pairOf(few);
    const standIn = await new StandIn({
      seed: 1,
      answer: ({ messages }) => (messages[0]?.content.includes("JSON object") ? sorted : "It is on its way."),
      latency: { firstTokenMedianMs: 20, sigma: 0.1, perChunkMs: 0 },
      cache: { blockTokens: 16, minimumTokens: 0 },
      embeddingDimensions: 8,
    }).listen();
    const folder = mkdtempSync(join(tmpdir(), "lockstep-cache-"));
    const copy = projectCopy([few]);
    try {
      const { config, contents, behaviourHash } = staging;
      const rendered = renderGateway(config, { behaviourHash, files: contents });
      const log = join(folder, "log");
      const gateway = adapt(rendered, {
        baseOf: (id) => standIn.baseOf(id),
        limits: "removed",
        requestLog: log,
      });
      const { client, stop } = await startProxy({ litellm, folder, gateway });
      try {
        const lines = Object.keys(config.routes).flatMap((model) =>
          Array.from({ length: 40 }, (_, index) =>
            JSON.stringify({
              model,
              messages: [{ role: "user", content: `Question ${index}: where is my parcel?` }],
            }),
          ),
        );
        for (const request of readRequests(lines.join("\n"), "requests", staging)) {
          const answer = await client.chat({ ...request, stream: true });
          expect(answer.status).toBe(200);
        }
        // LiteLLM writes the log after the answer.
        await wait(2_000);
      } finally {
        await stop();
      }
      const args = [
        "evidence",
        "cache",
        "--log",
        log,
        "--providers",
        "stub",
        "--release",
        "initial",
        "--json",
      ];
      const { code, stdout, stderr } = await lockstep(args, copy.dir);
      expect(stderr).toBe("");
      const told = JSON.parse(stdout) as {
        results: { patterns: Record<string, unknown>[] };
        written: string[];
      };
      // The first request of each finds nothing; the others find the prompt and the tools.
      const requests = told.results.patterns.map(({ route, requests: count }) => [route, count]);
      expect(requests).toEqual([
        ["support-chat", 40],
        ["ticket-triage", 40],
        ["economy-chat", 40],
      ]);
      for (const { hitRatio } of told.results.patterns.slice(0, 2)) {
        expect(hitRatio).toBeGreaterThan(0.8);
        expect(hitRatio).toBeLessThan(1);
      }
      expect(told).toMatchObject({ passed: true, samples: 40, inconclusive: [] });
      expect(code).toBe(0);
      const [statement = "", raw = ""] = told.written;
      expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);
      expect(readFileSync(join(copy.dir, raw), "utf8")).not.toContain("parcel");
    } finally {
      await standIn.close();
      copy.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 90_000);
});
