import { resourceRules } from "./resourceRules";
import type { Rule, RuleBase } from "./rule";
import { configValid } from "./stack/config-valid";
import { stackRules } from "./stackRules";

/** Every rule that the pack enforces, in the order in which the engine runs them. */
export const rules: readonly (RuleBase | Rule)[] = [configValid, ...stackRules, ...resourceRules];
