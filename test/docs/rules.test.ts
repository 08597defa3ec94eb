import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { blocks as blocking } from "../../policies/finding";
import { rules } from "../../policies/registry";
import type { StackRule } from "../../policies/rule";
import { rulePage, ruleSections, settingNames } from "../../scripts/rulePage";
import { blocks, exampleTypes, judged, sectionsOf, shownFinding } from "./rulePages";

const folder = join(__dirname, "../../docs/rules");
const fileOf = (name: string) => join(folder, `${name}.md`);

describe("the pages of the rules", () => {
  it("are one for each rule, and no other", () => {
    expect(readdirSync(folder).sort()).toEqual(rules.map(({ name }) => `${name}.md`).sort());
  });

  const rule: StackRule = {
    kind: "stack",
    name: "pause-long-enough",
    description: "Every pause is long enough.",
    protects: "From a pause that is none.",
    severity: "low",
    exceptions: true,
    settings: z.strictObject({
      seconds: z.number().gt(0).max(60).default(1.5),
      retries: z.number().int().min(1).lt(9).default(3).describe("How often it may pause."),
      mode: z.enum(["fast", "slow"]).default("slow"),
      except: z.array(z.string()).max(20).default([]),
    }),
    check: () => [],
  };
  const head = `<!-- head -->
# pause-long-enough

Every pause is long enough.

- **Protects**: From a pause that is none.
- **Judges**: the pair
- **Severity**: low
- **Exceptions**: taken
- **Setting**: \`seconds\`: number, above 0, at most 60; default 1.5
- **Setting**: \`retries\`: whole number, at least 1, below 9; default 3. How often it may pause.
- **Setting**: \`mode\`: \`fast\` or \`slow\`; default "slow"
- **Setting**: \`except\`: list, at most 20 items; default []
<!-- /head -->
`;
  const headings = ruleSections.map((title) => `\n## ${title}\n`).join("");

  it("begin with all that the rule says of itself, and the headings of the body", () => {
    expect(rulePage(rule, undefined)).toBe(head + headings);
  });

  it.each([
    [{ ...rule, kind: "completeness" as const }, "all resources of a stack, after the update's other checks"],
    [{ ...rule, kind: "resource" as const, types: "any" as const }, "each resource, of any type"],
    [
      { ...rule, kind: "resource" as const, types: ["a:b/c:C", "d:e:F"] },
      "each resource of type `a:b/c:C`, `d:e:F`",
    ],
  ])("say what is judged, $1", (one, judges) => {
    expect(rulePage(one, undefined)).toContain(`\n- **Judges**: ${judges}\n`);
  });

  it("keep the body when the head is refreshed", () => {
    const body = "\n## Why\n\nBecause of <!-- /head -->.\n";
    expect(rulePage(rule, `<!-- head -->\n# pause\n<!-- /head -->\n${body}`)).toBe(head + body);
  });

  it.each([
    "# pause-long-enough\n\n## Why\n",
    "<!-- head -->\n# pause-long-enough\n\n## Why\n",
    "Mine.\n<!-- head -->\n# pause-long-enough\n<!-- /head -->\n",
  ])("are not written over where the markers are gone: %j", (page) => {
    expect(() => rulePage(rule, page)).toThrow(
      "docs/rules/pause-long-enough.md does not begin with <!-- head --> and a line <!-- /head -->.",
    );
  });
});

describe.each(rules.map((rule) => ({ name: rule.name, rule })))("the page of $name", ({ name, rule }) => {
  const page = existsSync(fileOf(name)) ? readFileSync(fileOf(name), "utf8") : "";
  const sections = sectionsOf(page);
  const section = (title: (typeof ruleSections)[number]) => sections.get(title) ?? "";

  it("has the rule's own head: npm run generate", () => {
    expect(rulePage(rule, page)).toBe(page);
  });

  it("has all sections, in order, and none is empty", () => {
    expect([...sections.keys()]).toEqual([...ruleSections]);
    expect([...sections].filter(([, text]) => text === "").map(([title]) => title)).toEqual([]);
  });

  it("has a failing example on which this rule alone reports, in the words that the page shows", async () => {
    const found = await judged(section("Fails"));
    expect([...new Set(found.map((one) => one.rule))]).toEqual([name]);
    expect(blocks(section("Fails"), "text")).toEqual([`${found.map(shownFinding).join("\n")}\n`]);
  });

  it("has a passing example on which no rule reports", async () => {
    expect((await judged(section("Passes"))).filter(blocking)).toEqual([]);
    if (!("kind" in rule) || rule.kind !== "resource" || rule.types === "any") return;
    expect(rule.types).toEqual(expect.arrayContaining(exampleTypes(section("Passes"))));
    expect(exampleTypes(section("Passes"))).not.toEqual([]);
  });

  it("shows the exception that covers the failing example, or none where none is taken", async () => {
    const except = section("How to except");
    expect(blocks(except, "yaml")).toHaveLength(rule.exceptions ? 1 : 0);
    if (!rule.exceptions) return;
    const statuses = (await judged(section("Fails"), except)).map(({ status }) => status);
    expect([...new Set(statuses)]).toEqual(["exempted"]);
  });

  it("tells of each setting, and links to pages that there are", () => {
    const body = [...sections.values()].join("\n");
    expect(settingNames(rule).filter((setting) => !body.includes(`\`${setting}\``))).toEqual([]);
    const links = [...page.matchAll(/\]\((?!https:)([^)#]+)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
  });
});
