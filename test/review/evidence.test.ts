import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { signEnvelope } from "../../lifecycle/envelope";
import { evidenceStore } from "../../lifecycle/evidence";
import { verifyEvidence } from "../../lifecycle/verifyEvidence";
import { ageText, countsText, evidenceListText, listEvidence, verifiedText } from "../../review/evidence";
import { paint } from "../../review/terminal";
import { ed25519 } from "../lifecycle/keys";
import { bytes, evidenceFiles, hash, now, other, results, statement } from "../lifecycle/samples";
import { obeyed, uncoloured } from "./uncoloured";

const plain = paint(false);
const folder = "releases/2026-11-chat/evidence";
const key = ed25519();
const fingerprint = (
  JSON.parse(signEnvelope(bytes({}), key.privateKey)) as { signatures: [{ keyid: string }] }
).signatures[0].keyid;

const entries = {
  ...evidenceFiles("eval-1.intoto.json", statement("eval", { samples: 480, providers: "stub" })),
  ...evidenceFiles("load-1.intoto.json", statement("load", { ended: "2026-11-21T11:59:00.5Z" })),
  ...evidenceFiles("load-2.dsse.json", signEnvelope(bytes(statement("load")), key.privateKey)),
  ...evidenceFiles("load-3.dsse.json", signEnvelope(bytes(statement("load")), ed25519().privateKey)),
  ...evidenceFiles("load-4.intoto.json", "{"),
};
const targets = [
  { stack: "staging", hash },
  { stack: "production", hash: other },
];
const list = (files: Record<string, string>, trustedKeys: string[] = [], to = targets) =>
  listEvidence(
    evidenceStore(memoryFiles(files)),
    ["2026-11-chat", "other"],
    to,
    { trustedKeys, stubProviders: "refuse" },
    now,
  );

describe("the list of evidence", () => {
  it("has what no case of an evaluation touches", () => {
    const untouched = {
      routes: [],
      fallbacks: [{ route: "chat", fallback: "economy" }],
      tools: ["lookup"],
      teams: [],
      kinds: ["empty", "pii-leakage"],
    };
    const made = statement("eval", { results: { ...results.eval, untouched } });
    const { evidence } = list(evidenceFiles("eval-1.intoto.json", made));
    expect(evidence[0]?.untouched).toEqual([
      "fallbacks: economy in the place of chat",
      "tools: lookup",
      "kinds of case: empty, pii-leakage",
    ]);
    expect(evidenceListText({ evidence, unreadable: [] }, plain)).toContain(
      [
        "no case touches",
        `  ${folder}/eval-1.intoto.json`,
        "    fallbacks: economy in the place of chat",
        "    tools: lookup",
        "    kinds of case: empty, pii-leakage",
      ].join("\n"),
    );
    expect(list(evidenceFiles("eval-1.intoto.json", statement("eval"))).evidence[0]).not.toHaveProperty(
      "untouched",
    );
  });

  it("is a table, and below it why something does not count", () => {
    expect(evidenceListText(list(entries, [key.publicKey]), plain)).toBe(
      [
        "release       kind  about         environment      ended                   age  samples  signed by       counts for",
        "2026-11-chat  eval  aaaaaaaaaaaa  staging (stubs)  2026-11-20T12:00:00Z  1 day      480  –               none",
        "2026-11-chat  load  aaaaaaaaaaaa  staging          2026-11-21T11:59:00Z  0 min    6,000  –               none",
        `2026-11-chat  load  aaaaaaaaaaaa  staging          2026-11-20T12:00:00Z  1 day    6,000  ${fingerprint.slice(0, 12)}    staging`,
        "2026-11-chat  load  aaaaaaaaaaaa  staging          2026-11-20T12:00:00Z  1 day    6,000  no trusted key  none",
        "",
        "does not count",
        `  ${folder}/eval-1.intoto.json`,
        "    for staging: it was measured against stand-ins for the providers",
        "    for production: it is about another behaviour hash, aaaaaaaaaaaa…",
        `  ${folder}/load-1.intoto.json`,
        "    for staging: it is not signed",
        "    for production: it is about another behaviour hash, aaaaaaaaaaaa…",
        `  ${folder}/load-2.dsse.json`,
        "    for production: it is about another behaviour hash, aaaaaaaaaaaa…",
        `  ${folder}/load-3.dsse.json`,
        "    for staging: it is signed by no trusted key",
        "    for production: it is about another behaviour hash, aaaaaaaaaaaa…",
        "",
        "cannot be read",
        `  ${folder}/load-4.intoto.json`,
        "    it is not JSON in UTF-8",
      ].join("\n"),
    );
  });

  it("says what counts for several stacks, and one reason for all of them once", () => {
    const three = ["a", "b", "c"].map((stack) => ({ stack, hash }));
    const one = { "releases/2026-11-chat/evidence/raw.jsonl": "one line of raw output\n" };
    const load = { ...one, [`${folder}/load-1.intoto.json`]: JSON.stringify(statement("load")) };
    expect(evidenceListText(list(load, [], three), plain).split("\n")[1]).toMatch(/ {2}a, b, c$/);
    expect(evidenceListText(list(load, [key.publicKey], three), plain)).toMatch(
      /\n {4}for a, b and c: it is not signed$/,
    );
    expect(evidenceListText(list(load, [], []), plain).split("\n")).toHaveLength(2);
  });

  it("has only the unreadable where nothing else is there, or says that there is nothing", () => {
    expect(evidenceListText(list(evidenceFiles("load-4.intoto.json", "{")), plain)).toBe(
      `cannot be read\n  ${folder}/load-4.intoto.json\n    it is not JSON in UTF-8`,
    );
    expect(evidenceListText(list({}), plain)).toBe("There is no evidence yet.");
  });

  it("has everything as data", () => {
    const { evidence, unreadable } = list(entries, [key.publicKey]);
    expect(evidence[2]).toEqual({
      file: `${folder}/load-2.dsse.json`,
      release: "2026-11-chat",
      kind: "load",
      hash,
      environment: "staging",
      stack: "staging",
      providers: "real",
      ended: "2026-11-20T12:00:00Z",
      ageDays: 1,
      samples: 6_000,
      repeats: 3,
      signed: true,
      signedBy: [fingerprint],
      counts: [
        { stack: "staging" },
        { stack: "production", fault: "is about another behaviour hash, aaaaaaaaaaaa…" },
      ],
    });
    expect(unreadable).toEqual([
      { file: `${folder}/load-4.intoto.json`, release: "2026-11-chat", why: "it is not JSON in UTF-8" },
    ]);
  });

  it("obeys nothing that stands in a file or in its name", () => {
    const hostile = "load-\u001b[2J\u202e\n.intoto.json";
    const text = evidenceListText(
      list({
        ...evidenceFiles(hostile, "{"),
        ...evidenceFiles("load-1.intoto.json", statement("load", { results: { "\u001b[2J": 1 } })),
        ...evidenceFiles(`x${hostile}`, statement("load")),
      }),
      paint(true),
    );
    for (const line of uncoloured(text).split("\n")) expect(line).not.toMatch(obeyed);
    expect(text).toContain("load-\\u{1b}[2J\\u{202e}\\u{a}.intoto.json");
  });
});

