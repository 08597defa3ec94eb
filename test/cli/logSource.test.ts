import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { copies } from "../../cli/logSource";
import { pairOf } from "../components/shippedEnvironment";
import { lockstep, projectCopy, startLockstep } from "../project";

const copy = projectCopy();
const stubs = mkdtempSync(join(tmpdir(), "lockstep-stub-aws-"));
/** What the stub is asked, one line of JSON each. */
const asked = join(stubs, "asked");
/** The bucket, as folders. */
const bucket = join(stubs, "bucket");
const temporary = join(stubs, "tmp");
afterAll(() => {
  copy.remove();
  rmSync(stubs, { recursive: true, force: true });
});

/** Stands for the AWS CLI: notes its arguments, and copies a day from the folder that is the bucket. */
function aws(then = ""): void {
  writeFileSync(
    join(stubs, "aws"),
    `#!/usr/bin/env node
const fs = require("node:fs");
const args = process.argv.slice(2);
fs.appendFileSync(${JSON.stringify(asked)}, JSON.stringify(args) + "\\n");
${then}
const [, , from, to] = args;
const source = ${JSON.stringify(bucket)} + from.slice("s3:/".length);
if (fs.existsSync(source)) fs.cpSync(source, to, { recursive: true });
`,
  );
  chmodSync(join(stubs, "aws"), 0o755);
}
const env = (path = `${stubs}:${process.env.PATH}`) => ({ PATH: path, TMPDIR: temporary });

const record = (id: string, hash: string) =>
  JSON.stringify({
    id,
    call_type: "acompletion",
    status: "success",
    startTime: Date.parse("2026-11-20T10:30:00Z") / 1000,
    endTime: Date.parse("2026-11-20T10:30:01Z") / 1000,
    model_group: "support-chat",
    prompt_tokens: 100,
    completion_tokens: 10,
    response_cost: 0.001,
    metadata: { usage_object: { prompt_tokens_details: { cached_tokens: 64 } } },
    response: { choices: [{ finish_reason: "stop", message: { content: "Yes." } }] },
    lockstep: { behaviour_hash: hash },
  });

beforeEach(() => {
  rmSync(asked, { force: true });
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  const day = join(bucket, "example-requests/requests/2026-11-20");
  mkdirSync(day, { recursive: true });
  writeFileSync(join(day, "time-10-30-00-0_a.json"), record("a", pairOf().staging.behaviourHash));
  aws();
});
const cache = (place: string, args: string[] = [], path?: string) =>
  lockstep(["evidence", "cache", "--log", place, "--json", ...args], copy.dir, env(path));
const hours = ["--from", "2026-11-20T10:00:00Z", "--until", "2026-11-20T12:00:00Z"];

describe("a log in a bucket", () => {
  it("is copied with the AWS CLI, only its hours, and the copy does not stay", async () => {
    const { stdout, stderr } = await cache("s3://example-requests/requests/", hours);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout).results.patterns[0]).toMatchObject({ route: "support-chat", requests: 1 });
    const [args = ""] = readFileSync(asked, "utf8").split("\n");
    const told = JSON.parse(args) as string[];
    expect(told.toSpliced(3, 1)).toEqual([
      ...["s3", "cp", "s3://example-requests/requests/2026-11-20/", "--recursive", "--only-show-errors"],
      ...["--exclude", "*", "--include", "time-10-*", "--include", "time-11-*"],
    ]);
    expect(told[3]).toMatch(new RegExp(`^${temporary}/lockstep-log-\\w{6}/2026-11-20$`));
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("is asked for a day at a time", () => {
    const seconds = (time: string) => Date.parse(time) / 1000;
    const range = { from: seconds("2026-11-19T23:30:00Z"), until: seconds("2026-11-21T00:00:00Z") };
    const of = (day: string) => [
      "s3",
      "cp",
      `s3://b/r/${day}/`,
      `/f/${day}`,
      "--recursive",
      "--only-show-errors",
    ];
    expect(copies("s3://b/r", "/f", range)).toEqual([
      [...of("2026-11-19"), "--exclude", "*", "--include", "time-23-*"],
      of("2026-11-20"),
    ]);
    expect(copies("s3://b/r", "/f", range, "chatcmpl-1")[1]).toEqual([
      ...of("2026-11-20"),
      ...["--exclude", "*", "--include", "time-*_chatcmpl-1.json"],
    ]);
    // What has a meaning in a pattern is none.
    expect(copies("s3://b/r", "/f", range, "a*")[1]).toEqual(of("2026-11-20"));
  });

  it.each<[string, string[], string]>([
    ["s3://", hours, '"s3://" names no bucket and prefix'],
    ["s3://example requests/r", hours, "names no bucket and prefix"],
    ["s3://example-requests/--r;ls", hours, "names no bucket and prefix"],
  ])("refuses %s", async (place, args, message) => {
    const { code, stdout, stderr } = await cache(place, args);
    expect(stderr).toContain(message);
    expect([code, stdout, existsSync(asked)]).toEqual([2, "", false]);
  });

  it("says what the AWS CLI says, without a credential in it", async () => {
    aws(
      'process.stderr.write("\\nfatal error: Unable to locate credentials AKIAIOSFODNN7EXAMPLE\\nmore\\n"); process.exit(1);',
    );
    const { code, stdout, stderr } = await cache("s3://example-requests/requests", hours);
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      "lockstep: The AWS CLI ended with 1: fatal error: Unable to locate credentials [hidden]\n",
    ]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("says where there is no AWS CLI", async () => {
    const { code, stderr } = await cache("s3://example-requests/requests", hours, "/nowhere");
    expect([code, stderr]).toEqual([
      2,
      "lockstep: A bucket is read with the AWS CLI, and there is no aws on the PATH: install it, or name a folder.\n",
    ]);
  });

  it("is not left half copied where it is stopped", async () => {
    aws("setTimeout(() => {}, 20_000); return;");
    const { child, result } = startLockstep(
      ["evidence", "cache", "--log", "s3://example-requests/requests", ...hours],
      copy.dir,
      env(),
    );
    while (!existsSync(asked)) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { code, stderr } = await result;
    expect([code, stderr]).toEqual([2, "lockstep: Stopped while the log was read.\n"]);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
