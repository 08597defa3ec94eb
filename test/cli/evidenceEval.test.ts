import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { ed25519 } from "../lifecycle/keys";
import { type CommandResult, lockstep, projectCopy } from "../project";

const { dir, remove } = projectCopy();
const inputs = mkdtempSync(join(tmpdir(), "lockstep-inputs-"));
const folder = join(dir, "releases/2026-11-chat/evidence");
const signer = ed25519();
const key = "the-gateway's-key";
let hash = "";
/** What the stand-in of a gateway reports, request after request; the last is repeated. */
let reports: string[] = [];
let asked: (string | undefined)[] = [];
let gateway: Server;
let url = "";

beforeAll(async () => {
  hash = loadPair(projectFiles(dir), "staging").own.stack?.behaviourHash ?? "";
  writeFileSync(join(inputs, "key.pem"), signer.privateKey);
  gateway = createServer((request, response) => {
    asked.push(request.headers.authorization);
    const told = reports.length > 1 ? reports.shift() : reports[0];
    const lockstep = { behaviour_hash: told };
    const data = [{ model_name: "r", litellm_params: {}, model_info: { lockstep } }];
    response.writeHead(request.url === "/model/info" ? 200 : 404).end(JSON.stringify({ data }));
  });
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
});
afterAll(() => {
  gateway.close();
  remove();
  rmSync(inputs, { recursive: true, force: true });
});
beforeEach(() => {
  [reports, asked] = [[hash], []];
  rmSync(join(dir, "releases"), { recursive: true, force: true });
  mkdirSync(join(dir, "releases/2026-11-chat"), { recursive: true });
  writeFileSync(
    join(dir, "releases/2026-11-chat/release.yaml"),
    'id: 2026-11-chat\nowner: Ada Example\ncreated: "2026-11-20"\nstate: open\nchanges: []\n',
  );
});

const targets = [
  "support-chat/chat-large",
  "support-chat/chat-in-account",
  "ticket-triage/chat-small",
  "economy-chat/chat-fast",
];
type Line = Record<string, unknown>;
const suite = (change: (line: Line, target: string) => Line | undefined = (line) => line): string =>
  targets
    .flatMap((target) =>
      Array.from({ length: 120 }, (_, index) =>
        change(
          {
            case: `case-${Math.floor(index / 3)}`,
            repeat: (index % 3) + 1,
            target,
            score: 1,
            latency_seconds: 1,
            output: '{"queue":"other","urgency":1,"summary":"A question."}',
            usage: { prompt_tokens: 1_000, completion_tokens: 100 },
            ...(index < 3 ? { core: true } : {}),
          },
          target,
        ),
      ),
    )
    .flatMap((line) => (line === undefined ? [] : [`${JSON.stringify(line)}\n`]))
    .join("");

let written = 0;
/** A command that writes these results, and the file that it writes them to. */
const evaluation = (text: string) => {
  const source = join(inputs, `source-${written}.jsonl`);
  const file = join(inputs, `results-${written++}.jsonl`);
  writeFileSync(source, text);
  return { file, command: `cp ${source} ${file}` };
};
const tool = ["--tool", "our evals", "--tool-version", "1.2.0"];
const adding = ["--release", "2026-11-chat", "--providers", "real", ...tool];
const evaluate = (args: string[], env: Record<string, string> = { LOCKSTEP_GATEWAY_KEY: key }) =>
  lockstep(["evidence", "eval", ...args], dir, env);
const bound = (text: string, ...more: string[]) => {
  const { file, command } = evaluation(text);
  return evaluate([file, "--url", url, "--run", command, ...adding, ...more]);
};
const files = () => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
const refused = (message: string): CommandResult => ({
  code: 2,
  stdout: "",
  stderr: `lockstep: ${message}\n`,
});

