/**
 * All checks, in the order in which they are cheap: format and lint, generated files, imports, types, tests, and the
 * tests on the real gateway, whose environment is made meanwhile, and on the real Pulumi engine.
 * Ends with "N passed, N failed": the tests from the runner's own JSON reports, and each other check as one.
 */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";

const bin = (name) => `node_modules/.bin/${name}`;
const checks = [
  ["format and lint", bin("biome"), ["check", "--error-on-warnings", "."]],
  ["generated files", process.execPath, ["--require", "tsx/cjs", "scripts/generate.ts", "--check"]],
  ["imports", bin("depcruise"), ["--config", ".dependency-cruiser.cjs", "--output-type", "err-long", "."]],
  ["types", bin("tsc"), ["--noEmit", "--project", "."]],
];

let passed = 0;
let failed = 0;
let skipped = 0;
const count = (ok) => (ok ? passed++ : failed++);

const install = spawn(
  process.execPath,
  ["--require", "tsx/cjs", "scripts/installLitellm.ts", "--if-possible"],
  { stdio: "inherit" },
);
const installed = new Promise((resolve) => install.once("exit", resolve));

for (const [name, command, args] of checks) {
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  count(status === 0);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name} (${((Date.now() - started) / 1_000).toFixed(1)} s)`);
}

/** The tests of one of vitest's projects; other arguments are the caller's. */
function test(project) {
  const report = `reports/vitest-${project}.json`;
  rmSync(report, { force: true });
  const args = [
    ...["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    ...process.argv.slice(2),
  ];
  const { status } = spawnSync(bin("vitest"), args, { stdio: "inherit" });
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    passed += numPassedTests;
    skipped += numPendingTests;
    failed += numFailedTests;
    // A file that does not load has no test that fails.
    if (numFailedTests === 0 && (numFailedTestSuites > 0 || status !== 0)) failed += 1;
    if (numPassedTests + numPendingTests === 0) failed += 1;
  } catch {
    console.log(`FAIL the test runner left no report for "${project}"`);
    failed += 1;
  }
}

test("own");
count((await installed) === 0);
test("real");
// Skipped, with one line that says so, where there is no Pulumi CLI.
test("engine");
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 ? 0 : 1;
