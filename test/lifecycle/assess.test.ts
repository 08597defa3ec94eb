import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { short } from "../../config/hash";
import type { Config } from "../../config/schema";
import { type Assessment, assess, countingFault, type Trust } from "../../lifecycle/assess";
import { signEnvelope } from "../../lifecycle/envelope";
import { evidenceStore, readEvidence } from "../../lifecycle/evidence";
import type { KindName } from "../../lifecycle/kind";
import { producers } from "../../lifecycle/producers";
import type { Proof } from "../../lifecycle/proof";
import { ed25519 } from "./keys";
import {
  bytes,
  config,
  evidenceFiles,
  hash,
  now,
  other,
  proof,
  rawDigest,
  release,
  results,
  statement,
} from "./samples";

const anyone: Trust = { trustedKeys: [], stubProviders: "refuse" };
const key = ed25519();
const signers: Trust = { trustedKeys: [key.publicKey], stubProviders: "refuse" };
const folder = "releases/2026-11-chat/evidence";

interface Given {
  trust?: Trust;
  proof?: Partial<Proof>;
  maximumAgeDays?: number;
  config?: Config;
}

/** The statements by the name of their file, with the raw output beside them. */
function assessed(kind: KindName, statements: Record<string, unknown>, given: Given = {}): Assessment {
  const files = Object.entries(statements).map(([name, content]) => evidenceFiles(name, content));
  return assess(kind, {
    proof: proof(given.proof),
    config: given.config ?? config,
    store: evidenceStore(memoryFiles(Object.assign({}, ...files) as Record<string, string>)),
    trust: given.trust ?? anyone,
    now,
    maximumAgeDays: given.maximumAgeDays ?? 90,
  });
}

const load = (predicate: Record<string, unknown> = {}, given: Given = {}) =>
  assessed("load", { "load-1.intoto.json": statement("load", predicate) }, given);
const shown = ({ shortfalls }: Assessment) =>
  shortfalls.map(({ path, found, allowed, remedy }) => [path.join("."), found, allowed, remedy]);

const addLoad = "Then: lockstep evidence load --release <id> (docs/load.md).";
const again = `Measure again. ${addLoad}`;
const unproven = `Let staging run exactly what production is to run, and measure it there. ${addLoad}`;
const aboutHash = "load evidence about aaaaaaaaaaaa…, measured in staging";

describe("evidence that is as it has to be", () => {
  it("has no shortfall, and every criterion is told", () => {
    const { kind, evidence, ageDays, maxAgeDays, criteria, shortfalls } = load();
    expect([kind, evidence?.file, ageDays, maxAgeDays]).toEqual([
      "load",
      `${folder}/load-1.intoto.json`,
      1,
      30,
    ]);
    expect(criteria.map(({ name }) => name)).toEqual([
      "minRequests",
      "minPeakMultiple",
      "arrivals",
      "fromScheduledTime",
      "maxFirstTokenP95Seconds",
      "maxFirstTokenP99Seconds",
      "maxErrorRatio",
    ]);
    expect(shortfalls).toEqual([]);
  });
});

describe("evidence that is missing", () => {
  it("is told with the hash that it has to be about", () => {
    expect(assessed("load", {})).toEqual({
      kind: "load",
      evidence: undefined,
      ageDays: undefined,
      maxAgeDays: 30,
      criteria: [],
      shortfalls: [{ path: [], found: "no load evidence", allowed: aboutHash, remedy: unproven }],
    });
  });

  it("has to be signed where keys are trusted", () => {
    expect(assessed("load", {}, { trust: signers }).shortfalls[0]?.allowed).toBe(`signed ${aboutHash}`);
  });

  it("is not replaced by another kind's", () => {
    expect(assessed("load", { "load-1.intoto.json": statement("cache") }).shortfalls[0]?.found).toBe(
      "no load evidence",
    );
  });

  it("is told with the file that cannot be read", () => {
    expect(
      assessed("load", { "load-1.intoto.json": "{", "eval-1.intoto.json": "{" }).shortfalls[0]?.found,
    ).toBe(
      `no load evidence that counts: ${folder}/load-1.intoto.json cannot be read: it is not JSON in UTF-8`,
    );
    expect(assessed("load", { "eval-1.intoto.json": "{" }).shortfalls[0]?.found).toBe("no load evidence");
  });
});

