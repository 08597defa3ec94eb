import { describe, expect, it } from "vitest";
import { decodeEnvelope, signEnvelope } from "../../lifecycle/envelope";
import type { KindName } from "../../lifecycle/kind";
import { producers } from "../../lifecycle/producers";
import { rules } from "../../policies/registry";
import type { StackRule } from "../../policies/rule";
import { cacheHitRate } from "../../policies/stack/cache-hit-rate";
import { driftAudited } from "../../policies/stack/drift-audited";
import { evalsPassed } from "../../policies/stack/evals-passed";
import { fingerprintStable } from "../../policies/stack/fingerprint-stable";
import { loadPassed } from "../../policies/stack/load-passed";
import { retrievalFresh } from "../../policies/stack/retrieval-fresh";
import { routingConforms } from "../../policies/stack/routing-conforms";
import { silentFailuresBounded } from "../../policies/stack/silent-failures-bounded";
import { trafficRepresented } from "../../policies/stack/traffic-represented";
import { ecdsa, ed25519 } from "../lifecycle/keys";
import { append, type Entries, replace } from "../shipped";
import { judged, place, production, staging } from "./stack/judged";
import {
  asked,
  day,
  earlier,
  evidenceFile,
  evidenceOf,
  except,
  first,
  firstClosed,
  measured,
  now,
  only,
  predicate,
  promotion,
  type Scene,
  scene,
  steady,
  upgradeHash,
  whole,
} from "./stack/releases";

interface Row {
  rule: StackRule;
  kind: KindName;
  /** The fewest samples and repeats of the shipped acceptance criteria, and the highest age. */
  samples: number;
  repeats?: number;
  days: number;
  comparesWithProduction?: true;
}

const rows: Row[] = [
  { rule: evalsPassed, kind: "eval", samples: 40, repeats: 3, days: 14 },
  { rule: fingerprintStable, kind: "fingerprint", samples: 60, repeats: 2, days: 7 },
  { rule: loadPassed, kind: "load", samples: 5_000, days: 30 },
  { rule: cacheHitRate, kind: "cache", samples: 500, days: 30 },
  { rule: retrievalFresh, kind: "retrieval", samples: 1, days: 30 },
  { rule: trafficRepresented, kind: "traffic", samples: 5_000, days: 30, comparesWithProduction: true },
  { rule: silentFailuresBounded, kind: "validity", samples: 1_000, days: 30, comparesWithProduction: true },
  { rule: routingConforms, kind: "routing", samples: 13, days: 30 },
  { rule: driftAudited, kind: "drift", samples: 1, days: 31 },
];
const table = rows.map((row) => ({ name: row.rule.name, ...row }));

it("every kind of evidence has one rule", () => {
  expect(rows.map(({ rule }) => rule).every((rule) => rules.includes(rule))).toBe(true);
  expect(new Set(rows.map(({ kind }) => kind)).size).toBe(9);
});

const other = "b".repeat(64);
const minute = 60_000;

