import type { ProjectFiles } from "../config/files";
import { settingsFile } from "../config/policyPack";
import type { Ruleset } from "./judge";
import { rules } from "./registry";
import { readSettings, SettingsError } from "./settings";

export { settingsFile };

/**
 * The rules with the settings of the project's own pack. What `--policy-pack-config` says on top of them is known
 * to the engine alone. Throws a `SettingsError` where the file cannot be used.
 */
export function projectRuleset(files: ProjectFiles): Ruleset {
  if (!files.list("policies").includes("config.json")) return { rules, settings: () => ({}) };
  const read = files.read(settingsFile);
  if (!read.found) throw new SettingsError(`${settingsFile}: ${read.why}.`);
  const settings = readSettings(Buffer.from(read.bytes).toString("utf8"), settingsFile, rules);
  return {
    rules,
    settings(name) {
      const { enforcementLevel: _, ...own } = settings[name] ?? { enforcementLevel: "mandatory" };
      return own;
    },
  };
}