describe("an age", () => {
  it.each([
    [-0.0001, "in the future"],
    [0, "0 min"],
    [0.5 / 24, "30 min"],
    [0.999 / 24, "59 min"],
    [1 / 24, "1 h"],
    [23.9 / 24, "23 h"],
    [1, "1 day"],
    [1.99, "1 day"],
    [2, "2 days"],
    [1_000, "1,000 days"],
  ])("of %d days is %s", (days, text) => {
    expect(ageText(days)).toBe(text);
  });
});

describe("for which stacks it counts", () => {
  it("is one line, and one for each reason", () => {
    expect(countsText([{ stack: "a" }, { stack: "b" }])).toEqual(["It counts for a and b."]);
    expect(countsText([{ stack: "a" }, { stack: "b", fault: "is not signed" }])).toEqual([
      "It counts for a.",
      "For b it is not signed.",
    ]);
    expect(
      countsText([
        { stack: "a", fault: "is x" },
        { stack: "b", fault: "is x" },
      ]),
    ).toEqual(["For a and b it is x."]);
    expect(countsText([])).toEqual([]);
  });
});

describe("what was verified", () => {
  const text = (trusted: string[], ...names: string[]) =>
    verifiedText(
      names.map((name) => verifyEvidence(memoryFiles(entries), `${folder}/${name}`, trusted, now)),
      plain,
    );

  it("is a line for each statement, with its faults below it", () => {
    expect(text([key.publicKey], "load-1.intoto.json", "load-2.dsse.json", "load-4.intoto.json")).toBe(
      [
        `✗ ${folder}/load-1.intoto.json`,
        "    it is not signed",
        `✓ ${folder}/load-2.dsse.json  load about aaaaaaaaaaaa…, signed by ${fingerprint.slice(0, 12)}`,
        `✗ ${folder}/load-4.intoto.json`,
        "    it is not JSON in UTF-8",
        "",
        "3 statements, 2 with faults.",
      ].join("\n"),
    );
  });

  it("says where no key is there to verify a signature by", () => {
    expect(text([], "load-1.intoto.json", "load-2.dsse.json")).toBe(
      [
        `✓ ${folder}/load-1.intoto.json  load about aaaaaaaaaaaa…, not signed`,
        `✓ ${folder}/load-2.dsse.json  load about aaaaaaaaaaaa…, signed, with no trusted key to verify it by`,
        "",
        "2 statements, no fault.",
      ].join("\n"),
    );
    expect(text([], "load-2.dsse.json")).toMatch(/\n1 statement, no fault\.$/);
  });

  it("is nothing where there is nothing", () => {
    expect(text([])).toBe("There is no evidence yet.");
  });
});
