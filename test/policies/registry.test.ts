import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { rules } from "../../policies/registry";
import { rulePage } from "../../scripts/rulePage";

/**
 * The tests of a rule ask it directly. How severe it is, whether it takes exceptions, which updates it stops and
 * which types of resources the engine asks it about was decided where its page says so, and was read there.
 */
it.each(rules)("$name is what its page says: severity, exceptions, what it judges", (rule) => {
  const page = readFileSync(`docs/rules/${rule.name}.md`, "utf8");
  expect(page.startsWith(`<!-- head -->\n# ${rule.name}\n`)).toBe(true);
  expect(rulePage(rule, page)).toBe(page);
});
