import type { PolicyPackState } from "../../config/policyPack";
import { type AreaFound, areaFound, differ, plainText, shortDigest, unaudited } from "./difference";
import { at } from "./objects";
import type { State } from "./state";

/** What the files say about the policy pack. */
export interface DeclaredPolicies extends PolicyPackState {
  /** How many rules would run. */
  rules: number;
  /** Whether the pack would start with its settings: every level is "mandatory" then. */
  starts: boolean;
}

const outputMissing =
  "The state does not say which policy pack stood beside the program: update the stack once with this version.";

/** The policy pack's version and settings at the last update, by the stack's output, against those of the files. */
export function policyDrift(declared: DeclaredPolicies, state: State): AreaFound {
  const root = state.resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const deployed = at(root?.outputs, "policyPack");
  const differences = declared.starts
    ? []
    : [
        differ("policies", {
          name: "policies/config.json",
          difference: "the policy pack refuses to start with it",
        }),
      ];
  if (deployed === undefined) return { ...unaudited("policies", outputMissing), differences };
  const [version, settings] = [at(deployed, "version"), at(deployed, "settings")];
  if (version !== declared.version)
    differences.push(
      differ("policies", {
        name: "policy pack",
        difference: "the version differs from that of the last update",
        declared: declared.version,
        deployed: typeof version === "string" ? plainText(version) : "none",
      }),
    );
  if (settings !== declared.settings)
    differences.push(
      differ("policies", {
        name: "policies/config.json",
        difference: "the settings differ from those of the last update",
        declared: shortDigest(declared.settings),
        deployed: shortDigest(settings) ?? "none",
      }),
    );
  return areaFound("policies", {
    compared: 2 + declared.rules,
    differences,
    leftAside: [
      "That the policies were run in the last update is told by its log: the state says what stood beside the program.",
    ],
  });
}
