import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { canonicalJson } from "../../config/hash";
import { addEvidence, EvidenceError, type NewEvidence, statementFaults } from "../../lifecycle/addEvidence";
import { decodeEnvelope, signEnvelope, trustedSigners } from "../../lifecycle/envelope";
import { kindNames } from "../../lifecycle/kind";
import type { Statement } from "../../lifecycle/statement";
import { statementFiles, verifyEvidence } from "../../lifecycle/verifyEvidence";
import { WriteError } from "../../lifecycle/write";
import { ed25519, rsa } from "./keys";
import { bytes, hash, now, other, raw, rawDigest, results, statement } from "./samples";

const root = mkdtempSync(join(tmpdir(), "lockstep-add-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const folder = "releases/2026-11-chat/evidence";
const key = ed25519();
const secret = `sk-ant-${"q7Planted0Key1Value2".repeat(2)}`;

beforeEach(() => {
  rmSync(join(root, "releases"), { recursive: true, force: true });
  for (const id of ["2026-11-chat", "broken"]) mkdirSync(join(root, "releases", id), { recursive: true });
  writeFileSync(
    join(root, "releases/2026-11-chat/release.yaml"),
    'id: 2026-11-chat\nowner: Ada Example\ncreated: "2026-11-20"\nstate: open\nchanges: []\n',
  );
  writeFileSync(join(root, "releases/broken/release.yaml"), "id: [\n");
});

const { raw: _, ...predicate } = statement("load").predicate as Record<string, unknown>;

const given = (changes: Partial<NewEvidence> = {}, changed: Record<string, unknown> = {}): NewEvidence => ({
  release: "2026-11-chat",
  measured: { kind: "load", predicate: { ...predicate, ...changed } },
  raw: { bytes: Buffer.from(raw), extension: ".jsonl" },
  now,
  ...changes,
});
const complete = (content: unknown): Pick<NewEvidence, "measured"> => ({
  measured: {
    statement:
      typeof content === "string"
        ? new TextEncoder().encode(content)
        : content instanceof Uint8Array
          ? content
          : bytes(content),
  },
});

const written = () =>
  readdirSync(join(root, "releases"), { recursive: true }).filter((file) => /evidence/.test(`${file}`));
const read = (path: string) => readFileSync(join(root, path), "utf8");
function failure(evidence: NewEvidence): string {
  try {
    addEvidence(root, evidence);
  } catch (error) {
    expect(written()).toEqual([]);
    return error instanceof EvidenceError || error instanceof WriteError
      ? `${error.name}: ${error.message}`
      : `another error: ${String(error)}`;
  }
  return "none";
}

const stem = "load-20261120T120000Z-aaaaaaaaaaaa";

describe("a measurement", () => {
  it("becomes a statement and its raw output beside it", () => {
    expect(addEvidence(root, given())).toEqual({
      file: `${folder}/${stem}.intoto.json`,
      raw: `${folder}/${stem}.raw.jsonl`,
      kind: "load",
      hash,
      signed: false,
    });
    expect(readdirSync(join(root, folder))).toEqual([`${stem}.intoto.json`, `${stem}.raw.jsonl`]);
    const expected = statement("load", { raw: { file: `${stem}.raw.jsonl`, sha256: rawDigest } });
    expect(read(`${folder}/${stem}.intoto.json`)).toBe(`${JSON.stringify(expected, null, 2)}\n`);
    expect(read(`${folder}/${stem}.raw.jsonl`)).toBe(raw);
  });

  it.each(kindNames)("of the kind %s is taken, and verified as it stands", (kind) => {
    const { file } = addEvidence(
      root,
      given({ measured: { kind, predicate: { ...predicate, results: results[kind] } } }),
    );
    expect(file).toBe(`${folder}/${kind}-20261120T120000Z-aaaaaaaaaaaa.intoto.json`);
    expect(verifyEvidence(projectFiles(root), file, [], now).faults).toEqual([]);
  });

  it("is taken although it failed, or does not decide: that is evidence too", () => {
    const failed = { results: { ...results.load, errorRatio: 1 }, inconclusive: ["Too few."], samples: 0 };
    expect(failure(given({}, failed))).toBe("none");
  });

  it.each([
    ["2026-11-20T12:00:00Z", "load-20261120T120000Z"],
    ["2026-11-20T12:00:00.999Z", "load-20261120T120000Z"],
    ["2026-11-20T12:00:00.123456789Z", "load-20261120T120000Z"],
  ])("that ended at %s is named %s", (ended, name) => {
    expect(addEvidence(root, given({}, { ended })).file).toBe(`${folder}/${name}-aaaaaaaaaaaa.intoto.json`);
  });

  it.each([
    [".jsonl", ".raw.jsonl"],
    ["", ".raw"],
    [".GZ", ".raw.GZ"],
    [".abcdefghij", ".raw.abcdefghij"],
    [".abcdefghijk", ".raw"],
    [".a/b", ".raw"],
    [".a b", ".raw"],
    [".a.b", ".raw"],
    ["x", ".raw"],
  ])("has raw output with the extension %j as %s", (extension, ending) => {
    const { raw: file } = addEvidence(root, given({ raw: { bytes: Buffer.from(raw), extension } }));
    expect(file).toBe(`${folder}/${stem}${ending}`);
  });

  it("is signed over its canonical JSON", () => {
    const added = addEvidence(root, given({ signingKey: key.privateKey }));
    expect(added).toMatchObject({ file: `${folder}/${stem}.dsse.json`, signed: true });
    const result = decodeEnvelope(readFileSync(join(root, added.file)));
    if ("why" in result) throw new Error(result.why);
    const expected = statement("load", { raw: { file: `${stem}.raw.jsonl`, sha256: rawDigest } });
    expect(Buffer.from(result.payload).toString()).toBe(canonicalJson(expected));
    expect(trustedSigners(result.envelope, [key.publicKey])).toHaveLength(1);
  });

  it("overwrites nothing", () => {
    addEvidence(root, given());
    const before = read(`${folder}/${stem}.intoto.json`);
    const twice = () => addEvidence(root, given({}, { samples: 9_000 }));
    expect(twice).toThrow(
      new WriteError(`There is a file ${folder}/${stem}.intoto.json already: nothing was written.`),
    );
    expect(read(`${folder}/${stem}.intoto.json`)).toBe(before);
    // The raw output is there: then there is no new statement either.
    rmSync(join(root, `${folder}/${stem}.intoto.json`));
    expect(twice).toThrow(
      new WriteError(`There is a file ${folder}/${stem}.raw.jsonl already: nothing was written.`),
    );
    expect(readdirSync(join(root, folder))).toEqual([`${stem}.raw.jsonl`]);
  });

  it("does not leave the project by a link", () => {
    const outside = mkdtempSync(join(tmpdir(), "lockstep-outside-"));
    symlinkSync(outside, join(root, folder));
    expect(() => addEvidence(root, given())).toThrow(
      new WriteError(
        `"${folder}/${stem}.intoto.json" leads out of the project by a link: nothing was written.`,
      ),
    );
    expect(readdirSync(outside)).toEqual([]);
    rmSync(outside, { recursive: true });
  });
});

describe("a measurement that is not taken", () => {
  const noId = "is no release id: it has 2 to 60 characters, a-z, 0-9 and single dashes.";
  it.each([
    ["other", "There is no release other (releases/other/release.yaml)."],
    [
      "broken",
      "The release broken cannot be read: lockstep preview says what is wrong with releases/broken/release.yaml.",
    ],
    ["../2026-11-chat", `"../2026-11-chat" ${noId}`],
    ["/etc", `"/etc" ${noId}`],
    ["", `"" ${noId}`],
    ["Chat", `"Chat" ${noId}`],
  ])("is for the release %j", (release, words) => {
    expect(failure(given({ release }))).toBe(`EvidenceError: ${words}`);
  });

  const refused = "EvidenceError: The measurement cannot be added: ";
  it.each<[string, Record<string, unknown>, string]>([
    [
      "whose gateway changed meanwhile",
      { gateway: { before: hash, after: other } },
      "the gateway's behaviour hash was another one after the measurement: its configuration changed meanwhile",
    ],
    [
      "whose hash is none",
      { gateway: { before: "abc", after: "abc" } },
      "it is no load statement: subject[0].digest.sha256: a behaviour hash: 64 hexadecimal digits in lower case (and 2 more)",
    ],
    [
      "without a gateway",
      { gateway: undefined },
      "it is no load statement: subject[0].digest.sha256: a behaviour hash: 64 hexadecimal digits in lower case (and 1 more)",
    ],
    [
      "that ended before it started",
      { started: "2026-11-20T12:00:01Z" },
      "it started at 2026-11-20T12:00:01Z, after its end at 2026-11-20T12:00:00Z",
    ],
    [
      "that ended in the future",
      { ended: "2026-11-21T12:05:01Z" },
      "it ended at 2026-11-21T12:05:01Z, which is in the future",
    ],
    [
      "that ended at no time",
      { ended: "yesterday" },
      'it is no load statement: predicate.ended: a time in UTC ("2026-11-21T12:00:00Z")',
    ],
    [
      "with other results",
      { results: { ...results.load, requests: -1 } },
      "it is no load statement: predicate.results.requests: Too small: expected number to be >=0",
    ],
  ])("%s", (_, changed, words) => {
    expect(failure(given({}, changed))).toBe(`${refused}${words}.`);
  });

  it("save where it is exactly at the edge", () => {
    expect(failure(given({}, { started: "2026-11-20T12:00:00Z" }))).toBe("none");
    expect(failure(given({}, { ended: "2026-11-21T12:05:00Z" }))).toBe("none");
  });

  it.each<[string, NewEvidence, string]>([
    [
      "the raw output",
      given({ raw: { bytes: Buffer.from(`x ${secret} y`), extension: "" } }),
      "The raw output has an Anthropic API key in it",
    ],
    [
      "the raw output in UTF-16",
      given({ raw: { bytes: Buffer.from(secret, "utf16le"), extension: "" } }),
      "The raw output has an Anthropic API key in it",
    ],
    [
      "the raw output in base64",
      given({ raw: { bytes: Buffer.from(Buffer.from(secret).toString("base64")), extension: "" } }),
      "The raw output has an Anthropic API key in base64 in it",
    ],
    [
      "the command",
      given({}, { tool: { name: "k6", version: "1", command: `k6 ${secret}` } }),
      "What was measured has an Anthropic API key in it",
    ],
    [
      "an unknown key of the results",
      given({}, { results: { ...results.load, note: secret } }),
      "What was measured has an Anthropic API key in it",
    ],
  ])("because of a credential in %s", (_, evidence, words) => {
    const message = failure(evidence);
    expect(message).toBe(
      `EvidenceError: ${words}: revoke it now, since it was written down, and measure without it.`,
    );
    expect(message).not.toContain("Planted");
  });

  it("because its raw output is larger than 4 MiB", () => {
    const sized = (size: number) => given({ raw: { bytes: Buffer.alloc(size, 10), extension: ".txt" } });
    expect(failure(sized(4 * 1024 * 1024 + 1))).toBe("EvidenceError: The raw output is larger than 4 MiB.");
    expect(failure(sized(4 * 1024 * 1024))).toBe("none");
  });

  it("because the statement is larger than 4 MiB, which nobody would read", () => {
    const dimension = { name: "n".repeat(100), psi: 0.1 };
    const missing = Array(1_000).fill("x".repeat(300)) as string[];
    const traffic = { ...results.traffic, dimensions: Array(200).fill(dimension), missing };
    expect(
      failure(given({ measured: { kind: "traffic", predicate: { ...predicate, results: traffic } } })),
    ).toBe("none");
    const differences = Array(10_000).fill({ fault: "429", route: "chat", difference: "x".repeat(1_000) });
    const routing = { ...results.routing, differences };
    rmSync(join(root, folder), { recursive: true });
    expect(
      failure(given({ measured: { kind: "routing", predicate: { ...predicate, results: routing } } })),
    ).toBe("EvidenceError: The statement is larger than 4 MiB: put the details into the raw output.");
  });

  it("because of its signing key", () => {
    expect(failure(given({ signingKey: key.publicKey }))).toBe(
      "EvidenceError: The signing key is no private key in PEM without a password.",
    );
    expect(failure(given({ signingKey: rsa().privateKey }))).toBe(
      "EvidenceError: The signing key cannot be used: it is a key of the type rsa; a key has to be Ed25519 or ECDSA P-256.",
    );
  });
});

describe("a statement that another tool made", () => {
  const refused = "EvidenceError: The statement cannot be added: ";

  it("keeps the name of its raw output, and gets a name like the others", () => {
    expect(addEvidence(root, given(complete(statement("load"))))).toEqual({
      file: `${folder}/${stem}.intoto.json`,
      raw: `${folder}/raw.jsonl`,
      kind: "load",
      hash,
      signed: false,
    });
    expect(read(`${folder}/${stem}.intoto.json`)).toBe(`${JSON.stringify(statement("load"), null, 2)}\n`);
  });

  it("is kept in its envelope, byte for byte", () => {
    const envelope = JSON.stringify(JSON.parse(signEnvelope(bytes(statement("load")), key.privateKey)));
    expect(addEvidence(root, given(complete(envelope)))).toMatchObject({
      file: `${folder}/${stem}.dsse.json`,
      signed: true,
    });
    expect(read(`${folder}/${stem}.dsse.json`)).toBe(envelope);
  });

  it("is signed where it is not yet, and not twice", () => {
    const envelope = signEnvelope(bytes(statement("load")), key.privateKey);
    expect(failure(given({ ...complete(envelope), signingKey: key.privateKey }))).toBe(
      "EvidenceError: The statement is signed already: leave the signing key out.",
    );
    expect(
      addEvidence(root, given({ ...complete(statement("load")), signingKey: key.privateKey })).file,
    ).toBe(`${folder}/${stem}.dsse.json`);
  });

  it.each<[string, unknown, string]>([
    ["no JSON", "{", `${refused}it is not JSON in UTF-8.`],
    ["a list", "[]", `${refused}it is no JSON object.`],
    ["another predicate", { predicateType: "x" }, `${refused}its predicateType is none that Lockstep knows.`],
    [
      "a broken envelope",
      { payload: "e30=" },
      `${refused}it is no DSSE envelope: it needs payloadType, payload in base64, and 1 to 20 signatures with keyid and sig in base64, and nothing else.`,
    ],
    [
      "a credential",
      statement("load", { tool: { name: "k6", version: "1", command: secret } }),
      `${refused}it has an Anthropic API key in it, which has to be revoked now.`,
    ],
    [
      "raw output that would pass for a statement",
      statement("load", { raw: { file: "eval-1.intoto.json", sha256: rawDigest } }),
      `${refused}predicate.raw.file has a statement's ending.`,
    ],
    [
      "the digest of other raw output",
      statement("load", { raw: { file: "raw.jsonl", sha256: other } }),
      "EvidenceError: The raw output has another SHA-256 than the statement says.",
    ],
    [
      "a gateway that reported another hash than its subject",
      statement("load", { gateway: { before: other, after: other } }),
      "EvidenceError: The measurement cannot be added: the gateway reported another behaviour hash than the one that the statement is about.",
    ],
  ])("is refused with %s", (_, content, words) => {
    expect(failure(given(complete(content)))).toBe(words);
  });
});

describe("what makes a statement worthless", () => {
  it("is told whole", () => {
    const faults = statementFaults(
      statement("load", {
        gateway: { before: hash, after: other },
        started: "2026-11-23T00:00:00Z",
        ended: "2026-11-22T00:00:00Z",
      }) as unknown as Statement,
      now,
    );
    expect(faults).toEqual([
      "the gateway's behaviour hash was another one after the measurement: its configuration changed meanwhile",
      "it started at 2026-11-23T00:00:00Z, after its end at 2026-11-22T00:00:00Z",
      "it ended at 2026-11-22T00:00:00Z, which is in the future",
    ]);
  });
});

describe("verifying", () => {
  const put = (name: string, content: string) => {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, name), content);
    return `${folder}/${name}`;
  };
  const faults = (file: string, ...trusted: string[]) =>
    verifyEvidence(projectFiles(root), file, trusted, now).faults;

  it("finds the statements of all releases, or of one", () => {
    put("b.intoto.json", "{");
    put("a.dsse.json", "{");
    put("raw.jsonl", raw);
    mkdirSync(join(root, "releases/broken/evidence"));
    writeFileSync(join(root, "releases/broken/evidence/c.intoto.json"), "{");
    const files = projectFiles(root);
    const own = [`${folder}/a.dsse.json`, `${folder}/b.intoto.json`];
    expect(statementFiles(files)).toEqual([...own, "releases/broken/evidence/c.intoto.json"]);
    expect(statementFiles(files, "2026-11-chat")).toEqual(own);
    expect(statementFiles(files, "other")).toEqual([]);
  });

  it("says who signed a statement", () => {
    const { file } = addEvidence(root, given({ signingKey: key.privateKey }));
    const fingerprint = JSON.parse(read(file)).signatures[0].keyid as string;
    const verified = verifyEvidence(projectFiles(root), file, [ed25519().publicKey, key.publicKey], now);
    expect([verified.file, verified.signers, verified.faults]).toEqual([file, [fingerprint], []]);
    expect(verified.evidence?.release).toBe("2026-11-chat");
    expect(faults(file)).toEqual([]);
    expect(faults(file, ed25519().publicKey)).toEqual(["it is signed by no trusted key"]);
  });

  it("asks for a signature once a key is trusted", () => {
    const { file } = addEvidence(root, given());
    expect(faults(file)).toEqual([]);
    expect(faults(file, key.publicKey)).toEqual(["it is not signed"]);
  });

  it("tells everything that is wrong", () => {
    const file = put(
      "load-1.intoto.json",
      JSON.stringify(statement("load", { gateway: { before: other, after: other } })),
    );
    expect(faults(file, key.publicKey)).toEqual([
      "the gateway reported another behaviour hash than the one that the statement is about",
      `its raw output cannot be read: there is no file "${folder}/raw.jsonl"`,
      "it is not signed",
    ]);
    expect(verifyEvidence(projectFiles(root), put("x.intoto.json", "{"), [], now)).toEqual({
      file: `${folder}/x.intoto.json`,
      evidence: undefined,
      signers: [],
      faults: ["it is not JSON in UTF-8"],
    });
  });

  it("looks for credentials in the raw output, which nobody else reads", () => {
    const leaked = `${raw}${secret}`;
    const digest = createHash("sha256").update(leaked).digest("hex");
    const file = put(
      "load-1.intoto.json",
      JSON.stringify(statement("load", { raw: { file: "raw.jsonl", sha256: digest } })),
    );
    put("raw.jsonl", leaked);
    expect(faults(file)).toEqual([
      "its raw output has an Anthropic API key in it, which has to be revoked now",
    ]);
  });
});
