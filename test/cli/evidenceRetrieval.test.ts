import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { wait } from "../../measure/standIn/reply";
import { encodings, lockstep, projectCopy, startLockstep } from "../project";
import { edited, replace } from "../shipped";
import { GatewayStub } from "./gatewayStub";
import { runJob } from "./job";
import { SearchStub } from "./searchStub";

const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
const queries = numbers
  .map((number) =>
    JSON.stringify({ id: `q-${number}`, text: `Question ${number}`, relevant: [`doc-${number}`] }),
  )
  .join("\n");
const secret = "search-key-8f2c61d09ab34e77";

let copy: ReturnType<typeof projectCopy>;
let gateway: GatewayStub;
let search: SearchStub;
let url: string;
let searchUrl: string;
const { pair } = loadPair(memoryFiles(edited()), "staging");
const hash = pair?.staging.behaviourHash ?? "";
beforeAll(async () => {
  copy = projectCopy([], { "queries.jsonl": queries, "one.jsonl": queries.split("\n")[0] ?? "" });
  gateway = new GatewayStub(hash);
  url = await gateway.listen();
  search = new SearchStub();
  searchUrl = await search.listen();
});
afterEach(() => {
  gateway.before = () => false;
  gateway.behaviourHash = hash;
  gateway.requests = 0;
  gateway.embedded.length = 0;
  search.reset();
});
afterAll(async () => {
  await gateway.close();
  await search.close();
  copy.remove();
});

const environment = () => ({
  LOCKSTEP_GATEWAY_URL: url,
  LOCKSTEP_GATEWAY_KEY: "sk-stub",
  LOCKSTEP_SEARCH_KEY: secret,
});
const retrieval = (args: string[], env: Record<string, string> = {}) =>
  lockstep(["evidence", "retrieval", ...args], copy.dir, { ...environment(), ...env });
