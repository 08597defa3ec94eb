import { join } from "node:path";
import { isCurrent } from "./bundle";

/**
 * Runs the pack as the build compiled it, for `policies/start.js`: the engine starts a pack at every preview. False
 * where its sources have changed since, and nothing was run.
 */
export function runCompiled(projectDir: string): boolean {
  if (!isCurrent(__dirname, projectDir, process.env)) return false;
  // Beside this file in dist/; the SDK stays the one that runs the pack.
  require(join(__dirname, "enginePolicies.js"));
  return true;
}
