import { execFileSync } from "node:child_process";
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
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { ed25519 } from "../lifecycle/keys";
import { other, raw, results, statement } from "../lifecycle/samples";
import { type CommandResult, lockstep, projectCopy } from "../project";

const { dir, remove } = projectCopy();
const inputs = mkdtempSync(join(tmpdir(), "lockstep-inputs-"));
const key = ed25519();
const secret = `sk-ant-${"q7Planted0Key1Value2".repeat(2)}`;
const folder = "releases/2026-11-chat/evidence";
let hash = "";

const input = (name: string, content: string | object): string => {
  const file = join(inputs, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
};

beforeAll(() => {
  hash = loadPair(projectFiles(dir), "staging").own.stack?.behaviourHash ?? "";
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  input("raw.jsonl", raw);
  input("load.json", results.load);
  input("key.pem", key.privateKey);
});
afterAll(() => {
  remove();
  rmSync(inputs, { recursive: true, force: true });
});
beforeEach(() => {
  rmSync(join(dir, "releases"), { recursive: true, force: true });
  rmSync(join(dir, "policies/config.json"), { force: true });
  mkdirSync(join(dir, "releases/2026-11-chat"), { recursive: true });
  writeFileSync(
    join(dir, "releases/2026-11-chat/release.yaml"),
    'id: 2026-11-chat\nowner: Ada Example\ncreated: "2026-11-20"\nstate: open\nchanges: []\n',
  );
});

const day = 86_400_000;
/** A time so many days ago, to the second. */
const ago = (days: number) => `${new Date(Date.now() - days * day).toISOString().slice(0, 19)}Z`;

type Options = Record<string, string | undefined>;
const options = (changes: Options = {}): string[] =>
  Object.entries({
    kind: "load",
    results: join(inputs, "load.json"),
    raw: join(inputs, "raw.jsonl"),
    release: "2026-11-chat",
    environment: "staging",
    stack: "staging",
    "hash-before": hash,
    "hash-after": hash,
    providers: "real",
    tool: "k6",
    "tool-version": "1.4.0",
    command: "k6 run load.js",
    started: ago(2),
    ended: ago(1.5),
    samples: "6000",
    repeats: "1",
    ...changes,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));

const add = (changes: Options = {}, ...more: string[]) =>
  lockstep(["evidence", "add", ...options(changes), ...more], dir);
const run = (...args: string[]) => lockstep(["evidence", ...args], dir);
const trust = (...trustedKeys: string[]) =>
  writeFileSync(join(dir, "policies/config.json"), JSON.stringify({ "production-proven": { trustedKeys } }));
const listed = () => {
  try {
    return readdirSync(join(dir, folder));
  } catch {
    return [];
  }
};
const stemOf = (ended: string, about = hash) => `load-${ended.replace(/[-:]/g, "")}-${about.slice(0, 12)}`;
const refused = (message: string): CommandResult => ({
  code: 2,
  stdout: "",
  stderr: `lockstep: ${message}\n`,
});

describe("lockstep evidence add", () => {
  it("puts a measurement and its raw output into the release's folder", async () => {
    const ended = ago(1.5);
    expect(await add({ ended }, "--inconclusive", "Too few.", "--inconclusive", "Too short.")).toEqual({
      code: 0,
      stdout: [
        `Added load evidence about ${hash.slice(0, 12)}…:`,
        `  ${folder}/${stemOf(ended)}.intoto.json`,
        `  ${folder}/${stemOf(ended)}.raw.jsonl`,
        "It counts for staging and production.",
        "",
      ].join("\n"),
      stderr: "",
    });
    expect(listed()).toEqual([`${stemOf(ended)}.intoto.json`, `${stemOf(ended)}.raw.jsonl`]);
    const { predicate } = JSON.parse(readFileSync(join(dir, folder, `${stemOf(ended)}.intoto.json`), "utf8"));
    expect(predicate).toMatchObject({
      tool: { name: "k6", version: "1.4.0", command: "k6 run load.js" },
      gateway: { before: hash, after: hash },
      samples: 6_000,
      repeats: 1,
      inconclusive: ["Too few.", "Too short."],
    });
  });

  it("signs, and says for which stack it counts", async () => {
    trust(key.publicKey);
    const signed = await add({ ended: ago(1), sign: join(inputs, "key.pem") });
    expect(signed.stdout).toMatch(
      /^Added signed load evidence .*\n.*\.dsse\.json\n.*\nIt counts for staging and production\.\n$/,
    );
    expect((await add({ ended: ago(1.25) })).stdout).toMatch(
      /\nFor staging and production it is not signed\.\n$/,
    );
    const about = await add({ ended: ago(1.5), "hash-before": other, "hash-after": other });
    expect(about.stdout).toMatch(
      /\nFor staging and production it is about another behaviour hash, bbbbbbbbbbbb…\.\n$/,
    );
  });

  it("takes the predicate from one file", async () => {
    const { raw: _, ...predicate } = statement("load", { gateway: { before: hash, after: hash } })
      .predicate as Record<string, unknown>;
    const file = input("predicate.json", predicate);
    const base = [
      "add",
      "--release",
      "2026-11-chat",
      "--raw",
      join(inputs, "raw.jsonl"),
      "--predicate",
      file,
    ];
    expect((await run(...base, "--kind", "load")).code).toBe(0);
    expect(listed()).toHaveLength(2);
    expect(await run(...base)).toEqual(
      refused(
        "--kind has to be one of eval, fingerprint, load, cache, retrieval, traffic, validity, routing, drift.",
      ),
    );
    expect(await run(...base, "--kind", "load", "--samples", "5", "--inconclusive", "Too few.")).toEqual(
      refused("--predicate says all that --samples, --inconclusive would say."),
    );
  });

  it("takes a complete statement, by a path relative to the current folder", async () => {
    const made = statement("load", {}, { subject: [{ name: "behaviour", digest: { sha256: hash } }] });
    const whole = input("made.json", {
      ...made,
      predicate: { ...(made.predicate as object), gateway: { before: hash, after: hash } },
    });
    writeFileSync(join(dir, "measured.txt"), raw);
    const base = ["evidence", "add", "--release", "2026-11-chat", "--raw"];
    const add = (rawFile: string, ...more: string[]) =>
      lockstep([...base, rawFile, "--statement", whole, ...more], join(dir, "prompts"));
    expect(await add("measured.txt")).toEqual(refused('There is no file "measured.txt".'));
    expect((await add("../measured.txt")).code).toBe(0);
    expect(listed()).toEqual([`load-20261120T120000Z-${hash.slice(0, 12)}.intoto.json`, "raw.jsonl"]);
    expect(await add("../measured.txt", "--kind", "load", "--tool-version", "1")).toEqual(
      refused("--statement says all that --kind, --tool-version would say."),
    );
  });

  it("says what is missing", async () => {
    expect(await add({ samples: undefined, "hash-before": undefined, kind: undefined })).toEqual(
      refused(
        "evidence add needs --kind, --hash-before, --samples too; or --predicate and --kind, or --statement, in their place.",
      ),
    );
    expect((await add({ release: undefined })).stderr).toBe(
      "error: required option '--release <id>' not specified\n",
    );
  });

  it.each<[string, () => Options, () => string]>([
    [
      "a configuration that changed during the measurement",
      () => ({ "hash-after": other }),
      () =>
        "The measurement cannot be added: the gateway's behaviour hash was another one after the measurement: its configuration changed meanwhile.",
    ],
    [
      "a hash that is none",
      () => ({ "hash-before": hash.slice(1) }),
      () => "--hash-before is no behaviour hash: 64 hexadecimal digits in lower case.",
    ],
    [
      "a hash in capitals afterwards",
      () => ({ "hash-after": hash.toUpperCase() }),
      () => "--hash-after is no behaviour hash: 64 hexadecimal digits in lower case.",
    ],
    [
      "a release that does not exist",
      () => ({ release: "2026-12-none" }),
      () => "There is no release 2026-12-none (releases/2026-12-none/release.yaml).",
    ],
    [
      "a release elsewhere",
      () => ({ release: "../.." }),
      () => '"../.." is no release id: it has 2 to 60 characters, a-z, 0-9 and single dashes.',
    ],
    ["half a sample", () => ({ samples: "1.5" }), () => "--samples has to be a whole number."],
    ["no number", () => ({ repeats: "many" }), () => "--repeats has to be a whole number."],
    [
      "an unknown kind",
      () => ({ kind: "vibes" }),
      () =>
        "--kind has to be one of eval, fingerprint, load, cache, retrieval, traffic, validity, routing, drift.",
    ],
    [
      "a credential in the results",
      () => ({ results: input("leak.json", { key: secret }) }),
      () => "The file of --results has an Anthropic API key in it: revoke it now, since it was written down.",
    ],
    [
      "a credential in the raw output",
      () => ({ raw: input("leak.txt", secret) }),
      () =>
        "The raw output has an Anthropic API key in it: revoke it now, since it was written down, and measure without it.",
    ],
    [
      "a credential in the command",
      () => ({ command: `k6 run -e KEY=${secret}` }),
      () =>
        "What was measured has an Anthropic API key in it: revoke it now, since it was written down, and measure without it.",
    ],
    [
      "results that are no JSON",
      () => ({ results: input("x.json", "{") }),
      () => "The file of --results is not JSON.",
    ],
    [
      "results that are a list",
      () => ({ results: input("x.json", "[]") }),
      () => "The file of --results is no JSON object.",
    ],
    [
      "results that are not there",
      () => ({ results: join(inputs, "none.json") }),
      () => `There is no file "${join(inputs, "none.json")}".`,
    ],
    [
      "raw output over 4 MiB",
      () => ({ raw: input("large.txt", "x".repeat(4 * 1024 * 1024 + 1)) }),
      () => `"${join(inputs, "large.txt")}" cannot be read: "large.txt" is larger than 4 MiB.`,
    ],
    [
      "a folder for a file",
      () => ({ raw: inputs }),
      () => `"${inputs}" cannot be read: "${inputs.split("/").at(-1)}" is not a regular file.`,
    ],
    [
      "a file of the kernel's",
      () => ({ raw: "/proc/self/environ" }),
      () => '"/proc/self/environ" cannot be read: it is no file on a disk.',
    ],
    [
      "a public key to sign with",
      () => ({ sign: input("public.pem", key.publicKey) }),
      () => "The signing key is no private key in PEM without a password.",
    ],
  ])("refuses %s", async (_, changes, message) => {
    const result = await add(changes());
    expect(result).toEqual(refused(message()));
    expect(listed()).toEqual([]);
    expect(result.stderr).not.toContain("Planted");
  });

  it("waits for no FIFO", async () => {
    const fifo = join(inputs, "fifo");
    execFileSync("mkfifo", [fifo]);
    expect(await add({ raw: fifo })).toEqual(
      refused(`"${fifo}" cannot be read: "fifo" is not a regular file.`),
    );
  });

  it("overwrites nothing", async () => {
    const ended = ago(1.5);
    expect((await add({ ended })).code).toBe(0);
    expect(await add({ ended, samples: "7000" })).toEqual(
      refused(`There is a file ${folder}/${stemOf(ended)}.intoto.json already: nothing was written.`),
    );
  });
});

describe("lockstep evidence list", () => {
  it("has a table, and says why something does not count; and exits 0", async () => {
    expect(await run("list")).toEqual({ code: 0, stdout: "There is no evidence yet.\n", stderr: "" });
    const [counting, not] = [ago(3), ago(2)];
    await add({ started: ago(4), ended: counting });
    await add({ started: ago(4), ended: not, providers: "stub" });
    writeFileSync(join(dir, folder, "eval-1.intoto.json"), "{");
    const about = hash.slice(0, 12);
    expect((await run("list")).stdout).toBe(
      [
        "release       kind  about         environment      ended                    age  samples  signed by  counts for",
        `2026-11-chat  load  ${about}  staging          ${counting}  3 days    6,000  –          staging, production`,
        `2026-11-chat  load  ${about}  staging (stubs)  ${not}  2 days    6,000  –          none`,
        "",
        "does not count",
        `  ${folder}/${stemOf(not)}.intoto.json`,
        "    for staging and production: it was measured against stand-ins for the providers",
        "",
        "cannot be read",
        `  ${folder}/eval-1.intoto.json`,
        "    it is not JSON in UTF-8",
        "",
      ].join("\n"),
    );
    const json = JSON.parse((await run("list", "--json", "--release", "2026-11-chat")).stdout);
    expect([json.version, json.evidence.length, json.unreadable.length]).toEqual([1, 2, 1]);
    expect(json.evidence[0].counts).toEqual([{ stack: "staging" }, { stack: "production" }]);
  });

  it("is asked about a release that is there", async () => {
    expect(await run("list", "--release", "none")).toEqual(
      refused('There is no release "none" in releases/.'),
    );
  });

  it("goes on where the pair cannot be read", async () => {
    const file = join(dir, "Pulumi.staging.yaml");
    const before = readFileSync(file, "utf8");
    await add();
    writeFileSync(file, `${before}\n  lockstep:limit: 1\n`);
    try {
      const { code, stdout, stderr } = await run("list");
      expect([code, stderr]).toEqual([
        0,
        'lockstep: the pair of "production" cannot be read, so what counts for it is not told.\n',
      ]);
      expect(stdout.split("\n")).toHaveLength(3);
    } finally {
      writeFileSync(file, before);
    }
  });

  it.each<[string, string, string]>([
    ["no JSON", "{", "policies/config.json is not JSON."],
    [
      "a private key that is trusted",
      JSON.stringify({ "production-proven": { trustedKeys: [key.privateKey] } }),
      "policies/config.json: production-proven: trustedKeys.0 cannot be used (it is a private key, which has to be replaced now; a trusted key is a public one).",
    ],
  ])("stops at settings with %s", async (_, text, message) => {
    writeFileSync(join(dir, "policies/config.json"), text);
    for (const command of ["list", "verify"]) expect(await run(command)).toEqual(refused(message));
  });
});

describe("lockstep evidence verify", () => {
  it("passes what add wrote, and shows the faults of what was changed", async () => {
    const ended = ago(1.5);
    await add({ ended });
    const file = `${folder}/${stemOf(ended)}.intoto.json`;
    const about = `${hash.slice(0, 12)}…`;
    expect(await run("verify")).toEqual({
      code: 0,
      stdout: `✓ ${file}  load about ${about}, not signed\n\n1 statement, no fault.\n`,
      stderr: "",
    });
    writeFileSync(join(dir, folder, `${stemOf(ended)}.raw.jsonl`), "changed");
    const fault = `its raw output, ${folder}/${stemOf(ended)}.raw.jsonl, has another SHA-256 than it says`;
    expect(await run("verify", file)).toEqual({
      code: 1,
      stdout: `✗ ${file}\n    ${fault}\n\n1 statement, 1 with faults.\n`,
      stderr: "",
    });
    expect(JSON.parse((await run("verify", "--json")).stdout)).toEqual({
      version: 1,
      passed: false,
      statements: [{ file, kind: "load", hash, signed: false, signedBy: [], faults: [fault] }],
    });
  });

  it("holds signatures against the trusted keys of the policies", async () => {
    await add({ sign: join(inputs, "key.pem") });
    expect((await run("verify")).stdout).toMatch(/, signed, with no trusted key to verify it by\n/);
    trust(key.publicKey);
    expect(await run("verify")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/, signed by [0-9a-f]{12}\n/),
    });
    trust(ed25519().publicKey);
    expect(await run("verify")).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/\n {4}it is signed by no trusted key\n/),
    });
  });

  it("reads a path as the shell's folder has it", async () => {
    await add({ ended: ago(1.5) });
    const [name = ""] = listed();
    expect((await lockstep(["evidence", "verify", name], join(dir, folder))).code).toBe(0);
    expect((await lockstep(["evidence", "verify", `../evidence/${name}`], join(dir, folder))).code).toBe(0);
  });

  it("reads nothing outside the project, and waits for no FIFO", async () => {
    const outside = input("outside.intoto.json", statement("load"));
    mkdirSync(join(dir, folder), { recursive: true });
    symlinkSync(outside, join(dir, folder, "link.intoto.json"));
    execFileSync("mkfifo", [join(dir, folder, "fifo.intoto.json")]);
    const cases: [string, string][] = [
      ["../..", '"../.." leads out of the project: name a statement inside it.'],
      ["../x.intoto.json", '"../x.intoto.json" leads out of the project: name a statement inside it.'],
      [outside, `"${outside}" leads out of the project: name a statement inside it.`],
      ["/proc/self/environ", '"/proc/self/environ" leads out of the project: name a statement inside it.'],
      ["Pulumi.yaml", '"Pulumi.yaml" is no statement: its name ends in .intoto.json or .dsse.json.'],
      [".", '"." is no statement: its name ends in .intoto.json or .dsse.json.'],
      ["none.intoto.json", 'It cannot be verified: there is no file "none.intoto.json".'],
      [
        `${folder}/link.intoto.json`,
        `It cannot be verified: "${folder}/link.intoto.json" is a link that leads out of the project.`,
      ],
      [
        `${folder}/fifo.intoto.json`,
        `It cannot be verified: "${folder}/fifo.intoto.json" is not a regular file.`,
      ],
    ];
    for (const [path, message] of cases) expect(await run("verify", path)).toEqual(refused(message));
    // Among all of them they are faults, each with its reason.
    expect(await run("verify")).toEqual({
      code: 1,
      stdout: [
        `✗ ${folder}/fifo.intoto.json`,
        `    "${folder}/fifo.intoto.json" is not a regular file`,
        `✗ ${folder}/link.intoto.json`,
        `    "${folder}/link.intoto.json" is a link that leads out of the project`,
        "",
        "2 statements, 2 with faults.",
        "",
      ].join("\n"),
      stderr: "",
    });
  });
});

describe("lockstep evidence", () => {
  it.each([
    [["evidence"], "Usage: lockstep evidence"],
    [["evidence", "keygen"], "unknown command"],
    [["evidence", "list", "--all"], "unknown option"],
    [["--cwd", "/", "evidence", "verify"], "There is no Pulumi.yaml"],
  ])("%j exits 2", async (args, words) => {
    const { code, stdout, stderr } = await lockstep(args, dir);
    expect([code, stdout + stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});
