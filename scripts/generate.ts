/**
 * Writes every generated file of the project, or with --check says which ones are stale (exit code 1).
 * Run by `npm run generate` and, with --check, by `npm test`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generated } from "./generated";

const root = join(__dirname, "..");
const check = process.argv.includes("--check");
let stale = 0;

for (const [path, text] of generated()) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  stale++;
  if (check) console.error(`${path} is stale: run npm run generate`);
  else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}
process.exitCode = check && stale > 0 ? 1 : 0;
