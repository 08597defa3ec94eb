import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

sayIfSkipped("no real gateway was sent a replay of its own log.");

const few = replace(
  "Pulumi.yaml",
  "traffic: { minDays: 7, minRequests: 5000,",
  "traffic: { minDays: 1, minRequests: 100,",
);
const sorted = '{"queue":"other","urgency":2,"summary":"Sorted."}';

describe.skipIf(!litellmInstalled)(`a replay${skippedNote}`, () => {
  it("of what a real gateway has logged passes, and of what is answered otherwise does not", async () => {
    const { staging } = pairOf(few);
    let changed = false;
    const seen: string[] = [];
    const standIn = await new StandIn({
      seed: 1,
      answer: ({ messages }) => {
        seen.push(JSON.stringify(messages));
        if (messages[0]?.content.includes("JSON object")) return changed ? "Sorted." : sorted;
        return changed ? "It is on its way. ".repeat(20) : "It is on its way.";
      },
      latency: { firstTokenMedianMs: 5, sigma: 0.1, perChunkMs: 0 },
      cache: { blockTokens: 16, minimumTokens: 0 },
      embeddingDimensions: 8,
    }).listen();
    const folder = mkdtempSync(join(tmpdir(), "lockstep-replay-"));
    const copy = projectCopy([few]);
    try {
      const { config, contents, behaviourHash } = staging;
      const rendered = renderGateway(config, { behaviourHash, files: contents });
      const log = join(folder, "log");
      const gateway = adapt(rendered, {
        baseOf: (id) => standIn.baseOf(id),
        limits: "removed",
        // It would answer in the place of invalid JSON.
        breaker: "removed",
        requestLog: log,
      });
      const { client, url, key, stop } = await startProxy({ litellm, folder, gateway });
      try {
        const lines = Object.keys(config.routes).flatMap((model) =>
          Array.from({ length: 34 }, () =>
            JSON.stringify({ model, messages: [{ role: "user", content: "Where is my parcel?" }] }),
          ),
        );
        for (const request of readRequests(lines.join("\n"), "requests", staging))
          expect((await client.chat(request)).status).toBe(200);
        // LiteLLM writes the log after the answer.
        await wait(2_000);
        const production = join(folder, "production");
        copyLog(log, production);
        const until = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, "");
        const replay = (...args: string[]) =>
          lockstep(
            ["evidence", "replay", "--production-log", production, "--until", until, "--url", url].concat(
              ["--providers", "stub", "--sample", "102", "--speed", "1000", "--json"],
              args,
            ),
            copy.dir,
            { LOCKSTEP_GATEWAY_KEY: key },
          );
        seen.length = 0;
        const same = await replay("--release", "initial");
        expect(same.stderr).toBe("");
        const told = JSON.parse(same.stdout) as { written: string[] };
        expect(told).toMatchObject({
          passed: true,
          inconclusive: [],
          results: {
            productionRequests: 102,
            testedRequests: 102,
            missing: [],
            outputs: { sent: 102, answered: 102, speed: 1_000 },
          },
        });
        expect(same.code).toBe(0);
        // With the prompt and the tools of the route, as the application sends them.
        expect(seen).toHaveLength(102);
        expect(new Set(seen).size).toBe(3);
        const [statement = "", raw = ""] = told.written;
        expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);
        for (const file of [statement, raw])
          expect(readFileSync(join(copy.dir, file), "utf8")).not.toMatch(/parcel|on its way/);

        changed = true;
        const other = await replay();
        const { criteria } = JSON.parse(other.stdout) as {
          criteria: { name: string; subject?: string; outcome: string }[];
        };
        const failed = criteria
          .filter(({ outcome, name }) => outcome === "fails" && name === "maxPsi")
          .map(({ subject }) => subject);
        expect(failed).toEqual(["replay: output tokens", "replay: format"]);
        expect(other.code).toBe(1);
      } finally {
        await stop();
      }
    } finally {
      await standIn.close();
      copy.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});

/** As it is now: what is replayed is logged too. */
function copyLog(log: string, to: string): void {
  mkdirSync(to);
  const files = readdirSync(log, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".json"),
  );
  const lines = files.map((name) => readFileSync(join(log, name), "utf8"));
  writeFileSync(join(to, "requests.jsonl"), lines.join("\n"));
}
