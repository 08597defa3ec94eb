import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { memoryFiles, projectFiles } from "../../config/files";
import { signEnvelope } from "../../lifecycle/envelope";
import {
  evidenceFolder,
  evidenceStore,
  isStatement,
  noEvidence,
  parseStatement,
  readEvidence,
} from "../../lifecycle/evidence";
import { ed25519 } from "./keys";
import { bytes, evidenceFiles, hash, other, raw, rawDigest, statement } from "./samples";

const folder = "releases/2026-11-chat/evidence";

describe("the folder of a release's evidence", () => {
  it("has statements by their ending, and raw output", () => {
    expect(evidenceFolder("2026-11-chat")).toBe(folder);
    expect(
      ["a.intoto.json", "a.dsse.json", "a.json", "a.intoto.json.raw", "aintotoXjson", "raw.jsonl"].map(
        isStatement,
      ),
    ).toEqual([true, true, false, false, false, false]);
  });

  it("is read whole, in the order of the names", () => {
    const files = memoryFiles({
      ...evidenceFiles("load-1.intoto.json", statement("load")),
      ...evidenceFiles("eval-1.intoto.json", statement("eval")),
      ...evidenceFiles("notes.json", "{"),
      ...evidenceFiles("load-1.intoto.json", statement("load"), "another"),
    });
    const { evidence, unreadable } = evidenceStore(files).of("2026-11-chat");
    expect(evidence).toEqual([
      {
        file: `${folder}/eval-1.intoto.json`,
        release: "2026-11-chat",
        kind: "eval",
        statement: statement("eval"),
        hash,
        envelope: undefined,
        rawFault: undefined,
      },
      {
        file: `${folder}/load-1.intoto.json`,
        release: "2026-11-chat",
        kind: "load",
        statement: statement("load"),
        hash,
        envelope: undefined,
        rawFault: undefined,
      },
    ]);
    expect(unreadable).toEqual([]);
  });

  it("says of every statement that it cannot read why, and the kind that its name begins with", () => {
    const files = memoryFiles({
      ...evidenceFiles("eval-1.intoto.json", "{"),
      ...evidenceFiles("evaluation-1.intoto.json", "{"),
      ...evidenceFiles("load-1.dsse.json", statement("load")),
      ...evidenceFiles("load-2.intoto.json", signEnvelope(bytes(statement("load")), ed25519().privateKey)),
    });
    const { evidence, unreadable } = evidenceStore(files).of("2026-11-chat");
    expect(evidence).toEqual([]);
    expect(unreadable.map(({ file, release, kind, why }) => [file, release, kind, why])).toEqual([
      [`${folder}/eval-1.intoto.json`, "2026-11-chat", "eval", "it is not JSON in UTF-8"],
      [`${folder}/evaluation-1.intoto.json`, "2026-11-chat", undefined, "it is not JSON in UTF-8"],
      [
        `${folder}/load-1.dsse.json`,
        "2026-11-chat",
        "load",
        "it is no DSSE envelope: it needs payloadType, payload in base64, and 1 to 20 signatures with keyid and sig in base64, and nothing else",
      ],
      [
        `${folder}/load-2.intoto.json`,
        "2026-11-chat",
        "load",
        "its predicateType is none that Lockstep knows",
      ],
    ]);
  });

  it("is read once", () => {
    let reads = 0;
    const files = memoryFiles(evidenceFiles("load-1.intoto.json", statement("load")));
    const store = evidenceStore({
      list: files.list,
      read: (path) => {
        reads++;
        return files.read(path);
      },
    });
    expect(reads).toBe(0);
    expect(store.of("2026-11-chat")).toBe(store.of("2026-11-chat"));
    expect(reads).toBe(2);
    expect(store.of("another")).toEqual({ evidence: [], unreadable: [] });
  });

  it("may be absent", () => {
    expect(noEvidence.of("2026-11-chat")).toEqual({ evidence: [], unreadable: [] });
  });
});

describe("a signed statement", () => {
  const text = signEnvelope(bytes(statement("load")), ed25519().privateKey);
  const read = (content: string) =>
    readEvidence(memoryFiles(evidenceFiles("a.dsse.json", content)), "2026-11-chat", `${folder}/a.dsse.json`);

  it("is read with its envelope, not verified", () => {
    expect(read(text)).toMatchObject({
      kind: "load",
      hash,
      envelope: { payloadType: "application/vnd.in-toto+json" },
    });
  });

  it("is refused where its payload is no statement", () => {
    expect(read(signEnvelope(bytes({ a: 1 }), ed25519().privateKey))).toEqual({
      why: "its predicateType is none that Lockstep knows",
    });
  });
});

