import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { UsageError } from "./exit";

/** The folder of a project's policy pack, absolute. */
export function policyPackOf(projectDir: string): string {
  const packDir = resolve(projectDir, "policies");
  if (!existsSync(join(packDir, "PulumiPolicy.yaml")))
    throw new UsageError(`There is no policy pack in ${packDir}: its PulumiPolicy.yaml is needed.`);
  return packDir;
}