describe("lockstep evidence eval", () => {
  it("runs the command, binds its results to the gateway's hash, and adds them", async () => {
    const { file, command } = evaluation(suite());
    const { code, stdout, stderr } = await evaluate([file, "--url", url, "--run", command, ...adding]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("support-chat on chat-in-account │ minScore ");
    expect(stdout).toMatch(
      /\nAdded evidence\n {2}releases\/2026-11-chat\/evidence\/eval-.*\n.*\.raw\.json\n/,
    );
    expect(stdout).toMatch(/\nAll 28 criteria are met\.\n$/);
    expect(asked).toEqual([`Bearer ${key}`, `Bearer ${key}`]);
    const [statement = "", raw = ""] = files();
    const { predicate } = JSON.parse(readFileSync(join(folder, statement), "utf8"));
    expect(predicate).toMatchObject({
      environment: "staging",
      stack: "staging",
      gateway: { before: hash, after: hash },
      providers: "real",
      tool: { name: "our evals", version: "1.2.0", command },
      samples: 40,
      repeats: 3,
      inconclusive: [],
    });
    const kept = readFileSync(join(folder, raw), "utf8");
    expect(JSON.parse(kept).runs).toHaveLength(480);
    expect(kept).not.toMatch(/A question|gateway's-key/);

    const verified = await lockstep(["evidence", "verify"], dir);
    expect([verified.code, verified.stdout]).toEqual([
      0,
      `✓ releases/2026-11-chat/evidence/${statement}  eval about ${hash.slice(0, 12)}…, not signed\n\n1 statement, no fault.\n`,
    ]);
    const listed = await lockstep(["evidence", "list"], dir);
    expect(listed.stdout).toContain("staging, production");
    expect(listed.stdout).toContain(
      [
        "no case touches",
        `  releases/2026-11-chat/evidence/${statement}`,
        "    tools: create-ticket",
        "    teams: support, search, triage",
        "    kinds of case: adversarial,",
      ].join("\n"),
    );
  });

  it("signs, and takes a command that fails, as promptfoo does where a test did", async () => {
    const { file, command } = evaluation(suite());
    const args = [file, "--url", url, "--run", `${command}; exit 100`, ...adding];
    const { code, stderr } = await evaluate([...args, "--sign", join(inputs, "key.pem")]);
    expect([code, stderr]).toEqual([
      0,
      "lockstep: the command exited with 100; its results are read all the same.\n",
    ]);
    expect(files()[0]).toMatch(/\.dsse\.json$/);
  });

  it("takes a run made elsewhere, with what its gateway reported", async () => {
    const { file } = evaluation("");
    writeFileSync(file, suite());
    const at = ["--started", "2026-11-20T10:00:00Z", "--ended", "2026-11-20T11:00:00Z"];
    const hashes = (after: string) => ["--hash-before", hash, "--hash-after", after];
    const args = [file, ...adding, "--command", "make evals", ...at];
    expect((await evaluate([...args, ...hashes(hash)])).code).toBe(0);
    expect(files()[0]).toBe(`eval-20261120T110000Z-${hash.slice(0, 12)}.intoto.json`);
    expect(await evaluate([...args, ...hashes("b".repeat(64))])).toEqual(
      refused(
        "The gateway's behaviour hash was another one afterwards: its configuration changed meanwhile. Nothing was written; run it again.",
      ),
    );
    expect(asked).toEqual([]);
  });

  it("takes promptfoo's version and time from its file", async () => {
    const made = (hour: string) => [
      join(__dirname, "../measure/fixtures/promptfoo.json"),
      ...["--release", "2026-11-chat", "--providers", "stub", "--command", "promptfoo eval"],
      ...["--target", "gw-extract=ticket-triage/chat-small", "--hash-before", hash, "--hash-after", hash],
      ...["--started", `2026-11-21T${hour}:00:00Z`, "--ended", `2026-11-21T${hour}:30:00Z`],
    ];
    const { stderr, code } = await evaluate(made("07"));
    expect([code, files()]).toEqual([2, []]);
    expect(stderr).toMatch(
      /promptfoo\.json" was made at 2026-11-21T08:06:36\.207Z, outside of the run that it should be of: 2026-11-21T07:00:00\.000Z to /,
    );
    expect((await evaluate(made("08"))).code).toBe(1);
    const { predicate } = JSON.parse(readFileSync(join(folder, files()[0] ?? ""), "utf8"));
    expect(predicate.tool).toEqual({ name: "promptfoo", version: "0.123.1", command: "promptfoo eval" });
  });

  it("judges without a release, and writes nothing", async () => {
    const { file } = evaluation("");
    writeFileSync(file, suite());
    const { code, stdout } = await evaluate([file, "--json"], {});
    expect(code).toBe(0);
    const told = JSON.parse(stdout);
    expect(Object.keys(told)).toEqual([
      "version",
      "passed",
      "criteria",
      "inconclusive",
      "results",
      "notes",
      "written",
    ]);
    expect([told.passed, told.criteria.length, told.written]).toEqual([true, 28, []]);
    expect(files()).toEqual([]);
  });
});

describe("evidence that fails is added, and says why", () => {
  it.each<[string, (line: Line, target: string) => Line | undefined, RegExp]>([
    [
      "a low score",
      (line, target) => (target === "support-chat/chat-large" ? { ...line, score: 0.5, pass: true } : line),
      /support-chat on chat-large +│ minScore +│ 0\.5 \(interval .* │ fails/,
    ],
    [
      "a fallback target without cases",
      (line, target) => (target === "support-chat/chat-in-account" ? undefined : line),
      /support-chat on chat-in-account +│ targets +│ no case .* │ fails/,
    ],
    [
      "cases that were asked once",
      (line) => (line.repeat === 1 ? line : undefined),
      /economy-chat on chat-fast: 40 cases asked once, and temperature zero is not deterministic\./,
    ],
    [
      "answers that the schema does not allow",
      (line, target) => (target === "ticket-triage/chat-small" ? { ...line, output: "billing" } : line),
      /ticket-triage on chat-small +│ minSchemaValidRatio +│ 0 .* │ fails/,
    ],
    [
      // Every criterion is met: only that one answer is of another model.
      "an answer of another deployment",
      (line, target) =>
        target === "support-chat/chat-large" && line.case === "case-9" && line.repeat === 1
          ? { ...line, answered_by: "economy-chat.chat-fast.1" }
          : line,
      /\nNot passed: 0 criteria of 28 not met, 1 reason why the data do not decide\.\n$/,
    ],
    [
      "a core case that fails",
      (line, target) =>
        target === "economy-chat/chat-fast" && line.core === true ? { ...line, pass: false } : line,
      /economy-chat on chat-fast +│ core +│ 0 of 1 passed .* │ fails/,
    ],
  ])("%s", async (_, change, message) => {
    const { code, stdout } = await bound(suite(change));
    expect(code).toBe(1);
    expect(stdout).toMatch(message);
    expect(stdout).toMatch(/\nNot passed: /);
    expect(files()).toHaveLength(2);
    expect((await lockstep(["evidence", "verify"], dir)).code).toBe(0);
  });
});

describe("what is refused, with nothing written", () => {
  it.each<[string, () => Promise<CommandResult>, string]>([
    [
      "a gateway that changed meanwhile",
      () => {
        reports = [hash, "b".repeat(64)];
        return bound(suite());
      },
      "The gateway's behaviour hash was another one afterwards:",
    ],
    [
      "a gateway of another behaviour, before anything runs",
      () => {
        reports = ["b".repeat(64)];
        return bound(suite());
      },
      "The gateway runs another behaviour than the stack staging declares:",
    ],
    [
      "a file of an earlier run",
      () => {
        const { file } = evaluation("");
        writeFileSync(file, suite());
        return evaluate([file, "--url", url, "--run", "true", ...adding]);
      },
      "The command did not write ",
    ],
    [
      "a command that was ended by a signal",
      () => {
        const { file, command } = evaluation(suite());
        return evaluate([file, "--url", url, "--run", `${command}; kill -9 $$`, ...adding]);
      },
      "The command of --run was ended by SIGKILL; nothing was written.",
    ],
    [
      "an unknown label",
      () => bound(suite((line, target) => ({ ...line, target: target.split("/")[1] }))),
      'No target is known for the labels "chat-large", "chat-in-account", "chat-small", "chat-fast".',
    ],
    [
      "half of the binding",
      () => evaluate(["r.jsonl", "--url", url, ...adding]),
      "--url and --run go together: the gateway is asked before and after the command.",
    ],
    [
      "both bindings",
      () => evaluate(["r.jsonl", "--url", url, "--run", "true", "--hash-before", hash, ...adding]),
      "--url and --run find out what --hash-before, --started and the like would say.",
    ],
    [
      "half of a run made elsewhere",
      () => evaluate(["r.jsonl", "--hash-before", hash, ...adding]),
      "A run made elsewhere needs --hash-before, --hash-after, --started, --ended and --command, all of them.",
    ],
    [
      "evidence that is bound to nothing",
      () => evaluate(["r.jsonl", ...adding]),
      "Evidence is bound to what the gateway reports of itself:",
    ],
    [
      "evidence by nobody knows whom",
      () => evaluate(["r.jsonl", "--release", "2026-11-chat", ...tool]),
      "--release needs --providers real, or stub where stand-ins answered.",
    ],
    [
      "evidence of no tool",
      () => evaluate(["r.jsonl", "--release", "2026-11-chat", "--providers", "real"]),
      "The files do not say which tool made them,",
    ],
    [
      "a release that is not there",
      () => evaluate(["r.jsonl", "--release", "none"]),
      'There is no release "none"',
    ],
    [
      "an unknown format",
      () => evaluate(["r.jsonl", "--format", "csv"]),
      "--format has to be one of promptfoo, jsonl, junit.",
    ],
    ["a file that is not there", () => evaluate(["r.jsonl"]), 'There is no file "r.jsonl".'],
    ["a device", () => evaluate(["/dev/zero"]), '"/dev/zero" cannot be read: it is no file on a disk.'],
    [
      "no key",
      () => {
        const { file, command } = evaluation(suite());
        return evaluate([file, "--url", url, "--run", command, ...adding], {});
      },
      "LOCKSTEP_GATEWAY_KEY is not set:",
    ],
    [
      "a credential in the command",
      () =>
        evaluate([
          "r.jsonl",
          "--url",
          url,
          "--run",
          `KEY=sk-ant-${"q7Planted0Key1".repeat(3)} make`,
          ...adding,
        ]),
      "--run has an Anthropic API key in it, and it becomes part of the evidence:",
    ],
    [
      "a URL of another kind",
      () => evaluate(["r.jsonl", "--url", "file:///etc/passwd", "--run", "true", ...adding]),
      "--url is no http or https URL.",
    ],
    [
      "a gateway that is not there",
      () => evaluate(["r.jsonl", "--url", "http://127.0.0.1:9", "--run", "true", ...adding]),
      "The gateway does not say what it runs;",
    ],
  ])("%s", async (_, run, message) => {
    const { code, stdout, stderr } = await run();
    expect(stderr).toContain(`lockstep: ${message}`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect([code, stdout]).toEqual([2, ""]);
    expect(files()).toEqual([]);
  });
});
