/**
 * All checks: format and lint, generated files, imports, types, tests, and the tests on the real Pulumi engine, one after
 * the other. Beside them, as they mostly wait: the environments of real parts are made, the fuzzer runs, then the tests
 * on real parts, whose output is held back. What measures no time gives way to them; what measures how fast others answer
 * runs at the end, alone.
 * Ends with "N passed, N failed": the tests from the runner's own JSON reports, and each other check as one.
 */
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { setPriority } from "node:os";

const bin = (name) => `node_modules/.bin/${name}`;
const node = (...args) => [process.execPath, ["--require", "tsx/cjs", ...args]];
const checks = [
  ["format and lint", bin("biome"), ["check", "--error-on-warnings", "."]],
  ["generated files", ...node("scripts/generate.ts", "--check")],
  ["imports", bin("depcruise"), ["--config", ".dependency-cruiser.cjs", "--output-type", "err-long", "."]],
  ["types", bin("tsc"), ["--noEmit", "--project", "."]],
];
const fuzzer = ["fuzzer", ...node("test/fuzz/index.ts", "--seconds", "60")];

let passed = 0;
let failed = 0;
let skipped = 0;
const count = (ok) => (ok ? passed++ : failed++);

/** What was printed by one that ran beside another, until that one has ended. */
const held = [];
const printHeld = () => {
  for (const text of held.splice(0)) process.stdout.write(text);
};

/** Runs a program to its end: whether it succeeded, and what it printed where that is not shown as it comes. */
function run(command, args, { shown = true, givesWay = false } = {}) {
  const colours = !shown && process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  const child = spawn(command, args, {
    stdio: shown ? "inherit" : ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...colours },
  });
  const printed = [];
  if (givesWay && child.pid !== undefined) giveWay(child.pid);
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => printed.push(part));
  return new Promise((resolve) => {
    const end = (ok) => resolve({ ok, text: Buffer.concat(printed).toString("utf8") });
    child.once("error", (error) => {
      console.log(`${command}: ${error.message}`);
      end(false);
    });
    child.once("close", (status) => end(status === 0));
  });
}

/** With all that it starts. A system that has no such thing leaves them side by side. */
function giveWay(pid) {
  try {
    setPriority(pid, 5);
  } catch {}
}

async function check([name, command, args], options) {
  const started = Date.now();
  const { ok, text } = await run(command, args, options);
  count(ok);
  const seconds = ((Date.now() - started) / 1_000).toFixed(1);
  return `${text}${ok ? "ok  " : "FAIL"} ${name} (${seconds} s)\n`;
}

/** The tests of one of vitest's projects; other arguments are the caller's. */
async function test(project, options) {
  const report = `reports/vitest-${project}.json`;
  rmSync(report, { force: true });
  const args = [
    ...["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    ...process.argv.slice(2),
  ];
  const { ok, text } = await run(bin("vitest"), args, options);
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    passed += numPassedTests;
    skipped += numPendingTests;
    failed += numFailedTests;
    // A file that does not load has no test that fails.
    if (numFailedTests === 0 && (numFailedTestSuites > 0 || !ok)) failed += 1;
    if (numPassedTests + numPendingTests === 0) failed += 1;
    return text;
  } catch {
    failed += 1;
    return `${text}FAIL the test runner left no report for "${project}"\n`;
  }
}

async function beside() {
  const installed = ["installLitellm", "installShapes"].map((script) =>
    run(...node(`scripts/${script}.ts`, "--if-possible"), { shown: false }),
  );
  held.push(await check(fuzzer, { shown: false }));
  for (const { ok, text } of await Promise.all(installed)) {
    count(ok);
    held.push(text);
  }
  held.push(await test("real", { shown: false }));
}

const others = beside();
for (const one of checks) process.stdout.write(await check(one));
process.stdout.write(await test("own", { givesWay: true }));
printHeld();
// Skipped, with one line that says so, where there is no Pulumi CLI.
process.stdout.write(await test("engine", { givesWay: true }));
await others;
printHeld();
process.stdout.write(await test("alone"));
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 ? 0 : 1;
