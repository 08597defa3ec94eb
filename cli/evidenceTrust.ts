import type { ProjectFiles } from "../config/files";
import type { Trust } from "../lifecycle/assess";
import { rules } from "../policies/registry";
import { readSettings, SettingsError } from "../policies/settings";
import { productionProven } from "../policies/stack/production-proven";
import { UsageError } from "./exit";

const file = "policies/config.json";

/** Whose signature counts, and whether stubs do, by the settings of the rule `production-proven`. */
export function readTrust(files: ProjectFiles): Trust {
  const read = files.read(file);
  // Absent settings are the defaults; a file that cannot be read is no absent one.
  if (!read.found && files.list("policies").includes("config.json"))
    throw new UsageError(`The settings of the policies cannot be read: ${read.why}.`);
  const text = read.found ? Buffer.from(read.bytes).toString("utf8") : "{}";
  try {
    const { enforcementLevel: _, ...own } = readSettings(text, file, rules)[productionProven.name] ?? {};
    const { trustedKeys, stubProviders } = productionProven.settings?.parse(own) ?? {
      trustedKeys: [],
      stubProviders: "refuse",
    };
    return { trustedKeys, stubProviders };
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message);
    throw error;
  }
}