describe("evidence that does not count", () => {
  const gatewayFault = "was measured on a gateway that reported another behaviour hash, bbbbbbbbbbbb…";
  const about = (sha256: string) => ({ subject: [{ name: "behaviour", digest: { sha256 } }] });

  it.each<[string, unknown, Trust, string | undefined]>([
    ["as it has to be", statement("load"), anyone, undefined],
    [
      "about another hash",
      statement("load", { gateway: { before: other, after: other } }, about(other)),
      anyone,
      "is about another behaviour hash, bbbbbbbbbbbb…",
    ],
    [
      "about another hash, whatever the gateway said",
      statement("load", {}, about(other)),
      anyone,
      "is about another behaviour hash, bbbbbbbbbbbb…",
    ],
    [
      "from production",
      statement("load", { environment: "production" }),
      anyone,
      "was measured in production, not in staging",
    ],
    [
      "another gateway before",
      statement("load", { gateway: { before: other, after: hash } }),
      anyone,
      gatewayFault,
    ],
    [
      "another gateway after",
      statement("load", { gateway: { before: hash, after: other } }),
      anyone,
      gatewayFault,
    ],
    [
      "other raw output",
      statement("load", { raw: { file: "raw.jsonl", sha256: other } }),
      anyone,
      `does not count: its raw output, ${folder}/raw.jsonl, has another SHA-256 than it says`,
    ],
    [
      "no raw output",
      statement("load", { raw: { file: "gone.jsonl", sha256: rawDigest } }),
      anyone,
      `does not count: its raw output cannot be read: there is no file "${folder}/gone.jsonl"`,
    ],
    [
      "from stubs",
      statement("load", { providers: "stub" }),
      anyone,
      "was measured against stand-ins for the providers",
    ],
    [
      "from stubs, which are accepted",
      statement("load", { providers: "stub" }),
      { trustedKeys: [], stubProviders: "accept" },
      undefined,
    ],
    [
      "real, where stubs are accepted",
      statement("load"),
      { trustedKeys: [], stubProviders: "accept" },
      undefined,
    ],
    ["not signed", statement("load"), signers, "is not signed"],
  ])("%s", (_, content, trust, expected) => {
    const file = `${folder}/load-1.intoto.json`;
    const read = readEvidence(
      memoryFiles(evidenceFiles("load-1.intoto.json", content)),
      "2026-11-chat",
      file,
    );
    if ("why" in read) throw new Error(read.why);
    expect(countingFault(read, hash, trust)).toBe(expected);
    const { shortfalls } = assessed("load", { "load-1.intoto.json": content }, { trust });
    expect(shortfalls.map(({ found }) => found)).toEqual(
      expected === undefined ? [] : [`no load evidence that counts: ${file} ${expected}`],
    );
  });

  it("counts with a trusted signature only, once a key is trusted", () => {
    const by = (privateKey: string) =>
      assessed(
        "load",
        { "load-1.dsse.json": signEnvelope(bytes(statement("load")), privateKey) },
        { trust: signers },
      ).shortfalls.map(({ found }) => found);
    expect(by(key.privateKey)).toEqual([]);
    expect(by(ed25519().privateKey)).toEqual([
      `no load evidence that counts: ${folder}/load-1.dsse.json is signed by no trusted key`,
    ]);
  });

  it("is told by the newest that does not", () => {
    const found = assessed("load", {
      "load-1.intoto.json": statement("load", { providers: "stub", ended: "2026-11-20T12:00:00Z" }),
      "load-2.intoto.json": statement("load", { environment: "production", ended: "2026-11-20T13:00:00Z" }),
      "load-3.intoto.json": "{",
    }).shortfalls[0]?.found;
    expect(found).toBe(
      `no load evidence that counts: ${folder}/load-2.intoto.json was measured in production, not in staging`,
    );
  });
});

