import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { Script } from "node:vm";
import { optimiseLate } from "./shortLived";

/** Put in by the bundler: the bundle's name beside this file, and its code cache's for this build. */
declare const LOCKSTEP_BUNDLE: string;
declare const LOCKSTEP_CODE_CACHE: string;
/** Whether the bundle runs for a second or so. */
declare const LOCKSTEP_SHORT_LIVED: boolean;
declare const module: { exports: unknown };

/**
 * Runs the bundle with the code that V8 compiled when it was built: most of a short command's time is compiling.
 * V8 refuses a cache of another version of itself, and then compiles as ever.
 */
// Before anything is compiled: the cache is of one V8 with one set of flags.
if (LOCKSTEP_SHORT_LIVED) optimiseLate();
const file = join(__dirname, LOCKSTEP_BUNDLE);
const cache = join(__dirname, LOCKSTEP_CODE_CACHE);
const source = readFileSync(file, "latin1");
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
  filename: file,
  cachedData: codeCache(),
});
const bundle = { exports: {} };
script.runInThisContext()(bundle.exports, createRequire(file), bundle, file, __dirname);
module.exports = bundle.exports;

// Only the build asks for it: what has been run is what is worth keeping. A pack is ended by a signal that nobody
// can hear, so that it keeps what it has again and again.
if ((process.env.LOCKSTEP_WRITE_CODE_CACHE ?? "").split(delimiter).includes(file)) {
  process.once("exit", write);
  setInterval(write, 400).unref();
}

function write(): void {
  const half = `${cache}.${process.pid}`;
  writeFileSync(half, script.createCachedData());
  renameSync(half, cache);
}

function codeCache(): Buffer | undefined {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}
