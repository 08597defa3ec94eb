import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { breakages, pairsProject, routesProject, shippedEntries, writeEntries } from "../../bench/pairs";
import { maxFileBytes, memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { findPairs } from "../../config/stacks";
import { evidenceStore } from "../../lifecycle/evidence";
import { judgeAll } from "../../policies/judge";
import { projectRuleset } from "../../policies/ruleset";

const conftest = process.env.CONFTEST ?? "conftest";
const installed = spawnSync(conftest, ["--version"]).status === 0;
const note = installed ? "" : " (skipped: conftest is not installed)";
if (!installed)
  process.stderr.write(
    "conftest is not installed, so the benchmark's Rego was not compared with the rules.\n",
  );

const now = new Date();
const today = now.toISOString().slice(0, 10);
const inRego = new Set(breakages.flatMap(({ rules }) => rules));

/** The rules that refuse a pair, each with the path of its finding. */
function refusals(entries: Record<string, string>, stack: string): string[] {
  const files = memoryFiles(entries);
  const { pair, problems } = loadPair(files, stack);
  if (pair === undefined) throw new Error(problems.map(({ found }) => found).join("; "));
  const judged = { pair, evidence: evidenceStore(files), tier: "staging" as const };
  const findings = judgeAll(judged, now, projectRuleset(files));
  return findings
    .filter(({ status }) => status !== "exempted")
    .map(({ rule, path }) => `${stack} ${rule} ${path}`);
}

const rulesOf = (lines: readonly string[]) => [...new Set(lines.map((line) => line.split(" ")[1]))];

describe("the generated pairs", () => {
  const { entries, broken } = pairsProject(shippedEntries(), breakages.length + 1, { brokenEvery: 1, today });

  it("has each sort of breakage once before the first comes again", () => {
    expect([...broken].map(([stack, { name }]) => `${stack}: ${name}`)).toEqual(
      [...breakages, breakages[0]].map((one, index) => `production-${index + 1}: ${one?.name}`),
    );
    expect(new Set(breakages.map(({ name }) => name)).size).toBe(17);
  });

  it("are found as pairs, one a number", () => {
    expect([...findPairs(memoryFiles(entries))].sort()).toEqual([...broken.keys()].sort());
  });

  const cases = Array.from(broken, ([stack, { name, rules }]) => [name, stack, rules] as const);
  it.each(cases)("are judged as stated: %s, %s", (_, stack, rules) => {
    expect(rulesOf(refusals(entries, stack))).toEqual(rules);
  });

  it("are as shipped, and refused by nothing, where they are not to be broken", () => {
    const project = pairsProject(shippedEntries(), 4, { brokenEvery: 3, today });
    expect([...project.broken.keys()]).toEqual(["production-3"]);
    expect(["1", "2", "3", "4"].map((n) => refusals(project.entries, `production-${n}`).length)).toEqual([
      0, 0, 1, 0,
    ]);
    expect(pairsProject(shippedEntries(), 4, { brokenEvery: 0, today }).broken.size).toBe(0);
  });

  it("are the same for the same arguments", () => {
    const again = () => pairsProject(shippedEntries(), 40, { today: "2026-01-01" }).entries;
    expect(again()).toEqual(again());
  });

  it.skipIf(!installed)(`are refused by the Rego for the same reasons, at the same paths${note}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "lockstep-rego-"));
    try {
      writeEntries(folder, entries);
      const files = Object.keys(entries).filter((path) => /^Pulumi\.([\w.-]+\.)?yaml$/.test(path));
      const policy = join(__dirname, "../../bench/rego");
      const { stdout, stderr } = spawnSync(
        conftest,
        ["test", "--combine", "--output", "json", "--policy", policy, ...files],
        { cwd: folder, encoding: "utf8" },
      );
      expect(stderr).toBe("");
      const [{ failures }] = JSON.parse(stdout) as [
        { failures: { metadata: Record<"pair" | "rule" | "path", string> }[] },
      ];
      const theirs = failures.map(({ metadata: { pair, rule, path } }) => `${pair} ${rule} ${path}`);
      const ours = [...broken.keys()].flatMap((stack) => refusals(entries, stack));
      expect(theirs.sort()).toEqual(
        [...new Set(ours)].filter((line) => inRego.has(line.split(" ")[1] ?? "")).sort(),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("the pair with many routes", () => {
  it.each([1, 10, 100])("loads with %i routes and breaks no rule", (count) => {
    const entries = routesProject(shippedEntries(), count);
    const { pair } = loadPair(memoryFiles(entries), "production");
    expect(Object.keys(pair?.production.config.routes ?? {})).toHaveLength(count);
    expect(refusals(entries, "production")).toEqual([]);
  });

  it("fits into a file up to the benchmark's largest size", () => {
    const project = routesProject(shippedEntries(), 6_000)["Pulumi.yaml"] ?? "";
    expect(Buffer.byteLength(project)).toBeLessThan(maxFileBytes);
  });
});
