// The entry point of the pack. The engine compiles a pack's TypeScript with a type check at every start, which
// takes seconds; tsx compiles the same sources without one, so that the pack is never older than they are.
require("tsx/cjs");
require("./index.ts");
