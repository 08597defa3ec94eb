import type { ProjectFiles } from "../config/files";
import type { Trust } from "../lifecycle/assess";
import { projectRuleset } from "../policies/ruleset";
import { productionProven } from "../policies/stack/production-proven";
import { orUsage } from "./orUsage";

/** Whose signature counts, and whether stubs do, by the settings of the rule `production-proven`. */
export function readTrust(files: ProjectFiles): Trust {
  const own = orUsage(() => projectRuleset(files)).settings(productionProven.name);
  const { trustedKeys, stubProviders } = productionProven.settings?.parse(own) ?? {
    trustedKeys: [],
    stubProviders: "refuse",
  };
  return { trustedKeys, stubProviders };
}
