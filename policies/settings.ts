import { closest } from "fastest-levenshtein";
import { hideCredentials } from "../config/credentialPattern";
import { isRecord } from "../config/record";
import { visible } from "../config/visible";
import type { RuleBase, Settings, StackRule } from "./rule";

/** Settings that the pack refuses to start with: one line for each fault, which may name what somebody pasted. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";

  constructor(message: string) {
    super(message.split("\n").map(shown).join("\n"));
  }
}

const shown = (line: string) => visible(hideCredentials(line));

/** The settings of a policy as the policy SDK takes them. */
export type PolicySettings = Record<string, { enforcementLevel: "mandatory" } & Settings>;

type Rules = readonly (RuleBase & Partial<Pick<StackRule, "settings">>)[];

/**
 * Reads `policies/config.json`, in the format of `--policy-pack-config`: settings by rule. Everything
 * unknown is refused, and every level but "mandatory": a rule that should not hold for something is given an
 * exception, which has an owner and an end. Each entry gets its level, because the SDK takes one without for
 * advisory.
 */
export function readSettings(text: string, file: string, rules: Rules): PolicySettings {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new SettingsError(`${file} is not JSON.`);
  }
  if (!isRecord(data)) throw new SettingsError(`${file} is no map of rules.`);
  const faults = Object.entries(data).flatMap(([name, settings]) => check(name, settings, rules));
  if (faults.length > 0) throw new SettingsError(faults.map((fault) => `${file}: ${fault}`).join("\n"));
  return Object.fromEntries(
    Object.entries(data).map(([name, settings]) => [
      name,
      { ...(isRecord(settings) ? settings : {}), enforcementLevel: "mandatory" },
    ]),
  );
}

function check(name: string, settings: unknown, rules: Rules): string[] {
  const rule = rules.find((one) => one.name === name);
  if (rule === undefined) {
    return [
      `there is no rule "${name}"; the nearest is "${closest(
        name,
        rules.map((one) => one.name),
      )}".`,
    ];
  }
  if (settings === "mandatory") return [];
  if (!isRecord(settings)) return [`${name} has neither settings nor the level "mandatory".`];
  const { enforcementLevel = "mandatory", ...own } = settings;
  return [
    ...(enforcementLevel === "mandatory"
      ? []
      : [`${name} has another level than "mandatory"; write an exception instead.`]),
    ...settingsFaults(rule, own).map((fault) => `${name}: ${fault}`),
  ];
}

/** What is wrong with the settings of a rule, one sentence a fault; values are not told. */
export function settingsFaults(rule: Rules[number], settings: Settings): string[] {
  if (rule.settings === undefined && Object.keys(settings).length === 0) return [];
  const known = Object.keys((rule.settings as { shape?: object } | undefined)?.shape ?? {});
  const unknown = Object.keys(settings).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    return unknown.map((key) =>
      known.length === 0
        ? `there is no setting "${key}": the rule has none.`
        : `there is no setting "${key}"; the nearest is "${closest(key, known)}".`,
    );
  }
  const issues = rule.settings?.safeParse(settings).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.map(String).join(".")} cannot be used (${message}).`);
}