/** All that has to be given, with some of it replaced. */
const given = (changes: Record<string, string | undefined> = {}): string[] =>
  Object.entries({
    "--queries": "queries.jsonl",
    "--adapter": "http",
    "--search-url": searchUrl,
    "--concurrency": "1",
    "--corpus-url": `${searchUrl}/corpus`,
    "--max-usd": "1",
    ...changes,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
const folder = join("releases", "initial", "evidence");
const left = () => (existsSync(join(copy.dir, ".lockstep")) ? readdirSync(join(copy.dir, ".lockstep")) : []);

interface Told {
  passed: boolean;
  samples: number;
  inconclusive: string[];
  results: Record<string, unknown>;
  criteria: { name: string; subject?: string; measured: string; required: string; outcome: string }[];
  written: string[];
}
/** What is told, and the criteria that are not met. */
async function told(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await retrieval([...args, "--json"], env);
  expect(stderr).toBe("");
  const all = JSON.parse(stdout) as Told;
  const unmet = all.criteria
    .filter(({ outcome }) => outcome !== "passes")
    .map(({ name, subject, measured, required, outcome }) =>
      [subject === undefined ? name : `${name} (${subject})`, measured, required, outcome].join(" | "),
    );
  return { code, ...all, unmet };
}
const leaks = (text: string) => encodings(secret).filter((form) => text.includes(form));

describe("a measurement", { timeout: 60_000 }, () => {
  it("is evidence that passes, and that can be verified", async () => {
    // In the third stage, so that all that are in flight are seen together.
    search.delay = (count) => (count > 2_400 ? 30 : 0);
    // Changed an hour ago, for the first time in weeks.
    search.newest = "2026-11-01T10:00:00Z";
    search.corpus = new Date(Date.now() - 1_800_000).toISOString();
    search.oldestAfter = new Date(Date.now() - 3_600_000).toISOString();
    const { corpus, oldestAfter } = search;
    const { code, passed, unmet, inconclusive, results, written } = await told([
      ...given(),
      "--release",
      "initial",
    ]);
    expect({ unmet, inconclusive, code, passed }).toEqual({
      unmet: [],
      inconclusive: [],
      code: 0,
      passed: true,
    });
    expect(results).toMatchObject({
      indexNewest: "2026-11-01T10:00:00.000Z",
      corpusNewest: corpus,
      missingSince: oldestAfter,
      queries: 40,
      recall: 1,
      recallInterval: { low: 0.912378, high: 1 },
      expectedConcurrency: 1,
      searches: { at10: 1_000, at50: 1_000, at100: 1_000 },
      errors: 0,
    });
    expect(results.indexAgeHours).toBeGreaterThanOrEqual(1);
    expect(results.indexAgeHours).toBeLessThan(1.1);
    expect(gateway.embedded).toEqual(
      numbers.map((number) => `embedding/embed-documents: Question ${number}`),
    );
    expect(search.mostInFlight).toBe(100);
    expect(search.vectors).toBe(search.searches);
    // Each query alone, and 1,000 searches of each stage after two rounds, with a last one for company.
    expect(search.searches).toBeGreaterThanOrEqual(40 + 3 * 1_000 + 2 * 160);
    expect(search.searches).toBeLessThanOrEqual(40 + 3 * 1_000 + 3 * 160);
    expect([...search.authorizations]).toEqual([`Bearer ${secret}`, undefined]);
    expect(left()).toEqual([]);
    const [statement = "", raw = ""] = written;
    expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);
    const { predicate } = JSON.parse(readFileSync(join(copy.dir, statement), "utf8")) as {
      predicate: Record<string, unknown>;
    };
    expect(predicate).toMatchObject({
      environment: "staging",
      stack: "staging",
      gateway: { before: hash, after: hash },
      providers: "real",
      tool: {
        name: "lockstep evidence retrieval",
        command: "lockstep evidence retrieval --adapter http --concurrency 1",
      },
      samples: 40,
      inconclusive: [],
    });
    expect(written.flatMap((file) => leaks(readFileSync(join(copy.dir, file), "utf8")))).toEqual([]);
    expect(readFileSync(join(copy.dir, raw), "utf8")).not.toContain("127.0.0.1");
  });

  it("runs as a job does, without an option: with variables, of OpenSearch", async () => {
    const variables = {
      LOCKSTEP_RETRIEVAL_QUERIES: "queries.jsonl",
      LOCKSTEP_RETRIEVAL_ADAPTER: "opensearch",
      LOCKSTEP_RETRIEVAL_SEARCH_URL: searchUrl,
      LOCKSTEP_RETRIEVAL_INDEX: "chunks",
      LOCKSTEP_RETRIEVAL_CONCURRENCY: "1",
      LOCKSTEP_RETRIEVAL_CORPUS_NEWEST: "2026-11-20T10:00:00Z",
      LOCKSTEP_RETRIEVAL_MAX_USD: "1",
      LOCKSTEP_SEARCH_KEY: "",
      LOCKSTEP_SEARCH_USER: "reader",
      LOCKSTEP_SEARCH_PASSWORD: secret,
    };
    const { code, stdout, stderr } = await retrieval([], variables);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/maxIndexAgeHours +│ 0 hours +│ at most 24 hours +│ passes/);
    expect(stdout).toContain("Nothing was added");
    expect(stdout).toContain("retrieval passes.");
    expect(leaks(stdout)).toEqual([]);
    expect(code).toBe(0);
    expect([...search.authorizations]).toEqual([
      `Basic ${Buffer.from(`reader:${secret}`).toString("base64")}`,
    ]);
  });
});

