import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLitellmInstalled } from "../../measure/litellm";
import { lockstep, projectCopy } from "../project";

let copy: ReturnType<typeof projectCopy>;
beforeAll(() => {
  copy = projectCopy();
});
afterAll(() => copy.remove());

const conform = (args: string[], env: Record<string, string> = {}) =>
  lockstep(["conform", ...args], copy.dir, env);

describe("what cannot be done is said before anything is started", () => {
  const urls = ["--staging-url", "http://127.0.0.1:9", "--production-url", "http://127.0.0.1:9"];
  const keys = { LOCKSTEP_STAGING_KEY: "one", LOCKSTEP_PRODUCTION_KEY: "two" };
  it.each<[string[], string, Record<string, string>]>([
    [["--fault", "501"], "--fault has to be one of: 429, 429 with retry-after, 500,", {}],
    [
      ["--fault", "500", "--release", "initial"],
      "Evidence is about all faults: leave --fault out, or --release.",
      {},
    ],
    [["--release", "nobody"], 'There is no release "nobody" that can be read.', {}],
    [["--sign", "key.pem"], "--sign goes with --release: only evidence is signed.", {}],
    [["--release", "initial", "--sign", "key.pem"], 'There is no file "key.pem".', {}],
    [["--time-scale", "0.05"], "--time-scale has to be a number from 0.1 to 1:", {}],
    [["--time-scale", "1e-1"], "--time-scale has to be a number from 0.1 to 1:", {}],
    [["--time-scale", "0.5", ...urls], "--time-scale is for gateways that are started here:", keys],
    [["--staging-url", "http://127.0.0.1:9"], "--staging-url and --production-url go together:", keys],
    [urls, "LOCKSTEP_STAGING_KEY is not set:", {}],
    [urls, "LOCKSTEP_PRODUCTION_KEY is not set:", { LOCKSTEP_STAGING_KEY: "one" }],
    [
      ["--staging-url", "file:///etc", "--production-url", "x"],
      "--staging-url is no http or https URL.",
      keys,
    ],
    [[...urls, "--listen", "8101"], "--listen has to be HOST:PORT,", keys],
    [[...urls, "--providers", "a b"], "--providers has to be the host", keys],
    [["--litellm", "nowhere"], "The file that --litellm names is not there.", {}],
    [["--stack", "nowhere"], "Its gateways cannot be compared", {}],
  ])("%j", async (args, why, env) => {
    const { code, stdout, stderr } = await conform(args, env);
    expect(stderr).toContain(`lockstep: ${why}`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("a gateway that is not there", async () => {
    const { code, stderr } = await conform(urls, keys);
    expect(stderr).toMatch(/^lockstep: (staging|production)'s gateway does not say what it runs;/);
    expect(stderr).not.toMatch(/one|two/);
    expect(code).toBe(2);
  });

  it.skipIf(isLitellmInstalled())("a LiteLLM that is not installed", async () => {
    const { code, stderr } = await conform([]);
    expect([code, stderr]).toEqual([
      2,
      'lockstep: LiteLLM is not installed: run "make litellm", or name a litellm with --litellm.\n',
    ]);
  });
});

describe("--write", () => {
  it("writes both gateways with their stand-ins' addresses, and no key", async () => {
    const folder = join(copy.dir, "gateways");
    const args = ["--write", folder, "--providers", "host.docker.internal", "--listen", "0.0.0.0:8200"];
    const { code, stdout } = await conform(args);
    expect(code).toBe(0);
    expect(stdout).toContain("lockstep conform --listen 0.0.0.0:8200 --providers host.docker.internal");
    expect(readdirSync(folder)).toEqual(["production", "staging"]);
    const text = (path: string) => readFileSync(join(folder, path), "utf8");
    const bases = (environment: string) =>
      [...text(`${environment}/config.yaml`).matchAll(/api_base: (.+)/g)].map(([, base]) => base);
    expect(bases("staging")).toEqual([
      "http://host.docker.internal:8200/economy-chat.chat-fast.1/v1",
      "http://host.docker.internal:8201/support-chat.chat-large.1/v1",
      "http://host.docker.internal:8202/support-chat.chat-in-account.2/v1",
      "http://host.docker.internal:8203/ticket-triage.chat-small.1/v1",
      "http://host.docker.internal:8204/embedding.embed-documents.1/v1",
    ]);
    expect(bases("production")[0]).toBe("http://host.docker.internal:8205/economy-chat.chat-fast.1/v1");
    expect(text("staging/environment").split("\n")).toContain("INITIAL_RETRY_DELAY=0.25");
    expect(text("staging/environment")).not.toMatch(/MASTER_KEY|REDIS|DATABASE/);
  });

  it("overwrites nothing", async () => {
    const folder = join(copy.dir, "releases");
    const { code, stderr } = await conform(["--write", folder]);
    expect([code, stderr]).toEqual([2, "lockstep: The folder that --write names is there already.\n"]);
    expect(existsSync(join(folder, "staging"))).toBe(false);
  });
});