describe("of several", () => {
  const failing = { results: { ...results.load, errorRatio: 0.5 } };

  it("the newest decides, also where it fails and an older one passes", () => {
    const both = (older: object, newer: object) =>
      assessed("load", {
        "load-1.intoto.json": statement("load", {
          ended: "2026-11-19T12:00:00Z",
          started: "2026-11-19T11:00:00Z",
          ...older,
        }),
        "load-2.intoto.json": statement("load", { ...newer }),
      });
    expect(both({}, failing).shortfalls.map(({ path }) => path)).toEqual([["maxErrorRatio"]]);
    expect(both(failing, {}).shortfalls).toEqual([]);
    expect(both({}, failing).evidence?.file).toBe(`${folder}/load-2.intoto.json`);
  });

  it("an older one counts where the newest does not", () => {
    const result = assessed(
      "load",
      {
        "load-1.dsse.json": signEnvelope(
          bytes(statement("load", { ended: "2026-11-19T12:00:00Z", started: "2026-11-19T11:00:00Z" })),
          key.privateKey,
        ),
        "load-2.intoto.json": statement("load", failing),
      },
      { trust: signers },
    );
    expect([result.evidence?.file, result.ageDays, result.shortfalls]).toEqual([
      `${folder}/load-1.dsse.json`,
      2,
      [],
    ]);
  });

  it("that of every release that is asked counts, and of no other", () => {
    const files = memoryFiles(evidenceFiles("load-1.intoto.json", statement("load"), "second"));
    const asked = (...ids: string[]) =>
      assess("load", {
        proof: proof({ releases: ids.map((id) => release(id)) }),
        config,
        store: evidenceStore(files),
        trust: anyone,
        now,
        maximumAgeDays: 90,
      }).shortfalls.length;
    expect([asked("first"), asked("first", "second"), asked("second")]).toEqual([1, 0, 0]);
  });
});

describe("the time of evidence", () => {
  const at = (offset: number) => new Date(now.getTime() + offset).toISOString();
  const ended = (time: string, given: Given = {}) =>
    load({ started: "2026-01-01T00:00:00Z", ended: time }, given);
  const day = 86_400_000;

  it("is at most the longest age of its kind ago", () => {
    expect(shown(ended(at(-30 * day)))).toEqual([]);
    expect(ended(at(-30 * day)).ageDays).toBe(30);
    expect(shown(ended(at(-30 * day - day / 10)))).toEqual([
      ["maxAgeDays", "evidence of 2026-10-22T09:36:00.000Z, 30.1 days old", "at most 30 days", again],
    ]);
  });

  it("is held against the policy's own bound where that is lower", () => {
    expect(ended(at(-8 * day), { maximumAgeDays: 8 }).shortfalls).toEqual([]);
    const { maxAgeDays, shortfalls } = ended(at(-8 * day - 1_000), { maximumAgeDays: 8 });
    expect(maxAgeDays).toBe(8);
    expect(shortfalls.map(({ allowed }) => allowed)).toEqual(["at most 8 days"]);
    expect(ended(at(-8 * day), { maximumAgeDays: 90 }).maxAgeDays).toBe(30);
  });

  it("is held against the time at which the release was closed", () => {
    const closed = { at: new Date("2026-06-30T00:00:00Z"), promotion: false };
    expect(ended("2026-06-01T00:00:00Z", { proof: closed })).toMatchObject({ ageDays: 29, shortfalls: [] });
    expect(shown(ended("2026-05-30T00:00:00Z", { proof: closed }))).toEqual([
      ["maxAgeDays", "evidence of 2026-05-30T00:00:00Z, 31 days old", "at most 30 days", again],
    ]);
    // Measured again after it was closed.
    expect(ended("2026-07-01T00:00:00Z", { proof: closed })).toMatchObject({ ageDays: 0, shortfalls: [] });
  });

  it("may be five minutes ahead, and not more", () => {
    expect(shown(ended(at(300_000)))).toEqual([]);
    expect(ended(at(300_000)).ageDays).toBe(0);
    expect(shown(ended(at(300_001)))).toEqual([
      ["ended", "2026-11-21T12:05:00.001Z, which is in the future", "a time that has been", again],
    ]);
  });

  it("has a start that is not after the end", () => {
    const [start, end] = ["2026-11-20T12:00:01Z", "2026-11-20T12:00:00Z"];
    expect(shown(load({ started: end, ended: end }))).toEqual([]);
    expect(shown(load({ started: start, ended: end }))).toEqual([
      ["started", `${start}, after its end at ${end}`, "a start before the end", again],
    ]);
  });
});