describe("fails for its reason:", { timeout: 60_000 }, () => {
  it("an index that lacks the corpus's newest document", async () => {
    search.newest = "2026-11-01T10:00:00Z";
    const { code, unmet, inconclusive } = await told(given());
    expect(unmet).toEqual([
      expect.stringMatching(/^maxIndexAgeHours \| [\d,.]+ hours \| at most 24 hours \| fails$/),
    ]);
    expect([code, inconclusive]).toEqual([1, []]);
  });

  it("documents that are not found, and with one of forty it is not decided", async () => {
    const lost = async (count: number) => {
      search.lost = new Set(numbers.slice(0, count).map((number) => `doc-${number}`));
      const { code, unmet, inconclusive } = await told(given());
      expect([code, inconclusive]).toEqual([1, []]);
      return unmet;
    };
    expect(await lost(10)).toEqual([
      "minRecall | 0.75 (interval 0.59806 to 0.858129) | at least 0.9 at the interval's lower end | fails",
    ]);
    expect(await lost(1)).toEqual([
      "minRecall | 0.975 (interval 0.871186 to 0.995573) | at least 0.9 at the interval's lower end | inconclusive",
    ]);
  });

  it("a search that is slow where a hundred are in flight", async () => {
    // The third stage begins after 2,300 searches or so.
    search.delay = (count) => (count > 2_400 && count % 20 === 0 ? 600 : 0);
    const { code, unmet, inconclusive } = await told(given());
    expect(unmet).toEqual([
      expect.stringMatching(/^maxP99Seconds \(100 times\) \| 0\.\d+ seconds \(interval 0\.6\d* to /),
    ]);
    expect([code, inconclusive]).toEqual([1, []]);
  });

  it("searches that fail", async () => {
    search.fails = (count) => count === 100 || count === 2_500;
    const { code, unmet, results } = await told(given({ "--searches": "1001" }));
    expect(unmet).toEqual(["errors | 2 failed | no failed search | fails"]);
    expect([code, results.errors]).toEqual([1, 2]);
  });

  it("a bound that is reached", async () => {
    const args = given({ "--max-requests": "500", "--release": "initial" });
    const { code, unmet, inconclusive, written } = await told(args);
    expect(inconclusive).toEqual([
      "It was stopped at its bound of 500 requests.",
      expect.stringMatching(
        /^4\d\d whole searches at 10 times the concurrency are too few for a 99th percentile: 1,000 are the least\.$/,
      ),
    ]);
    expect(unmet).toEqual([
      "maxP99Seconds (50 times) | nothing | at most 0.4 seconds | inconclusive",
      "maxP99Seconds (100 times) | nothing | at most 0.4 seconds | inconclusive",
    ]);
    expect([code, gateway.requests + search.searches]).toEqual([1, 500]);
    expect((await lockstep(["evidence", "verify", written[0] ?? ""], copy.dir)).code).toBe(0);
  });

  it("a bound that is reached before anything is searched for", async () => {
    const { code, stdout, stderr } = await retrieval(given({ "--max-usd": "0.000001" }));
    expect(stderr).toBe("lockstep: Nothing was searched for. It was stopped at its bound of 0.000001 USD.\n");
    expect([code, stdout, gateway.requests, search.searches]).toEqual([2, "", 0, 0]);
  });
});

it("is void where the gateway became another one meanwhile", { timeout: 60_000 }, async () => {
  search.fails = (count) => {
    if (count > 200) gateway.behaviourHash = "b".repeat(64);
    return false;
  };
  const before = readdirSync(join(copy.dir, folder));
  const { code, stderr } = await retrieval(given({ "--release": "initial", "--searches": "100" }));
  expect(stderr).toBe(
    "lockstep: The gateway's behaviour hash was another one after the measurement: what was measured is void, and was thrown away.\n",
  );
  expect([code, left()]).toEqual([2, []]);
  expect(readdirSync(join(copy.dir, folder))).toEqual(before);
});

it("stopped by Ctrl-C goes on where it was", { timeout: 60_000 }, async () => {
  search.delay = (count) => (count > 1_500 ? 30 : 0);
  const running = startLockstep(
    ["evidence", "retrieval", ...given({ "--journal": "going-on.jsonl" })],
    copy.dir,
    environment(),
  );
  while (search.searches < 1_600) await wait(10);
  running.child.kill("SIGINT");
  const stopped = await running.result;
  expect(stopped.stderr).toMatch(
    /^lockstep: Stopped\. What was measured is in .*going-on\.jsonl: the same command goes on from there\.\n$/,
  );
  expect(stopped.code).toBe(2);
  const journal = readFileSync(join(copy.dir, "going-on.jsonl"), "utf8");
  expect([leaks(journal), leaks(stopped.stderr)]).toEqual([[], []]);
  const other = await retrieval(given({ "--journal": "going-on.jsonl", "--concurrency": "2" }));
  expect(other.stderr).toContain("is the journal of another measurement:");
  const before = search.searches;
  search.delay = () => 0;
  const { code, unmet, inconclusive, results } = await told(given({ "--journal": "going-on.jsonl" }));
  expect({ unmet, inconclusive, code }).toEqual({ unmet: [], inconclusive: [], code: 0 });
  expect(results).toMatchObject({
    queries: 40,
    searches: { at10: 1_000, at50: 1_000, at100: 1_000 },
    errors: 0,
  });
  // Of the second stage what was left, of the third all; no query again.
  expect(search.searches - before).toBeLessThan(2_100);
  expect(gateway.embedded).toHaveLength(40);
  expect(existsSync(join(copy.dir, "going-on.jsonl"))).toBe(false);
});

describe("what cannot be measured is said, and nothing is left", () => {
  it.each<[Record<string, string | undefined>, string, Record<string, string>?]>([
    [{ "--queries": "nowhere" }, 'There is no file "nowhere".'],
    [{ "--queries": "package.json" }, "package.json:1 is no JSON document."],
    [{ "--max-usd": undefined }, "--max-usd is missing:"],
    [{ "--release": "none" }, 'There is no release "none" that can be read.'],
    [{}, "LOCKSTEP_GATEWAY_KEY is not set:", { LOCKSTEP_GATEWAY_KEY: "" }],
    [
      {},
      "LOCKSTEP_SEARCH_KEY has a character that no header can have.",
      { LOCKSTEP_SEARCH_KEY: `${secret}ä` },
    ],
    [
      { "--search-url": "http://127.0.0.1:9" },
      "The index does not tell the time of its newest document. It did not answer: ECONNREFUSED.",
    ],
  ])("%j", async (changes, why, env) => {
    const { code, stdout, stderr } = await retrieval(given(changes), env);
    expect(stderr).toContain(`lockstep: ${why}`);
    expect(leaks(stderr)).toEqual([]);
    expect([code, stdout, search.searches, gateway.embedded, left()]).toEqual([2, "", 0, [], []]);
  });

  it("a gateway that does not embed, whatever it answers", async () => {
    gateway.before = (_, response) => {
      response.writeHead(500).end(secret);
      return true;
    };
    const { code, stderr } = await retrieval(given());
    expect(stderr).toBe("lockstep: The gateway's embedding/embed-documents answered 500.\n");
    expect([code, search.searches, left()]).toEqual([2, 0, []]);
  });

  it("a gateway that runs something else", async () => {
    gateway.behaviourHash = "a".repeat(64);
    const { code, stderr } = await retrieval(given());
    expect(stderr).toMatch(/^lockstep: The gateway runs another behaviour \(a{12}…\)/);
    expect([code, search.searches, left()]).toEqual([2, 0, []]);
  });
});

describe("the index that the stack declares", { timeout: 60_000 }, () => {
  const entries = (...more: Parameters<typeof edited>) => ({
    ...edited(
      replace(
        "Pulumi.staging.yaml",
        "url: https://search.staging.example.com/v1/search",
        `url: ${searchUrl}`,
      ),
      replace("Pulumi.staging.yaml", "https://search.example.com/v1/corpus", `${searchUrl}/corpus`),
      ...more,
    ),
    "retrieval/queries.jsonl": queries,
  });
  const job = (...more: Parameters<typeof edited>) =>
    runJob({
      tier: "staging",
      kind: "retrieval",
      entries: entries(...more),
      gatewayUrl: url,
      secrets: {
        LITELLM_MASTER_KEY: "sk-stub",
        LOCKSTEP_SEARCH_KEY: secret,
        LOCKSTEP_CORPUS_KEY: `${secret}c`,
      },
    });

  it("is what the job looks at, for its age and recall, and with no more than a search at a time", async () => {
    const { code, stdout, stderr } = await job();
    expect(stderr).toBe("");
    const lines = stdout.split("\n");
    expect(lines.flatMap((line) => line.split("│")[1]?.trim() ?? [])).toEqual([
      "criterion",
      "maxIndexAgeHours",
      "minRecall",
      "errors",
    ]);
    expect(lines.at(-2)).toBe("retrieval passes.");
    expect([code, search.searches, search.mostInFlight]).toEqual([0, 40, 1]);
    expect([...search.authorizations].sort()).toEqual([`Bearer ${secret}`, `Bearer ${secret}c`]);
    expect(leaks(stdout)).toEqual([]);
  });

  it("fails the job when it is too old, or finds less", async () => {
    search.newest = "2026-11-01T10:00:00Z";
    const old = await job();
    expect([old.code, old.stderr]).toEqual([1, ""]);
    expect(old.stdout).toContain("maxIndexAgeHours");
    search.reset();
    search.lost = new Set(numbers.slice(0, 8).map((number) => `doc-${number}`));
    const lossy = await job();
    expect([lossy.code, lossy.stderr]).toEqual([1, ""]);
  });

  it("is what is measured where nobody names another", async () => {
    const own = projectCopy([], entries());
    try {
      const asked = ["evidence", "retrieval", "--no-load", "--json"];
      const measured = await lockstep(asked, own.dir, { ...environment(), LOCKSTEP_CORPUS_KEY: "c" });
      expect([measured.code, measured.stderr]).toEqual([0, ""]);
      const other = await lockstep([...asked, "--adapter", "http"], own.dir, environment());
      expect(other.stderr).toBe("lockstep: --queries is missing: a file of queries, one a line.\n");
    } finally {
      own.remove();
    }
  });

  it("is no evidence without load", async () => {
    const { code, stderr } = await retrieval([...given(), "--no-load", "--release", "initial"]);
    expect([code, stderr]).toEqual([
      2,
      "lockstep: --no-load is no evidence for a release: leave one of them out.\n",
    ]);
    const unread = await retrieval(given(), { LOCKSTEP_RETRIEVAL_LOAD: "off" });
    expect([unread.code, unread.stderr]).toEqual([
      2,
      "lockstep: LOCKSTEP_RETRIEVAL_LOAD has to be yes or no.\n",
    ]);
  });
});
