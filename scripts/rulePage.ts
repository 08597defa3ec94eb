import { z } from "zod";
import type { Rule, RuleBase, StackRule } from "../policies/rule";

/** The sections that are written by hand, in this order. */
export const ruleSections = [
  "Why",
  "Fails",
  "Passes",
  "How to fix",
  "How to except",
  "What it does not prove",
] as const;

const start = "<!-- head -->";
const end = "<!-- /head -->";

/**
 * The page of a rule: its head from the rule object, its body as it stands in `existing`. A page that does not
 * exist yet gets the headings of the body. Throws for one without markers, whose body would be lost.
 */
export function rulePage(rule: RuleBase | Rule, existing: string | undefined): string {
  const head = `${start}\n${headOf(rule)}\n${end}\n`;
  if (existing === undefined) return head + ruleSections.map((title) => `\n## ${title}\n`).join("");
  const place = existing.indexOf(`${end}\n`);
  if (!existing.startsWith(`${start}\n`) || place < 0)
    throw new Error(`docs/rules/${rule.name}.md does not begin with ${start} and a line ${end}.`);
  return head + existing.slice(place + end.length + 1);
}

function headOf(rule: RuleBase | Rule): string {
  const { name, description, protects, severity, exceptions } = rule;
  const facts = [
    ["Protects", protects],
    ["Judges", judgedBy(rule)],
    ["Severity", severity],
    ["Exceptions", exceptions ? "taken" : "none taken"],
    ...settingsOf(rule).map((one) => ["Setting", one]),
  ];
  const list = facts.map(([term, text]) => `- **${term}**: ${text}`).join("\n");
  return `# ${name}\n\n${description}\n\n${list}`;
}

function judgedBy(rule: RuleBase | Rule): string {
  if (!("kind" in rule)) return "the pair";
  if (rule.kind === "stack")
    return rule.gates === "production" ? "the pair, before an update of production" : "the pair";
  if (rule.kind === "completeness") return "all resources of a stack, after the update's other checks";
  if (rule.types === "any") return "each resource, of any type";
  return `each resource of type ${rule.types.map((type) => `\`${type}\``).join(", ")}`;
}

/** The names of a rule's settings, and what each may be. */
export function settingNames(rule: RuleBase & Partial<Pick<StackRule, "settings">>): string[] {
  return Object.keys(propertiesOf(rule));
}

function settingsOf(rule: RuleBase): string[] {
  return Object.entries(propertiesOf(rule)).map(([name, one]) => {
    const bounds = [
      ["above", one.exclusiveMinimum],
      ["at least", one.minimum],
      ["below", one.exclusiveMaximum],
      ["at most", one.maximum],
      ["at most", one.maxItems === undefined ? undefined : `${one.maxItems} items`],
    ].flatMap(([word, bound]) => (bound === undefined ? [] : [`${word} ${bound}`]));
    const kind = one.enum?.map((value) => `\`${value}\``).join(" or ") ?? kinds[one.type ?? ""] ?? one.type;
    const meaning = one.description === undefined ? "" : `. ${one.description}`;
    return `\`${name}\`: ${[kind, ...bounds].join(", ")}; default ${JSON.stringify(one.default)}${meaning}`;
  });
}

const kinds: Readonly<Record<string, string>> = {
  integer: "whole number",
  boolean: "true or false",
  array: "list",
};

interface Property {
  type?: string;
  enum?: unknown[];
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  maxItems?: number;
}

function propertiesOf(rule: RuleBase & Partial<Pick<StackRule, "settings">>): Record<string, Property> {
  if (rule.settings === undefined) return {};
  const { properties = {} } = z.toJSONSchema(rule.settings, { io: "input" });
  return properties as Record<string, Property>;
}