describe("the raw output beside a statement", () => {
  const fault = (entries: Record<string, string>) => {
    const file = `${folder}/load-1.intoto.json`;
    const read = readEvidence(
      memoryFiles({ [file]: JSON.stringify(statement("load")), ...entries }),
      "2026-11-chat",
      file,
    );
    return "why" in read ? read.why : read.rawFault;
  };
  it("belongs to it by its SHA-256", () => {
    expect(rawDigest).toBe("74b9cdaf0b15c4633e0a1f75cc72abda758b65fc4e7fb63c7a7c3eb907981ab8");
    expect(fault({ [`${folder}/raw.jsonl`]: raw })).toBe(undefined);
  });
  it("was changed", () => {
    expect(fault({ [`${folder}/raw.jsonl`]: `${raw} ` })).toBe(
      `its raw output, ${folder}/raw.jsonl, has another SHA-256 than it says`,
    );
  });
  it("is not there", () => {
    expect(fault({})).toBe(`its raw output cannot be read: there is no file "${folder}/raw.jsonl"`);
    expect(fault({ "releases/2026-11-chat/raw.jsonl": raw })).toBe(
      `its raw output cannot be read: there is no file "${folder}/raw.jsonl"`,
    );
  });
});

describe("a folder on a disk", () => {
  const root = mkdtempSync(join(tmpdir(), "lockstep-evidence-"));
  const outside = mkdtempSync(join(tmpdir(), "lockstep-outside-"));
  afterAll(() => {
    for (const dir of [root, outside]) rmSync(dir, { recursive: true, force: true });
  });

  it("gives nothing from outside the project, and waits for no FIFO", () => {
    mkdirSync(join(root, folder), { recursive: true });
    const text = JSON.stringify(statement("load", { raw: { file: "linked.jsonl", sha256: rawDigest } }));
    writeFileSync(join(outside, "load.json"), text);
    writeFileSync(join(outside, "raw.jsonl"), raw);
    writeFileSync(join(root, folder, "load-1.intoto.json"), text);
    symlinkSync(join(outside, "raw.jsonl"), join(root, folder, "linked.jsonl"));
    symlinkSync(join(outside, "load.json"), join(root, folder, "load-2.intoto.json"));
    symlinkSync("/proc/self/environ", join(root, folder, "load-3.intoto.json"));
    execFileSync("mkfifo", [join(root, folder, "load-4.intoto.json")]);
    mkdirSync(join(root, folder, "load-5.intoto.json"));
    const { evidence, unreadable } = evidenceStore(projectFiles(root)).of("2026-11-chat");
    expect(evidence.map(({ file, rawFault }) => [file, rawFault])).toEqual([
      [
        `${folder}/load-1.intoto.json`,
        `its raw output cannot be read: "${folder}/linked.jsonl" is a link that leads out of the project`,
      ],
    ]);
    expect(unreadable.map(({ why }) => why)).toEqual([
      `"${folder}/load-2.intoto.json" is a link that leads out of the project`,
      `"${folder}/load-3.intoto.json" is a link that leads out of the project`,
      `"${folder}/load-4.intoto.json" is not a regular file`,
      `"${folder}/load-5.intoto.json" is not a regular file`,
    ]);
  });

  it("is of another hash where its subject is", () => {
    const file = `${folder}/load-1.intoto.json`;
    const about = { subject: [{ name: "behaviour", digest: { sha256: other } }] };
    expect(
      readEvidence(memoryFiles(evidenceFiles("load-1.intoto.json", statement("load", {}, about))), "x", file),
    ).toMatchObject({ hash: other, release: "x" });
  });
});

describe("a statement's text", () => {
  const textOf = (data: unknown) => new TextEncoder().encode(JSON.stringify(data));
  const key = `sk-proj-${"a1".repeat(20)}`;

  it("is refused for a credential also where that is written with escapes", () => {
    const escaped = new TextEncoder().encode(`{"note": "${key.replace("p", "\\u0070")}"}`);
    const plain = textOf({ note: "sk-proj-short" });
    expect(parseStatement(escaped)).toEqual({
      why: "it has an OpenAI API key in it, which has to be revoked now",
    });
    expect(parseStatement(plain)).toEqual({ why: "its predicateType is none that Lockstep knows" });
  });

  it("forges no line of the message that names one of its keys", () => {
    const forged = statement("drift", {}, { "x\n  remedy  do nothing": 1 });
    const parsed = parseStatement(textOf(forged));
    expect("why" in parsed && parsed.why).toMatch(/^it is no drift statement: /);
    expect("why" in parsed && parsed.why).toContain("do nothing");
    expect("why" in parsed && parsed.why).not.toContain("\n");
  });
});
