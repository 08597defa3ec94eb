import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { random } from "../../measure/standIn/random";
import { another, before, chat, type Noisy, triage } from "../measure/noisyModels";
import { lockstep, projectCopy, startLockstep } from "../project";
import { edited, replace } from "../shipped";
import { runJob } from "./job";

const routes = ["support-chat", "ticket-triage", "economy-chat"];
const prompts = routes
  .flatMap((route) =>
    [1, 2, 3].map(
      (id) =>
        `${JSON.stringify({ route, id: `p${id}`, messages: [{ role: "user", content: `Number ${id}` }] })}\n`,
    ),
  )
  .join("");
/** Limits that a canary's pace does not feel. */
const edits = [
  replace("Pulumi.staging.yaml", "requestsPerMinute: 120\n", "requestsPerMinute: 60000\n"),
  replace("Pulumi.production.yaml", "requestsPerMinute: 1200\n", "requestsPerMinute: 600000\n"),
];
const { dir, remove } = projectCopy(edits, { "canary/prompts.jsonl": prompts });

/** A gateway that answers by itself. */
let gateway: Server;
let model: Noisy;
let waitMs: number;
/** What the provider of the first route's first target names. */
let servedId: string;
let agents: Set<string | undefined>;
let asked: number;
const counts = new Map<string, number>();
let hash = "";
const pinned = ["gpt-5.4-2026-03-05", "gpt-5.4-mini-2026-03-17", "claude-sonnet-5"];

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const part of request) text += String(part);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function replyTo(request: IncomingMessage): Promise<[headers: Record<string, string>, body: string]> {
  agents.add(request.headers["user-agent"]);
  const body = await bodyOf(request);
  switch (request.url) {
    case "/model/info":
      return [{}, JSON.stringify({ data: [{ model_info: { lockstep: { behaviour_hash: hash } } }] })];
    case "/metrics/":
      return [
        {},
        [
          "process_start_time_seconds 1.5",
          ...pinned.map((id) => {
            const [match, served] =
              id === pinned[0] && servedId !== id ? ["other", servedId] : ["pinned", id];
            return `lockstep_served_answers_total{match="${match}",model="${id}",route="r",served="${served}"} ${asked}.0`;
          }),
        ].join("\n"),
      ];
    case "/v1/embeddings":
      return [{}, JSON.stringify({ data: [{ embedding: [1, 0, 0] }] })];
    default: {
      asked++;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      const deployment = String(body.model);
      const messages = body.messages as { content: string }[];
      const number = Number(/Number (\d+)/.exec(messages.at(-1)?.content ?? "")?.[1]);
      // The same for the same count of a prompt, in whatever order they come.
      const count = counts.get(`${deployment}/${number}`) ?? 0;
      counts.set(`${deployment}/${number}`, count + 1);
      const says = deployment.startsWith("ticket-triage") ? triage : chat;
      const content = says(number, random("gateway", deployment, number, count), model);
      return [
        { "x-litellm-model-id": deployment, "x-litellm-response-cost": "0.001" },
        JSON.stringify({
          choices: [
            { finish_reason: "stop", message: { content }, logprobs: { content: [{ logprob: -0.5 }] } },
          ],
        }),
      ];
    }
  }
}

beforeAll(async () => {
  hash = loadPair(projectFiles(dir), "staging").own.stack?.behaviourHash ?? "";
  gateway = createServer((request, response) => {
    void replyTo(request).then(([headers, body]) => response.writeHead(200, headers).end(body));
  });
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  gateway.closeAllConnections();
  await new Promise((resolve) => gateway.close(resolve));
  remove();
});
beforeEach(() => {
  [model, waitMs, servedId, asked, agents] = [before, 0, pinned[0] ?? "", 0, new Set()];
});

const environment = () => ({
  LOCKSTEP_GATEWAY_URL: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
  LOCKSTEP_GATEWAY_KEY: "not-a-key",
});
const canary = (args: string[], more: Record<string, string> = {}) =>
  lockstep(["canary", ...args], dir, { ...environment(), ...more });
const baseline = join(dir, "canary/baseline.json");
const accepting = ["--accept", "--by", "Ada Example", "--max-usd", "1"];
/** Three prompts of four targets. */
const cells = 12;

