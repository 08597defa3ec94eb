import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "./exit";

/** The nearest folder at or above `from` that has a Pulumi.yaml. */
export function findProject(from: string): string {
  let folder = resolve(from);
  while (!existsSync(join(folder, "Pulumi.yaml"))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new UsageError(
        `There is no Pulumi.yaml in ${resolve(from)} or above it. Run the command in a project, or name one with --cwd.`,
      );
    }
    folder = parent;
  }
  return folder;
}