describe.each(table)("$name", ({ rule, kind, samples, repeats, days, comparesWithProduction }) => {
  const file = evidenceFile(kind);
  const told = (...args: Parameters<typeof asked> extends [unknown, ...infer Rest] ? Rest : never) =>
    asked(rule, ...args).map(({ path, found }) => [path, found]);
  const path = `releases.chat-upgrade.${kind}`;
  const fields = (changed: Record<string, unknown>) => predicate(kind, changed);
  const without = only(kind, () => undefined);
  const add = `Then: ${producers[kind].command} --release <id> (${producers[kind].guide}).`;

  it("is over one kind of evidence, takes exceptions and gates production alone", () => {
    expect([rule.kind, rule.exceptions, rule.gates]).toEqual(["stack", true, "production"]);
  });

  it("accepts a release whose evidence passes, and refuses one without this kind", () => {
    expect(asked(rule)).toEqual([]);
    const edits = whole(promotion, without);
    expect(judged(rule, edits)).toEqual([
      {
        rule: rule.name,
        status: "violation",
        object: `the ${kind} evidence of release chat-upgrade`,
        path,
        found: `no ${kind} evidence`,
        allowed: `${kind} evidence about ${upgradeHash.slice(0, 12)}…, measured in staging`,
        remedy: `Let staging run exactly what production is to run, and measure it there. ${add}`,
        at: place(production, "lockstep:carries: [", "chat-upgrade", edits),
      },
    ]);
  });

  it("asks nothing of an update of staging", () => {
    expect(asked(rule, without, { tier: "staging" })).toEqual([]);
  });

  it("counts no other kind's evidence", () => {
    const another = kind === "eval" ? "drift" : "eval";
    expect(told(only(another, () => undefined))).toEqual([]);
  });

  it.each([
    ["{", "it is not JSON in UTF-8"],
    ["{}", "its predicateType is none that Lockstep knows"],
  ])("says why %j, a file of this kind, cannot be read", (text, why) => {
    const broken = `releases/chat-upgrade/evidence/${kind}-1.intoto.json`;
    expect(told(without, { files: { [broken]: text } })).toEqual([
      [path, `no ${kind} evidence that counts: ${broken} cannot be read: ${why}`],
    ]);
    expect(told(undefined, { files: { [broken]: text } })).toEqual([]);
  });

  it("does not count evidence about another behaviour hash, and says which one", () => {
    const change = only(kind, (made) => ({ ...made, hash: other }));
    const named = file.replace(upgradeHash.slice(0, 12), "b".repeat(12));
    expect(told(change)).toEqual([
      [path, `no ${kind} evidence that counts: ${named} is about another behaviour hash, bbbbbbbbbbbb…`],
    ]);
  });

  it.each([
    [{ environment: "production" }, "was measured in production, not in staging"],
    [
      { gateway: { before: other, after: upgradeHash } },
      "was measured on a gateway that reported another behaviour hash, bbbbbbbbbbbb…",
    ],
    [
      { gateway: { before: upgradeHash, after: other } },
      "was measured on a gateway that reported another behaviour hash, bbbbbbbbbbbb…",
    ],
    [
      { raw: { file: "gone.json", sha256: other } },
      `does not count: its raw output cannot be read: there is no file "releases/chat-upgrade/evidence/gone.json"`,
    ],
    [{ providers: "stub" }, "was measured against stand-ins for the providers"],
  ])("does not count evidence with %j", (changed, fault) => {
    expect(told(fields(changed))).toEqual([[path, `no ${kind} evidence that counts: ${file} ${fault}`]]);
  });

  it("does not count evidence whose raw output is another one now", () => {
    const raw = file.replace(".intoto.json", ".raw.json");
    expect(told(undefined, { files: { [raw]: "something else" } })).toEqual([
      [
        path,
        `no ${kind} evidence that counts: ${file} does not count: its raw output, ${raw}, has another SHA-256 than it says`,
      ],
    ]);
  });

  it("counts evidence from stand-ins for the providers where a setting accepts them", () => {
    expect(told(fields({ providers: "stub" }), { trust: { stubProviders: "accept" } })).toEqual([]);
  });

  it("is not asked where a setting leaves the kind out, and only then", () => {
    const all = rows.map((row) => row.kind);
    const rest = all.filter((one) => one !== kind);
    expect(asked(rule, without, { trust: { requiredKinds: rest } })).toEqual([]);
    expect(told(without, { trust: { requiredKinds: [kind] } })).toEqual([[path, `no ${kind} evidence`]]);
  });

  it("judges the newest evidence that counts, whatever its name", () => {
    const stub = (fault: Record<string, unknown>, ended: string): Entries =>
      evidenceOf({ ...promotion, ended }, fields(fault));
    const later = earlier(measured, -minute);
    const sooner = earlier(measured, minute);
    const fault = { inconclusive: ["The intervals overlap."] };
    expect(told(undefined, { files: stub(fault, sooner) })).toEqual([]);
    expect(told(undefined, { files: stub(fault, later) })).toEqual([
      [`${path}.inconclusive`, "inconclusive: The intervals overlap."],
    ]);
    expect(told(undefined, { files: stub({ providers: "stub" }, later) })).toEqual([]);
  });

  it(`takes evidence of up to ${days} days, and tells the age of what is older, at the evidence`, () => {
    const at = (milliseconds: number) => {
      const ended = earlier(now, days * day + milliseconds);
      return { ended, of: { ...promotion, ended } };
    };
    expect(asked(rule, undefined, { of: at(0).of })).toEqual([]);
    expect(told(undefined, { of: at(1).of }).map(([one]) => one)).toEqual([`${path}.maxAgeDays`]);
    const { ended, of } = at(day / 2);
    expect(asked(rule, undefined, { of })).toEqual([
      {
        rule: rule.name,
        status: "violation",
        object: `the ${kind} evidence of release chat-upgrade, maxAgeDays`,
        path: `${path}.maxAgeDays`,
        found: `evidence of ${ended}, ${days}.5 days old`,
        allowed: `at most ${days} days`,
        remedy: `Measure again. ${add}`,
        at: { file: evidenceFile(kind, of), line: 1, column: 1 },
      },
    ]);
  });

  it("takes a lower age as a setting, and none above that of the acceptance criteria", () => {
    const of = { ...promotion, ended: earlier(now, 2 * day) };
    expect(told(undefined, { of, settings: { maximumAgeDays: 2 } })).toEqual([]);
    expect(
      asked(rule, undefined, { of, settings: { maximumAgeDays: 1.5 } }).map(({ found, allowed }) => [
        found,
        allowed,
      ]),
    ).toEqual([["evidence of 2026-11-19T12:00:00.000Z, 2 days old", "at most 1.5 days"]]);
    const old = { ...promotion, ended: earlier(now, days * day + 1) };
    expect(told(undefined, { of: old, settings: { maximumAgeDays: 90 } })).toHaveLength(1);
  });

  it.each([
    [{}, true],
    [{ maximumAgeDays: 90 }, true],
    [{ maximumAgeDays: 90.1 }, false],
    [{ maximumAgeDays: 0.1 }, true],
    [{ maximumAgeDays: 0 }, false],
    [{ maximumAge: 1 }, false],
  ])("knows whether %j can be its settings", (settings, can) => {
    expect(rule.settings?.safeParse(settings).success).toBe(can);
  });

  it("lets a clock be five minutes ahead, and no more", () => {
    const ahead = (milliseconds: number) => ({ ...promotion, ended: earlier(now, -milliseconds) });
    expect(told(undefined, { of: ahead(5 * minute) })).toEqual([]);
    const of = ahead(5 * minute + 1);
    expect(asked(rule, undefined, { of })).toEqual([
      {
        rule: rule.name,
        status: "violation",
        object: `the ${kind} evidence of release chat-upgrade, ended`,
        path: `${path}.ended`,
        found: "2026-11-21T12:05:00.001Z, which is in the future",
        allowed: "a time that has been",
        remedy: `Measure again. ${add}`,
        at: { file: evidenceFile(kind, of), line: 1, column: 1 },
      },
    ]);
  });

  it("refuses a measurement that started after its end, and accepts one that took no time", () => {
    expect(told(fields({ started: measured }))).toEqual([]);
    const started = earlier(measured, -1);
    expect(
      asked(rule, fields({ started })).map((one) => [one.path, one.found, one.allowed, one.remedy]),
    ).toEqual([
      [
        `${path}.started`,
        "2026-11-20T12:00:00.001Z, after its end at 2026-11-20T12:00:00Z",
        "a start before the end",
        `Measure again. ${add}`,
      ],
    ]);
  });

  it(`asks for ${samples} samples`, () => {
    expect(told(fields({ samples }))).toEqual([]);
    const group = (value: number) => value.toLocaleString("en-US");
    expect(
      asked(rule, fields({ samples: samples - 1 })).map((one) => [
        one.path,
        one.found,
        one.allowed,
        one.remedy,
      ]),
    ).toEqual([
      [
        `${path}.samples`,
        `${group(samples - 1)} samples`,
        `at least ${group(samples)}`,
        `Measure more. ${add}`,
      ],
    ]);
  });

  it(repeats === undefined ? "asks for no repeats" : `asks for ${repeats} repeats`, () => {
    expect(told(fields({ repeats: repeats ?? 1 }))).toEqual([]);
    if (repeats === undefined) return;
    const allowed = `at least ${repeats} repeats: temperature zero is not deterministic`;
    const findings = (count: number) =>
      asked(rule, fields({ repeats: count })).map((one) => [one.path, one.found, one.allowed, one.remedy]);
    expect(findings(1)).toEqual([
      [`${path}.repeats`, "one repeat of each, of something random", allowed, `Measure more. ${add}`],
    ]);
    if (repeats > 2)
      expect(findings(2)).toEqual([
        [`${path}.repeats`, "2 repeats of each", allowed, `Measure more. ${add}`],
      ]);
  });

  it("takes what does not decide for no pass, one finding a reason", () => {
    expect(
      asked(rule, fields({ inconclusive: ["The intervals overlap.", "A region was down."] })).map((one) => [
        one.path,
        one.found,
        one.allowed,
        one.remedy,
      ]),
    ).toEqual(
      ["The intervals overlap.", "A region was down."].map((reason) => [
        `${path}.inconclusive`,
        `inconclusive: ${reason}`,
        "a measurement that decides",
        `Measure again, with more samples. ${add}`,
      ]),
    );
  });

  it("reports all that is wrong at once", () => {
    const ended = earlier(now, 40 * day);
    expect(
      told(fields({ samples: 0, inconclusive: ["A region was down."] }), {
        of: { ...promotion, ended },
      }).map(([one]) => one),
    ).toEqual([`${path}.maxAgeDays`, `${path}.samples`, `${path}.inconclusive`]);
  });

  it("lets an exception cover the finding that it names, and no other", () => {
    const edits = (named: string) => [
      ...whole(promotion, fields({ samples: 0, inconclusive: ["A region was down."] })),
      except(rule.name, named),
    ];
    const statuses = (named: string) =>
      judged(rule, edits(named)).map((one) => [one.path, one.status, one.exception?.owner]);
    expect(statuses(`${path}.samples`)).toEqual([
      [`${path}.samples`, "exempted", "Ada Example"],
      [`${path}.inconclusive`, "violation", undefined],
    ]);
    expect(statuses(path)).toEqual([
      [`${path}.samples`, "violation", undefined],
      [`${path}.inconclusive`, "violation", undefined],
    ]);
  });

  it(`${comparesWithProduction ? "is not" : "is"} asked of a first release`, () => {
    expect(told(undefined, { of: first })).toEqual([]);
    expect(told(without, { of: first })).toEqual(
      comparesWithProduction ? [] : [[`releases.initial.${kind}`, `no ${kind} evidence`]],
    );
  });

  it(`${comparesWithProduction ? "is not" : "is"} asked of a closed first release, at the time of closing`, () => {
    expect(told(undefined, { of: steady })).toEqual([]);
    // A year later nothing has to be measured anew.
    expect(told(undefined, { of: steady, now: "2027-11-21T12:00:00Z" })).toEqual([]);
    const aged = (milliseconds: number): Scene => ({
      ...steady,
      ended: earlier(firstClosed, days * day + milliseconds),
    });
    expect(told(undefined, { of: aged(0) })).toEqual([]);
    const { ended } = aged(day / 2);
    expect(told(undefined, { of: aged(day / 2) })).toEqual(
      comparesWithProduction
        ? []
        : [[`releases.initial.${kind}.maxAgeDays`, `evidence of ${ended}, ${days}.5 days old`]],
    );
    const edits = whole(steady, without);
    expect(judged(rule, edits).map((one) => [one.object, one.path, one.at])).toEqual(
      comparesWithProduction
        ? []
        : [
            [
              `the ${kind} evidence of release initial`,
              `releases.initial.${kind}`,
              place("releases/initial/release.yaml", "changes: []", "closed:", edits),
            ],
          ],
    );
  });

  it("says nothing about a production that no release proves", () => {
    const of = { ...steady, pair: { ...steady.pair, releases: new Map() } };
    expect(asked(rule, without, { of })).toEqual([]);
  });

  describe("with trusted keys", () => {
    const [key, edwards, foreign] = [ecdsa("prime256v1"), ed25519(), ed25519()];
    const trust = { trustedKeys: [key.publicKey, edwards.publicKey] };
    /** The evidence of this kind in an envelope. */
    const signed = (privateKey: string): Entries =>
      Object.fromEntries(
        Object.entries(evidenceOf(promotion)).map(([one, text]) =>
          one === file
            ? [file.replace(".intoto.json", ".dsse.json"), signEnvelope(Buffer.from(text), privateKey)]
            : [one, text],
        ),
      );
    const envelope = file.replace(".intoto.json", ".dsse.json");

    it("counts no plain evidence, and says that it has to be signed", () => {
      expect(asked(rule, undefined, { trust }).map((one) => [one.path, one.found, one.allowed])).toEqual([
        [
          path,
          `no ${kind} evidence that counts: ${file} is not signed`,
          `signed ${kind} evidence about ${upgradeHash.slice(0, 12)}…, measured in staging`,
        ],
      ]);
    });

    it.each([
      ["an ECDSA key", key],
      ["an Ed25519 key", edwards],
    ])("counts what %s among them signed", (_, { privateKey }) => {
      expect(told(without, { trust, files: signed(privateKey) })).toEqual([]);
      expect(told(without, { files: signed(privateKey) })).toEqual([]);
    });

    it("does not count what another key signed, or what was changed afterwards", () => {
      const untrusted = [[path, `no ${kind} evidence that counts: ${envelope} is signed by no trusted key`]];
      expect(told(without, { trust, files: signed(foreign.privateKey) })).toEqual(untrusted);
      const text = signed(key.privateKey)[envelope] ?? "";
      const decoded = decodeEnvelope(Buffer.from(text));
      if ("why" in decoded) throw new Error(decoded.why);
      const payload = Buffer.from(decoded.payload).toString("utf8").replace('"vitest"', '"vitesse"');
      const forged = JSON.stringify({
        ...JSON.parse(text),
        payload: Buffer.from(payload).toString("base64"),
      });
      expect(told(without, { trust, files: { ...signed(key.privateKey), [envelope]: forged } })).toEqual(
        untrusted,
      );
    });
  });
});