describe("lockstep canary", () => {
  it("asks nothing without a baseline, and says how to accept one", async () => {
    expect(await canary([])).toEqual({
      code: 0,
      stdout:
        'Inconclusive: There is no baseline (canary/baseline.json): sign one off with "lockstep canary --accept --by NAME --max-usd USD", and commit it.\n',
      stderr: "",
    });
    expect(await canary(["--release", "initial"])).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "lockstep: There is no baseline (canary/baseline.json): sign one off with --accept --by NAME.\n",
    });
    expect(asked).toBe(0);
  });

  it.each([
    [["--by", "Ada Example"], "--by and --yes go with --accept."],
    [["--accept"], "--by is missing or no name: who signs these answers off, in 3 to 200 characters."],
    [
      ["--accept", "--by", "A\nB\nC"],
      "--by is missing or no name: who signs these answers off, in 3 to 200 characters.",
    ],
    [
      [...accepting, "--release", "initial"],
      "A baseline is no evidence: leave --release out, and compare with it afterwards.",
    ],
    [["--accept", "--by", "Ada Example"], "--max-usd is missing: what may be spent at the most, in USD."],
    [[...accepting, "--baseline", "../b.json"], "--baseline has to be a file in the project."],
    [
      [...accepting, "--repeats", "1"],
      "--repeats has to be a whole number from 2 to 999: one answer says nothing of chance.",
    ],
    [[...accepting, "--prompts", "none.jsonl"], "none.jsonl"],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await canary(args);
    expect([code, asked]).toEqual([2, 0]);
    expect(stderr).toContain(message);
  });

  it("signs answers off, and says under which name it asks", async () => {
    const { code, stdout, stderr } = await canary(accepting);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      "Ada Example signed off 120 answers to 12 prompts as the baseline: canary/baseline.json.\n",
    );
    expect([...agents]).toEqual(["lockstep-canary"]);
    expect(asked).toBe(10 * cells);
    const read = JSON.parse(readFileSync(baseline, "utf8"));
    expect(read).toMatchObject({
      signedOffBy: "Ada Example",
      embedding: "text-embedding-3-large",
      measured: { environment: "staging", behaviourHash: hash, providers: "real", samples: 120 },
      models: expect.arrayContaining([{ model: "chat-large", served: ["gpt-5.4-2026-03-05"] }]),
    });
    expect(existsSync(join(dir, ".lockstep"))).toBe(true);
  });

  it("passes with the same models, and what it found is evidence", async () => {
    const args = ["fingerprint", "--release", "initial", "--json", "--repeats", "5"];
    const { code, stdout } = await lockstep(["evidence", ...args], dir, environment());
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ alarm: false, passed: true, samples: 60, repeats: 5, inconclusive: [] });
    expect(code).toBe(0);
    expect((await lockstep(["evidence", "verify", told.written[0]], dir)).code).toBe(0);
    const { predicate } = JSON.parse(readFileSync(join(dir, told.written[0]), "utf8"));
    expect(predicate).toMatchObject({
      environment: "staging",
      tool: { command: "lockstep canary --repeats 5" },
    });
  });

  it("compares production with the same baseline", async () => {
    const { code, stdout } = await canary(["--release", "initial", "--json", "-s", "production"]);
    const told = JSON.parse(stdout);
    expect([code, told.passed, told.inconclusive]).toEqual([1, false, []]);
    expect(told.criteria.filter(({ outcome }: { outcome: string }) => outcome !== "passes")).toEqual([
      expect.objectContaining({ name: "minSamples", measured: "36 samples" }),
    ]);
    const { predicate } = JSON.parse(readFileSync(join(dir, told.written[0]), "utf8"));
    expect(predicate).toMatchObject({ environment: "production", stack: "production" });
  });

  it.each(["staging", "production"] as const)("runs as the job of %s", async (tier) => {
    const job = () => {
      const entries = {
        ...edited(...edits),
        "canary/prompts.jsonl": prompts,
        "canary/baseline.json": readFileSync(baseline, "utf8"),
      };
      const secrets = { LITELLM_MASTER_KEY: "not-a-key" };
      const gatewayUrl = environment().LOCKSTEP_GATEWAY_URL;
      return runJob({ tier, kind: "canary", entries, gatewayUrl, secrets });
    };
    const silent = await job();
    expect(silent).toMatchObject({ code: 0, stderr: "" });
    expect(silent.stdout).toContain("No alarm");
    expect(asked).toBe(3 * cells);
    model = another;
    expect(await job()).toMatchObject({ code: 1, stdout: expect.stringContaining("Alarm: ") });
  });

  it("says which stack it measured where a job names it", async () => {
    const { stderr } = await canary(["--release", "initial"], { LOCKSTEP_STACK: "nowhere" });
    expect(stderr).toContain("nowhere");
  });

  it("alarms in one run with another model, in one line where JSON is asked for", async () => {
    model = another;
    const json = await canary(["--json", "--repeats", "8"]);
    expect(json.stdout.split("\n")).toHaveLength(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ alarm: true, passed: false });
    expect(json.code).toBe(1);
    const text = await canary(["--repeats", "8"]);
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^Changed: (support-chat|ticket-triage|economy-chat): \w+/);
    expect(text.stdout.endsWith("Alarm: the models do not behave as was signed off.\n")).toBe(true);
  });

  it("alarms where a provider names another model than the pinned one", async () => {
    servedId = "gpt-5.4-2026-06-01";
    const { code, stdout } = await canary(["--json"]);
    const told = JSON.parse(stdout);
    expect(told.criteria).toContainEqual({
      name: "served",
      subject: "chat-large",
      measured: "gpt-5.4-2026-06-01",
      required: "the pinned gpt-5.4-2026-03-05",
      outcome: "fails",
    });
    expect([code, told.alarm]).toEqual([1, true]);
  });

  it("stops at a bound, which is no alarm and decides nothing", async () => {
    const { code, stdout } = await canary(["--json", "--max-requests", "20"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      alarm: false,
      passed: false,
      inconclusive: expect.arrayContaining(["It was stopped at its bound of 20 requests."]),
    });
    expect(asked).toBeLessThanOrEqual(20);
  });

  it("replaces a baseline only after it has said what changes, and asks no model twice", async () => {
    const old = readFileSync(baseline, "utf8");
    model = another;
    const refused = await canary(["--accept", "--by", "Bo Example", "--max-usd", "1"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toBe(
      "lockstep: Nothing was written: without a terminal to ask on, the command needs --yes. It asks no model again.\n",
    );
    expect(refused.stdout).toContain("Now:    signed off by Ada Example on ");
    expect(refused.stdout).toContain("Then:   signed off by Bo Example on ");
    expect(refused.stdout).toMatch(/: the answers differ in .*wording/);
    expect(readFileSync(baseline, "utf8")).toBe(old);
    const sent = asked;
    const { code } = await canary(["--accept", "--by", "Bo Example", "--max-usd", "1", "--yes"]);
    expect([code, asked]).toEqual([0, sent]);
    expect(JSON.parse(readFileSync(baseline, "utf8"))).toMatchObject({
      signedOffBy: "Bo Example",
      models: expect.arrayContaining([{ model: "chat-large", served: ["gpt-5.4-2026-03-05"] }]),
    });
    expect((await canary(["--repeats", "5"])).code).toBe(0);
  });

  it("goes on where it was stopped", async () => {
    model = another;
    waitMs = 50;
    const { child, result } = startLockstep(["canary", "--json"], dir, environment());
    while (asked < 8) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGINT");
    const stopped = await result;
    expect(stopped.code).toBe(2);
    expect(stopped.stderr).toContain("the same command goes on from there.");
    const first = asked;
    waitMs = 0;
    const { code } = await canary(["--json"]);
    expect([code, asked]).toEqual([0, 3 * cells]);
    expect(first).toBeLessThan(3 * cells);
  });

  it("is refused by a gateway with another behaviour", async () => {
    const own = hash;
    hash = "0".repeat(64);
    const { code, stderr } = await canary([]);
    hash = own;
    expect([code, asked]).toEqual([2, 0]);
    expect(stderr).toContain("The gateway runs another behaviour");
    // A journal of nothing would refuse the corrected command.
    expect(existsSync(join(dir, ".lockstep")) ? readdirSync(join(dir, ".lockstep")) : []).toEqual([]);
  });

  it("leaves nothing of an answer in its files", () => {
    expect(readFileSync(baseline, "utf8")).not.toMatch(/takes|needs|Number|question/);
    rmSync(baseline);
  });
});
