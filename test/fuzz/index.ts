/**
 * Runs the fuzzer: node --require tsx/cjs test/fuzz/index.ts [--seconds 60] [--seed <number>] [--target <name>]
 * What it finds is made small, kept in test/fuzz/cases/, and run by every test from then on.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sha256 } from "../../config/hash";
import { minimised } from "./minimise";
import { findPulumi } from "./pulumi";
import { type Failure, Watch } from "./watch";

const out = (line: string) => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string" },
    target: { type: "string" },
  },
});

/** The first line says what is wrong; a crash's stack, whose lines differ, is for the person. */
const kindOf = (what: string) => what.split("\n")[0]?.replace(/\d+/g, "0").slice(0, 60);

async function keep(watch: Watch, target: string, { bytes, what }: Failure): Promise<string> {
  // An endless case costs seconds each time that it is tried.
  const tries = what.startsWith("it ") ? 30 : 3_000;
  const same = async (smaller: Uint8Array) =>
    kindOf((await watch.try(target, smaller)) ?? "") === kindOf(what);
  const small = await minimised(bytes, same, tries);
  const folder = join(__dirname, "cases", target);
  mkdirSync(folder, { recursive: true });
  const name = `${sha256(small).slice(0, 12)}.case`;
  writeFileSync(join(folder, name), small);
  return `test/fuzz/cases/${target}/${name}`;
}

async function main(): Promise<number> {
  const [seconds, seed] = [Number(values.seconds), Number(values.seed ?? Date.now() % 2 ** 31)];
  if (!(seconds > 0) || !Number.isInteger(seed)) {
    process.stderr.write("--seconds is a number above 0, --seed a whole number.\n");
    return 2;
  }
  const pulumi = findPulumi();
  if (pulumi === undefined)
    out("skipped: the comparison with Pulumi's own reading: no Pulumi CLI answers on the PATH.");
  const watch = new Watch({ pulumiDir: pulumi?.dir });
  await watch.start();
  const names = watch.targets.filter((name) => values.target === undefined || name === values.target);
  if (names.length === 0) {
    process.stderr.write(`There is no target "${values.target}": ${watch.targets.join(", ")}.\n`);
    await watch.stop();
    pulumi?.remove();
    return 2;
  }
  const ends = Date.now() + seconds * 1_000;
  const cases = new Map<string, number>();
  let failures = 0;
  // Round by round, so that a target that is slow or fails leaves time for the others.
  for (let round = 0; Date.now() < ends; round += 1) {
    const slice = Math.max(200, Math.min(5_000, (seconds * 1_000) / names.length / 2));
    for (const name of [...names]) {
      if (Date.now() >= ends) break;
      const found = await watch.fuzz(name, seed + round, slice);
      cases.set(name, (cases.get(name) ?? 0) + found.cases);
      if (found.failure === undefined) continue;
      failures += 1;
      const file = await keep(watch, name, found.failure);
      out(
        `FAIL ${name}: ${found.failure.what}\n  kept in ${file}; again: --target ${name} --seed ${seed + round}`,
      );
      names.splice(names.indexOf(name), 1);
      if (names.length === 0) break;
    }
    if (names.length === 0) break;
  }
  await watch.stop();
  pulumi?.remove();
  const told = [...cases].map(([name, count]) => `${name} ${count}`).join(", ");
  out(
    `${failures === 0 ? "No" : failures} input${failures === 1 ? "" : "s"} broke an invariant; seed ${seed}. Cases: ${told}.`,
  );
  return failures === 0 ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 2;
  },
);
