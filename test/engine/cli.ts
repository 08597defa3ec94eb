import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export const missing = "No working pulumi is on the PATH (https://www.pulumi.com/docs/install/)";

/** The CLI; undefined where there is none that answers. */
export const pulumi: string | undefined = findPulumi();

/** npm's package "pulumi" puts something of that name into node_modules/.bin which only downloads the CLI. */
function findPulumi(): string | undefined {
  const folders = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"));
  return folders
    .map((folder) => join(folder, "pulumi"))
    .find((file) => {
      if (!existsSync(file)) return false;
      try {
        const env = { PATH: process.env.PATH ?? "", PULUMI_SKIP_UPDATE_CHECK: "1" };
        return /^v\d+\./.test(execFileSync(file, ["version"], { env, encoding: "utf8", timeout: 30_000 }));
      } catch {
        return false;
      }
    });
}

/** Behind a test's name, so that what was skipped says why. */
export const note = pulumi === undefined ? " (skipped: no working pulumi is on the PATH)" : "";
