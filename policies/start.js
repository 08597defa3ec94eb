// The entry point of the pack. The engine compiles a pack's TypeScript with a type check at every start, which takes
// seconds. What the build has compiled is run where it is of these very sources; otherwise tsx compiles them without
// a type check, so that the pack is never older than they are.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const built = join(__dirname, "..", "dist", "enginePack.js");
if (!existsSync(built) || !require(built).runCompiled(join(__dirname, ".."))) {
  require("tsx/cjs");
  require("./index.ts");
}
