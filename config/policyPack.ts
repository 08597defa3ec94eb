import type { ProjectFiles } from "./files";
import { sha256 } from "./hash";
import { isRecord } from "./record";

/** The settings that the policy pack starts with. */
export const settingsFile = "policies/config.json";
const packageFile = "policies/package.json";

/** Which policy pack stands beside the program: its version, and the SHA-256 of its settings ("{}" without a file). */
export interface PolicyPackState {
  version: string;
  settings: string;
}

/** What a stack tells of the policy pack as an output, so that an audit can compare it with the files. */
export function policyPackState(files: ProjectFiles): PolicyPackState {
  const [settings, manifest] = [settingsFile, packageFile].map((path) => {
    const read = files.read(path);
    return read.found ? Buffer.from(read.bytes).toString("utf8") : "{}";
  }) as [string, string];
  return { version: versionIn(manifest), settings: sha256(settings) };
}

function versionIn(manifest: string): string {
  try {
    const data: unknown = JSON.parse(manifest);
    return isRecord(data) && typeof data.version === "string" ? data.version : "";
  } catch {
    return "";
  }
}
