import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderGateway } from "../../gateway/render";
import { adapt } from "../../measure/adapt";
import { Client } from "../../measure/client";
import { type Running, startProxy } from "../../measure/proxy";
import { wait } from "../../measure/standIn/reply";
import { pairOf } from "../components/shippedEnvironment";
import { litellm, litellmInstalled, sayIfSkipped, skippedNote } from "../gateway/litellmEnvironment";
import { Provider } from "../gateway/provider";
import { lockstep, projectCopy } from "../project";

sayIfSkipped("the sampling of answers was not tried on the real gateway.");

const judge = "ticket-triage.chat-small.1";
const provider = new Provider();
const copy = projectCopy();
const { config, contents, behaviourHash } = pairOf().production;
let folder: string;
let proxy: Running;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-sampled-"));
  if (!litellmInstalled) return;
  provider.replies[judge] = { message: { content: '{"score": 1, "reason": "unsupported"}' } };
  const baseOf = await provider.listen();
  const rendered = renderGateway(config, { behaviourHash, files: contents });
  const gateway = adapt(rendered, { baseOf, limits: "kept", requestLog: join(folder, "log") });
  proxy = await startProxy({ litellm, folder: join(folder, "gateway"), gateway });
}, 120_000);
afterAll(async () => {
  await proxy?.stop();
  if (litellmInstalled) await provider.close();
  copy.remove();
  rmSync(folder, { recursive: true, force: true });
});

const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const run = (...args: string[]) =>
  lockstep([...args, "--log", join(folder, "log"), "--from", yesterday], copy.dir, {
    LOCKSTEP_GATEWAY_URL: proxy.url,
    LOCKSTEP_GATEWAY_KEY: proxy.key,
  });
const sample = async () => {
  const { code, stdout, stderr } = await run("sample", "--share", "1", "--json");
  expect(stderr).toBe("");
  return { code, told: JSON.parse(stdout) };
};
const series = async () =>
  ((await proxy.client.metrics()) ?? "")
    .split("\n")
    .filter((line) => /^lockstep_sampled?_(runs|answers)_total.* [1-9]/.test(line));

describe.skipIf(!litellmInstalled)(`sampling on the real gateway${skippedNote}`, () => {
  it("scores what the gateway logged, and the gateway exposes what it is told", async () => {
    const client = new Client(proxy.url, proxy.key, "an application");
    await client.chat({ model: "support-chat", messages: [{ role: "user", content: "Where is my order?" }] });
    client.close();
    await wait(1_500);
    const { code, told } = await sample();
    expect(told).toMatchObject({
      alarm: true,
      answered: 1,
      flagged: [{ id: "chatcmpl-1", route: "support-chat", cause: "unsupported", score: 1 }],
      inconclusive: [],
      reported: true,
    });
    expect(code).toBe(1);
    const asked = provider.calls.filter(({ deployment }) => deployment === judge);
    expect(asked).toHaveLength(1);
    expect(JSON.stringify(asked[0]?.body)).toContain("Where is my order?");
    expect(await series()).toEqual([
      'lockstep_sample_runs_total{complete="true"} 1.0',
      'lockstep_sampled_answers_total{route="support-chat",verdict="low"} 1.0',
    ]);
  }, 60_000);

  it("does not judge the judge, whose requests are in the log by now", async () => {
    await wait(1_500);
    expect((await sample()).told).toMatchObject({ answered: 1, chosen: 1 });
  }, 60_000);

  it("takes no report without a key that may", async () => {
    const stranger = new Client(proxy.url, "sk-not-a-key");
    const { status } = await stranger.raw("POST", "/lockstep/sampled", { complete: true, routes: {} });
    stranger.close();
    expect([400, 401]).toContain(status);
    expect((await series())[0]).toBe('lockstep_sample_runs_total{complete="true"} 2.0');
  });

  it("makes a case of what was flagged", async () => {
    const args = ["--id", "chatcmpl-1", "--route", "support-chat", "--to", "incidents.jsonl", "--yes"];
    const { code, stderr } = await run(
      ...["incident", "add", ...args, "--reason", "It says nothing.", "--expected", "on its way"],
    );
    expect([code, stderr]).toEqual([0, ""]);
    const made = JSON.parse(readFileSync(join(copy.dir, "incidents.jsonl"), "utf8"));
    expect(made).toMatchObject({
      vars: { messages: '{"role":"user","content":"Where is my order?"}' },
      metadata: { route: "support-chat", incident: { behaviour_hash: behaviourHash } },
    });
  }, 60_000);
});