describe("where production carries two releases", () => {
  const second = `id: second
owner: Ada Example
created: "2026-11-16"
state: open
changes:
  - path: behaviour.retrieval.topK
    from: 8
    to: 10
`;
  const both = scene("chat-upgrade", measured, [
    ...promotion.edits,
    append("releases/second/release.yaml", second),
    ...[staging, production].map((stack) =>
      replace(stack, "lockstep:carries: [chat-upgrade]", "lockstep:carries: [chat-upgrade, second]"),
    ),
  ]);

  it("the evidence of either counts, when it is about the hash of both", () => {
    expect(asked(evalsPassed, undefined, { of: both })).toEqual([]);
    expect(asked(evalsPassed, undefined, { of: { ...both, release: "second" } })).toEqual([]);
    expect(asked(evalsPassed, undefined, { of: { ...both, release: "initial" } })).toHaveLength(1);
    const alone = evidenceOf(promotion);
    const missing = only("eval", () => undefined);
    expect(asked(evalsPassed, missing, { of: both, files: alone }).map(({ found }) => found)).toEqual([
      `no eval evidence that counts: ${evidenceFile("eval")} is about another behaviour hash, ${upgradeHash.slice(0, 12)}…`,
    ]);
  });

  it("the last one names what is missing, and its line is shown", () => {
    const edits = whole(
      both,
      only("eval", () => undefined),
    );
    expect(judged(evalsPassed, edits).map(({ object, path, at }) => [object, path, at])).toEqual([
      [
        "the eval evidence of release second",
        "releases.second.eval",
        place(production, "lockstep:carries: [chat-upgrade, ", "second", edits),
      ],
    ]);
  });
});

it("the retrieval evidence is not asked where no retrieval is configured", () => {
  const { production: own } = promotion.pair;
  const { retrieval: _, ...behaviour } = own.config.behaviour;
  const pair = { ...promotion.pair, production: { ...own, config: { ...own.config, behaviour } } };
  const missing = only("retrieval", () => undefined);
  expect(asked(retrievalFresh, missing, { of: { ...promotion, pair } })).toEqual([]);
  expect(asked(retrievalFresh, missing)).toHaveLength(1);
});