describe("the size of evidence", () => {
  const more = (kind: KindName) =>
    `Measure more. Then: ${producers[kind].command} --release <id> (${producers[kind].guide}).`;
  const evaluated = (predicate: object) =>
    shown(
      assessed("eval", {
        "eval-1.intoto.json": statement("eval", { samples: 40, repeats: 3, ...predicate }),
      }),
    );

  it("is at least the samples and repeats that are asked for", () => {
    expect(evaluated({})).toEqual([]);
    expect(evaluated({ samples: 39 })).toEqual([["samples", "39 samples", "at least 40", more("eval")]]);
    expect(evaluated({ repeats: 2 })).toEqual([
      [
        "repeats",
        "2 repeats of each",
        "at least 3 repeats: temperature zero is not deterministic",
        more("eval"),
      ],
    ]);
    expect(evaluated({ samples: 0, repeats: 1 })).toEqual([
      ["samples", "0 samples", "at least 40", more("eval")],
      [
        "repeats",
        "one repeat of each, of something random",
        "at least 3 repeats: temperature zero is not deterministic",
        more("eval"),
      ],
    ]);
  });

  it("needs one repeat only of what is not random", () => {
    expect(shown(load({ repeats: 1, samples: 5_000 }))).toEqual([]);
    expect(shown(load({ repeats: 1, samples: 4_999 }))).toEqual([
      ["samples", "4,999 samples", "at least 5,000", more("load")],
    ]);
  });
});

describe("what evidence shows", () => {
  const mend = `Mend the cause and measure again, or drop the release. ${addLoad}`;

  it("is short of a criterion by so much", () => {
    expect(shown(load({ results: { ...results.load, errorRatio: 0.125, requests: 4_950 } }))).toEqual([
      ["minRequests", "4,950 requests, off by 1 %", "at least 5,000 requests", mend],
      ["maxErrorRatio", "0.125, off by 100 %", "at most 0.0625", mend],
    ]);
  });

  it("is short of a criterion without a threshold", () => {
    expect(shown(load({ results: { ...results.load, fromScheduledTime: false } }))).toEqual([
      ["fromScheduledTime", "latency from the time of sending", "latency from the scheduled time", mend],
    ]);
  });

  it("names what the criterion is about", () => {
    const [first, ...others] = results.eval.targets;
    const changed = (score: object) =>
      assessed("eval", {
        "eval-1.intoto.json": statement("eval", {
          results: { ...results.eval, targets: [{ ...first, score }, ...others] },
        }),
      }).shortfalls;
    expect(changed({ value: 0.5, low: 0.375, high: 0.625 })).toEqual([
      {
        path: ["minScore", "chat on large"],
        found: "chat on large: 0.5 (interval 0.375 to 0.625), off by 50 %",
        allowed: "at least 0.75 at the interval's lower end",
        remedy: mend.replace("load", "eval").replace("load", "evals"),
      },
    ]);
    expect(changed({ value: 0.75, low: 0.375, high: 0.875 })[0]?.found).toBe(
      "chat on large: inconclusive, 0.75 (interval 0.375 to 0.875)",
    );
  });

  it("is no pass where the measurement itself says that it does not decide", () => {
    expect(shown(load({ inconclusive: ["The generator was saturated.", "Too few cores."] }))).toEqual([
      [
        "inconclusive",
        "inconclusive: The generator was saturated.",
        "a measurement that decides",
        `Measure again, with more samples. ${addLoad}`,
      ],
      [
        "inconclusive",
        "inconclusive: Too few cores.",
        "a measurement that decides",
        `Measure again, with more samples. ${addLoad}`,
      ],
    ]);
  });

  it("is told whole: time, size, doubt and criteria", () => {
    const { shortfalls } = load({
      started: "2026-01-01T00:00:00Z",
      ended: "2026-01-02T00:00:00Z",
      samples: 1,
      inconclusive: ["Too few."],
      results: { ...results.load, errorRatio: 1 },
    });
    expect(shortfalls.map(({ path }) => path[0])).toEqual([
      "maxAgeDays",
      "samples",
      "inconclusive",
      "maxErrorRatio",
    ]);
  });
});

describe("a hash in a message", () => {
  it("is its first twelve digits", () => {
    expect(short("0123456789abcdef")).toBe("0123456789ab…");
  });
});
