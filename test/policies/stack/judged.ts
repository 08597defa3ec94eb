import { loadPair } from "../../../config/pair";
import { formatProblem } from "../../../config/problem";
import type { Tier } from "../../../config/schema/environment";
import type { Position } from "../../../config/yaml";
import { evidenceStore } from "../../../lifecycle/evidence";
import type { Finding } from "../../../policies/finding";
import { judge } from "../../../policies/judge";
import { rules } from "../../../policies/registry";
import type { Settings, StackRule } from "../../../policies/rule";
import { type Edit, edited, shipped } from "../../shipped";

export const project = "Pulumi.yaml";
export const staging = "Pulumi.staging.yaml";
export const production = "Pulumi.production.yaml";

interface Options {
  settings?: Settings;
  /** Settings of other rules, by rule. */
  others?: Readonly<Record<string, Settings>>;
  now?: string;
  tier?: Tier;
}

/** What a rule says about an update of the shipped pair after some edits: of production unless said otherwise. */
export function judged(
  rule: StackRule,
  edits: readonly Edit[] = [],
  { settings = {}, others = {}, now = "2026-11-21T12:00:00Z", tier = "production" }: Options = {},
): Finding[] {
  const files = shipped(...edits);
  const { pair, problems } = loadPair(files, "staging");
  if (!pair) throw new Error(problems.map(formatProblem).join("\n"));
  const ruleset = { rules, settings: (name: string) => others[name] ?? {} };
  return judge(rule, { pair, evidence: evidenceStore(files), tier }, new Date(now), settings, ruleset);
}

/** Where a text stands for the first time after another one, which stands exactly once in the edited file. */
export function place(file: string, after: string, text: string, edits: readonly Edit[] = []): Position {
  const content = edited(...edits)[file] ?? "";
  const start = content.indexOf(after);
  const index = content.indexOf(text, start + after.length);
  if (start < 0 || content.indexOf(after, start + 1) >= 0 || index < 0)
    throw new Error(`${JSON.stringify(text)} has no single place after ${JSON.stringify(after)} in ${file}`);
  const before = content.slice(0, index).split("\n");
  return { file, line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
