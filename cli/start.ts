import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";

/** Put in by the bundler: the bundle's name beside this file, and its code cache's for this build. */
declare const LOCKSTEP_BUNDLE: string;
declare const LOCKSTEP_CODE_CACHE: string;

/**
 * Runs the bundle with the code that V8 compiled when it was built: most of a short command's time is compiling.
 * V8 refuses a cache of another version of itself, and then compiles as ever.
 */
const file = join(__dirname, LOCKSTEP_BUNDLE);
const source = readFileSync(file, "latin1");
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
  filename: file,
  cachedData: codeCache(),
});
const bundle = { exports: {} };
script.runInThisContext()(bundle.exports, createRequire(file), bundle, file, __dirname);

// Only the build asks for it: what the command has run by its end is what is worth keeping.
if (process.env.LOCKSTEP_WRITE_CODE_CACHE === file)
  process.once("exit", () => writeFileSync(join(__dirname, LOCKSTEP_CODE_CACHE), script.createCachedData()));

function codeCache(): Buffer | undefined {
  try {
    return readFileSync(join(__dirname, LOCKSTEP_CODE_CACHE));
  } catch {
    return undefined;
  }
}
