import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { renderGateway } from "../../gateway/render";
import { adapt } from "../../measure/adapt";
import { type Running, startProxy } from "../../measure/proxy";
import { wait } from "../../measure/standIn/reply";
import { litellm, litellmInstalled, sayIfSkipped, skippedNote } from "./litellmEnvironment";
import { Provider } from "./provider";
import { Redis, redisServer } from "./redis";

sayIfSkipped("limits were not tried on the real proxy.");
if (redisServer === undefined)
  process.stderr.write("Neither valkey-server nor redis-server is installed: two replicas were not tried.\n");

const root = join(__dirname, "../..");
const large = "support-chat.chat-large.1";
const inAccount = "support-chat.chat-in-account.2";
const triage = "ticket-triage.chat-small.1";
const economy = "economy-chat.chat-fast.1";
const valid = '{"queue":"billing","urgency":2,"summary":"An invoice is wrong."}';
const openSeconds = 3;

const provider = new Provider();
let folder: string;
let baseOf: (deployment: string) => string;

beforeAll(async () => {
  if (!litellmInstalled) return;
  folder = mkdtempSync(join(tmpdir(), "lockstep-limits-"));
  baseOf = await provider.listen();
});
afterAll(async () => {
  if (!litellmInstalled) return;
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Limits {
  requestsPerMinute: number;
  tokensPerMinute: number;
  concurrentRequests: number;
}

/** The shipped staging, with limits that a test can reach. Of 4 replicas at most, each gets a quarter. */
function rendered(limits: Limits) {
  const { pair } = loadPair(projectFiles(root), "staging");
  if (pair === undefined) throw new Error("The shipped pair cannot be read.");
  const { contents, behaviourHash } = pair.staging;
  const config = structuredClone(pair.staging.config);
  Object.assign(config.limits, limits);
  for (const { breaker } of Object.values(config.routes))
    if (breaker !== undefined) breaker.openSeconds = openSeconds;
  return renderGateway(config, { behaviourHash, files: contents });
}

/** Limits are counted by the minute of the clock: whatever needs one starts with enough of it left. */
async function minuteWith(seconds: number): Promise<void> {
  const left = 60 - ((Date.now() / 1000) % 60);
  if (left < seconds) await wait(left * 1000 + 100);
}

/** The first request takes a second more. */
async function warmUp(proxy: Running): Promise<void> {
  await ask(proxy, "economy-chat");
  provider.called();
}

/** What a client sees of one request. */
async function ask(proxy: Running, model: string) {
  const { status, headers, text } = await proxy.client.raw("POST", "/v1/chat/completions", {
    model,
    messages: [{ role: "user", content: "The invoice is wrong." }],
  });
  const by = headers["x-litellm-model-id"];
  const { error } = JSON.parse(text) as { error?: { message: string } };
  return { status, ...(by === undefined ? {} : { by }), ...(error === undefined ? {} : { error }), headers };
}
/** As many requests one after another; the deployments that were called for each. */
async function askEach(proxies: Running[], model: string, times: number) {
  const calls: string[] = [];
  for (let index = 0; index < times; index++) {
    const proxy = proxies[index % proxies.length];
    if (proxy === undefined) throw new Error("no proxy");
    const { status } = await ask(proxy, model);
    calls.push([status, ...provider.called()].join(" "));
  }
  return calls;
}
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** What our own callbacks have logged. */
const saidByGateways = (): string =>
  ["one", "two", "three"]
    .map((name) => join(folder, name, "proxy.log"))
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .filter((line) => /lockstep|breaker/i.test(line))
    .slice(-20)
    .join("\n");

interface Stopped {
  stop(): Promise<void>;
}
type Step = (does: string, run: () => Promise<void>) => void;

/**
 * What counts by the minute of the clock is one test of several steps, each going on where the one before left
 * off: asked once more, like every test here, it begins at the start.
 */
function inOneMinute(
  does: string,
  start: (keep: <T extends Stopped>(started: T) => T) => Promise<void>,
  steps: (step: Step) => void,
): void {
  it(does, { timeout: 180_000 }, async () => {
    for (const id of Object.keys(provider.replies)) delete provider.replies[id];
    provider.called();
    provider.mostInFlight = 0;
    const started: Stopped[] = [];
    const all: [string, () => Promise<void>][] = [];
    steps((name, run) => all.push([name, run]));
    try {
      await start((each) => {
        started.push(each);
        return each;
      });
      for (const [name, run] of all)
        await run().catch((error: unknown) => {
          if (error instanceof Error) error.message = `${name}: ${error.message}\n${saidByGateways()}`;
          throw error;
        });
    } finally {
      await Promise.all(started.map((each) => each.stop()));
    }
  });
}

describe.skipIf(!litellmInstalled)(`limits in one replica, on LiteLLM 1.106.2${skippedNote}`, () => {
  let proxy: Running;
  inOneMinute(
    "counts on from one request to the next",
    async (keep) => {
      const gateway = adapt(rendered({ requestsPerMinute: 4, tokensPerMinute: 500, concurrentRequests: 8 }), {
        baseOf,
        limits: "kept",
      });
      proxy = keep(await startProxy({ litellm, folder: join(folder, "one"), gateway }));
      await minuteWith(15);
      await warmUp(proxy);
    },
    (step) => {
      step(
        "answers as many at once as its share, lets as many wait a second, and refuses the rest",
        async () => {
          provider.replies[large] = { delayMs: 600 };
          const answers = await Promise.all(times(8, 0).map(() => ask(proxy, "support-chat")));
          expect(answers.map(({ status }) => status).sort()).toEqual([
            200, 200, 200, 200, 503, 503, 503, 503,
          ]);
          expect(provider.called()).toEqual(times(4, large));
          expect(provider.mostInFlight).toBe(2);
          const refused = answers.find(({ status }) => status === 503);
          expect(refused?.error).toEqual({
            message: "Worker at capacity: 2 in-flight, 2 queued requests. Retry later.",
            type: "overloaded_error",
            code: "503",
          });
          expect(refused?.headers["retry-after"]).toBe("1");
        },
      );

      step(
        "sends what is over a deployment's requests a minute to the next order, then to the fallback",
        async () => {
          expect(await askEach([proxy], "support-chat", 5)).toEqual([
            ...times(4, `200 ${inAccount}`),
            `200 ${economy}`,
          ]);
        },
      );

      step("does so after a call that took it over its tokens a minute", async () => {
        Object.assign(provider.replies, {
          [triage]: { message: { content: valid }, totalTokens: 500 },
          [economy]: { message: { content: valid } },
        });
        expect(await askEach([proxy], "ticket-triage", 1)).toEqual([`200 ${triage}`]);
        // The tokens are known after the answer.
        await wait(300);
        expect(await askEach([proxy], "ticket-triage", 1)).toEqual([`200 ${economy}`]);
      });

      step("refuses with 429, without a call, where there is nothing to fall back to", async () => {
        expect(await askEach([proxy], "economy-chat", 3)).toEqual([`200 ${economy}`, "429", "429"]);
        expect((await ask(proxy, "economy-chat")).error).toEqual({
          message: "No deployments available for selected model.",
          type: "internal_server_error",
          param: null,
          code: "429",
        });
      });
    },
  );
});

describe.skipIf(!litellmInstalled || redisServer === undefined)(
  `limits and state in two replicas through Redis, on LiteLLM 1.106.2${skippedNote}`,
  () => {
    let redis: Redis;
    let both: Running[];
    let one: Running;
    let other: Running;
    inOneMinute(
      "counts in both together",
      async (keep) => {
        redis = keep(await Redis.start(folder));
        const small = rendered({ requestsPerMinute: 16, tokensPerMinute: 5000, concurrentRequests: 400 });
        // Rendered like this, the worker's own limit is always reached first.
        for (const { litellm_params, model_info } of small.proxy.model_list)
          if (model_info.id === large) litellm_params.max_parallel_requests = 2;
        const gateway = adapt(small, { baseOf, limits: "kept", redisPort: redis.port });
        both = await Promise.all(
          ["two", "three"].map(async (name) =>
            keep(await startProxy({ litellm, folder: join(folder, name), gateway })),
          ),
        );
        [one, other] = both as [Running, Running];
        provider.replies[economy] = { message: { content: valid } };
        await minuteWith(20);
        for (const proxy of both) await warmUp(proxy);
      },
      (step) => {
        step("opens the breaker at the third invalid answer of both together", async () => {
          provider.replies[large] = { message: { content: null, refusal: "No." } };
          expect(await askEach(both, "support-chat", 3)).toEqual(times(3, `200 ${large} ${economy}`));
          for (const proxy of both) {
            expect((await ask(proxy, "support-chat")).headers["x-lockstep-breaker"]).toBe("open");
            expect(provider.called()).toEqual([economy]);
          }
        });

        step("lets one request of both through after openSeconds, and closes for both", async () => {
          await wait(openSeconds * 1000 + 100);
          provider.replies[large] = { delayMs: 300 };
          const answers = await Promise.all(
            [0, 1, 0, 1].map((index) => ask(both[index] as Running, "support-chat")),
          );
          expect(answers.map(({ headers }) => headers["x-lockstep-breaker"]).sort()).toEqual([
            "half-open",
            "open",
            "open",
            "open",
          ]);
          expect(provider.called().sort()).toEqual([economy, economy, economy, large]);
          provider.replies[large] = {};
          expect(await askEach(both, "support-chat", 2)).toEqual(times(2, `200 ${large}`));
        });

        step("falls over where a deployment has its max_parallel_requests in flight", async () => {
          provider.replies[large] = { delayMs: 400 };
          const answers = await Promise.all(times(3, 0).map(() => ask(one, "support-chat")));
          expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
          expect(provider.called().sort()).toEqual([inAccount, large, large].sort());
          provider.replies[large] = {};
        });

        step("counts requests a minute of both together", async () => {
          // Eight calls before this: three invalid, one probe, two after it, two in flight.
          expect(await askEach(both, "support-chat", 10)).toEqual([
            ...times(8, `200 ${large}`),
            ...times(2, `200 ${inAccount}`),
          ]);
        });

        step("shows the other a cool-down that one has opened", async () => {
          provider.replies[triage] = { status: 401 };
          expect(await askEach([one], "ticket-triage", 2)).toEqual(times(2, `200 ${triage} ${economy}`));
          // Each reads cool-downs of others once a second.
          await wait(1100);
          expect(await askEach([other], "ticket-triage", 1)).toEqual([`200 ${economy}`]);
        });

        step("counts tokens a minute of both together", async () => {
          provider.replies[inAccount] = { totalTokens: 5000 };
          expect(await askEach([one], "support-chat", 1)).toEqual([`200 ${inAccount}`]);
          await wait(300);
          expect(await askEach([other], "support-chat", 1)).toEqual([`200 ${economy}`]);
        });

        step("goes on answering in both when Redis is gone, each counting for itself", async () => {
          await redis.stop();
          provider.replies[economy] = { message: { content: "" } };
          // Fourteen calls of this minute went to it before, and sixteen are allowed to both.
          for (const proxy of both) {
            expect(await askEach([proxy], "economy-chat", 3)).toEqual(times(3, `200 ${economy}`));
            expect((await ask(proxy, "economy-chat")).headers["x-lockstep-breaker"]).toBe("open");
            expect(provider.called()).toEqual([]);
          }
          for (const name of ["two", "three"])
            expect(readFileSync(join(folder, name, "proxy.log"), "utf8")).toContain(
              "counts in this process only",
            );
        });
      },
    );
  },
);
