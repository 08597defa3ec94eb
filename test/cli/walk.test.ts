import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { kindNames } from "../../lifecycle/kind";
import type { PreviewOutput } from "../../preview/report";
import { proven } from "../evidence";
import { addMeasured, type Measured } from "../measured";
import { lockstep, projectCopy } from "../project";

/**
 * One release from its first line to its way back, with the real command line and nothing else: each step says what
 * may be updated and what may not, and why. The steps build on each other.
 */
describe.sequential("a release is walked", { timeout: 120_000 }, () => {
  let project: { dir: string; remove(): void };
  const now = new Date();
  const today = now.toISOString().slice(0, 10);
  const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();
  const file = (path: string) => join(project.dir, path);
  const text = (path: string) => readFileSync(file(path), "utf8");
  const hashes = () => {
    const { pair } = loadPair(projectFiles(project.dir), "production");
    return { staging: pair?.staging.behaviourHash ?? "", production: pair?.production.behaviourHash ?? "" };
  };

  beforeAll(() => {
    project = projectCopy([proven]);
  });
  afterAll(() => project.remove());

  /** Runs a command that has to succeed. */
  async function run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await lockstep(args, project.dir);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    return stdout;
  }

  /** What a preview of one stack says: the exit code, and each finding as "rule path: found". */
  async function preview(stack: string): Promise<{ code: number | null; findings: string[] }> {
    const { code, stdout } = await lockstep(["preview", "--stack", stack, "--json"], project.dir);
    const output = JSON.parse(stdout) as PreviewOutput;
    const findings = output.pairs.flatMap((pair) => pair.findings);
    return { code, findings: findings.map(({ rule, path, found }) => `${rule} ${path}: ${found}`) };
  }
  const passes = { code: 0, findings: [] };

  const measure = (release: string, measured: Measured) => addMeasured(project.dir, release, measured, run);

  let before = "";
  let after = "";

  it("from a project whose first release is closed", async () => {
    expect(await preview("production")).toEqual(passes);
    before = hashes().production;
    expect(hashes().staging).toBe(before);
  });

  it("is made by a command, completed by hand, and changes nothing until a stack carries it", async () => {
    await run(
      ...["release", "new", "cooler-triage", "--owner", "Ada Example", "--yes"],
      ...["--set", "models.chat-small.temperature=0.5"],
      ...["--hypothesis", "Fewer tickets are sorted into the wrong queue, seen in the triage eval."],
      ...["--tokens", "ticket-triage=100000,600:600,80:60"],
    );
    appendFileSync(
      file("releases/cooler-triage/release.yaml"),
      `signOffs:\n  - { name: Grace Example, role: head of support, date: "${today}" }\n`,
    );
    const path = "releases/cooler-triage/release.yaml";
    writeFileSync(file(path), text(path).replace(/^( {2}steps:)/m, `  rehearsed: "${today}"\n$1`));
    expect(hashes()).toEqual({ staging: before, production: before });
  });

  it("staging carries it, and is never asked for evidence", async () => {
    await run("release", "carry", "cooler-triage", "--stack", "staging", "--yes");
    expect(text("Pulumi.staging.yaml")).toContain("lockstep:carries: [cooler-triage]");
    after = hashes().staging;
    expect(after).not.toBe(before);
    expect(await preview("staging")).toEqual(passes);
    expect(await preview("production")).toEqual(passes);
    expect(hashes().production).toBe(before);
  });

  it("an unrelated edit of a budget passes in both while it is open", async () => {
    const path = "Pulumi.production.yaml";
    const edited = text(path).replace("monthlyUsd: 20000\n", "monthlyUsd: 21000\n");
    expect(edited).not.toBe(text(path));
    writeFileSync(file(path), edited);
    expect(await preview("production")).toEqual(passes);
    expect(await preview("staging")).toEqual(passes);
  });

  it("production carrying it is refused without evidence", async () => {
    await run("release", "carry", "cooler-triage", "--stack", "production", "--yes");
    expect(hashes().production).toBe(after);
    const { code, findings } = await preview("production");
    expect(code).toBe(1);
    expect(findings.sort()).toEqual([
      "cache-hit-rate releases.cooler-triage.cache: no cache evidence",
      "drift-audited releases.cooler-triage.drift: no drift evidence",
      "evals-passed releases.cooler-triage.eval: no eval evidence",
      "fingerprint-stable releases.cooler-triage.fingerprint: no fingerprint evidence",
      "load-passed releases.cooler-triage.load: no load evidence",
      "retrieval-fresh releases.cooler-triage.retrieval: no retrieval evidence",
      "routing-conforms releases.cooler-triage.routing: no routing evidence",
      "silent-failures-bounded releases.cooler-triage.validity: no validity evidence",
      "traffic-represented releases.cooler-triage.traffic: no traffic evidence",
    ]);
    expect(await preview("staging")).toEqual(passes);
  });

  it("refused with another hash's evidence", async () => {
    await measure("cooler-triage", { hash: before, ended: daysAgo(0.5) });
    const { code, findings } = await preview("production");
    expect(code).toBe(1);
    expect(findings).toHaveLength(kindNames.length);
    expect(
      findings.filter((one) => one.includes(`is about another behaviour hash, ${before.slice(0, 12)}…`)),
    ).toHaveLength(kindNames.length);
  });

  it("refused with stale evidence", async () => {
    await measure("cooler-triage", { hash: after, ended: daysAgo(40) });
    const { code, findings } = await preview("production");
    expect(code).toBe(1);
    expect(findings.map((one) => one.split(":")[0]).sort()).toEqual([
      "cache-hit-rate releases.cooler-triage.cache.maxAgeDays",
      "drift-audited releases.cooler-triage.drift.maxAgeDays",
      "evals-passed releases.cooler-triage.eval.maxAgeDays",
      "fingerprint-stable releases.cooler-triage.fingerprint.maxAgeDays",
      "load-passed releases.cooler-triage.load.maxAgeDays",
      "retrieval-fresh releases.cooler-triage.retrieval.maxAgeDays",
      "routing-conforms releases.cooler-triage.routing.maxAgeDays",
      "silent-failures-bounded releases.cooler-triage.validity.maxAgeDays",
      "traffic-represented releases.cooler-triage.traffic.maxAgeDays",
    ]);
  });

  it("accepted with passing evidence about what production is to run, and not a moment before the last of it", async () => {
    const kinds = kindNames.filter((kind) => kind !== "load");
    await measure("cooler-triage", { hash: after, ended: daysAgo(0.25), kinds });
    const { code, findings } = await preview("production");
    expect({ code, rules: findings.map((one) => one.split(" ")[0]) }).toEqual({
      code: 1,
      rules: ["load-passed"],
    });
    expect((await lockstep(["release", "close", "cooler-triage", "--yes"], project.dir)).code).toBe(1);
    await measure("cooler-triage", { hash: after, ended: daysAgo(0.25), kinds: ["load"] });
    expect(await preview("production")).toEqual(passes);
    expect(await run("release", "status", "cooler-triage")).toContain("cooler-triage");
    expect(await run("evidence", "verify")).not.toBe("");
  });

  it("closed: the values stand in Pulumi.yaml, the lines are gone, and no hash has changed", async () => {
    await run("release", "close", "cooler-triage", "--yes");
    expect(text("Pulumi.staging.yaml")).not.toContain("carries");
    expect(text("Pulumi.production.yaml")).not.toContain("carries");
    expect(text("releases/cooler-triage/release.yaml")).toContain("state: closed");
    expect(hashes()).toEqual({ staging: after, production: after });
    expect(await preview("production")).toEqual(passes);
    expect(await preview("staging")).toEqual(passes);
  });

  it("rolled back without waiting for anything", async () => {
    await run("release", "rollback", "--owner", "Ada Example", "--yes");
    expect(hashes()).toEqual({ staging: before, production: before });
    expect(await preview("production")).toEqual(passes);
    expect(await preview("staging")).toEqual(passes);
    await run("release", "close", "revert-cooler-triage", "--yes");
    expect(hashes()).toEqual({ staging: before, production: before });
    expect(await preview("production")).toEqual(passes);
  });

  it("and with two releases in staging, production carrying one of them is refused for want of evidence about that", async () => {
    await run(
      "release",
      "new",
      "faster",
      "--owner",
      "Ada Example",
      "--yes",
      "--set",
      "models.chat-large.timeoutSeconds=19",
    );
    await run(
      "release",
      "new",
      "longer",
      "--owner",
      "Ada Example",
      "--yes",
      "--set",
      "models.chat-fast.maxOutputTokens=1300",
    );
    for (const id of ["faster", "longer"]) await run("release", "carry", id, "--stack", "staging", "--yes");
    await measure("faster", { hash: hashes().staging, ended: daysAgo(0.1) });
    await run("release", "carry", "faster", "--stack", "production", "--yes");
    expect(await preview("staging")).toEqual(passes);
    const { code, findings } = await preview("production");
    expect(code).toBe(1);
    const kinds = findings.filter((one) =>
      one.includes(`is about another behaviour hash, ${hashes().staging.slice(0, 12)}…`),
    );
    expect(kinds).toHaveLength(kindNames.length);
    await run("release", "rollback", "--yes");
    expect(await preview("production")).toEqual(passes);
  });
});
