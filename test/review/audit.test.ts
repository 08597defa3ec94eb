import { describe, expect, it } from "vitest";
import { auditMarkdown } from "../../review/audit/markdown";
import { auditText } from "../../review/audit/text";
import { auditHtml } from "../../review/html/report";
import { clean, drifted, undecided } from "./auditReports";

const plain = (_: unknown, text: string) => text;

describe("an audit as text", () => {
  it("tells the verdict first, then differences by area, what was not looked at, and what ends", () => {
    expect(auditText(drifted(), plain)).toBe(`✗ staging has drifted: 3 differences in 3 areas.
1,609 values compared on 2026-11-21 03:17 UTC. Since the audit of 2026-10-02: 2 new, 1 still there, 1 gone.

models  1 difference
  support-chat.chat-large.1: model differs in the cluster  since 2026-10-02
    declared    openai/gpt-5.4-2026-03-05
    deployed    openai/gpt-4.1-2025-04-14

resources  1 difference
  Ingress <img src=x onerror=alert(1)> | @ada \`x\`: spec.rules differs in the state  since 2026-11-21

environments  1 difference
  limits.monthlyUsd: staging has to be stricter than production as deployed  since 2026-11-21
    staging     20,000
    production  20,000

Not audited
  behaviour, prompts, models: The running gateway was not asked: name it with --gateway, or in LOCKSTEP_GATEWAY_URL.

Ends soon
  2026-12-01  credential openai
  2026-12-10  staging: limits-stricter at limits.dailyUsd

Gone since the audit of 2026-10-02
  limits: limits.dailyUsd: the limit differs in the state

Left aside
  resources: 49 values that only an update tells, and 2 secret values, are not compared.

Added evidence
  releases/initial/evidence/drift-20261121T031742Z-c7050e347c2b.intoto.json
`);
  });

  it("has two lines where there is nothing to tell", () => {
    expect(auditText(clean(), plain)).toBe(
      "✓ staging is what is declared.\n1,609 values compared on 2026-11-21 03:17 UTC. No earlier audit was given.\n",
    );
  });

  it("says of what was not looked at that nothing was found, and no more", () => {
    expect(auditText(undecided(), plain).split("\n")[0]).toBe(
      "? No drift was found in staging, and 3 areas could not be looked at whole.",
    );
  });
});

describe("an audit as Markdown", () => {
  it("has a table an area, and texts from outside in code spans", () => {
    expect(
      auditMarkdown(drifted()),
    ).toBe(`### ❌ Lockstep audit: staging has drifted: 3 differences in 3 areas

1,609 values compared on 2026-11-21 03:17 UTC. Since the audit of 2026-10-02: 2 new, 1 still there, 1 gone. Declared behaviour: \`c7050e347c2b…\`.

**models**: 1 difference

| what | difference | declared | deployed | since |
|---|---|---|---|---|
| \`support-chat.chat-large.1\` | \`model differs in the cluster\` | \`openai/gpt-5.4-2026-03-05\` | \`openai/gpt-4.1-2025-04-14\` | 2026-10-02 |

**resources**: 1 difference

| what | difference | declared | deployed | since |
|---|---|---|---|---|
| \`\` Ingress <img src=x onerror=alert(1)> \\| @ada \`x\` \`\` | \`spec.rules differs in the state\` |  |  | 2026-11-21 |

**environments**: 1 difference

| what | difference | staging | production | since |
|---|---|---|---|---|
| \`limits.monthlyUsd\` | \`staging has to be stricter than production as deployed\` | \`20,000\` | \`20,000\` | 2026-11-21 |

**Not audited**

- behaviour, prompts, models: \`The running gateway was not asked: name it with --gateway, or in LOCKSTEP_GATEWAY_URL.\`

**Ends soon**

- 2026-12-01: \`credential openai\`
- 2026-12-10: \`staging: limits-stricter at limits.dailyUsd\`

**Gone since the audit of 2026-10-02**

- limits: \`limits.dailyUsd: the limit differs in the state\`

**Left aside**

- resources: \`49 values that only an update tells, and 2 secret values, are not compared.\`

`);
  });

  it("is no longer than a comment may be, and counts what does not fit", () => {
    const report = drifted();
    const [one] = report.results.differences;
    if (one)
      report.results.differences = Array.from({ length: 5_000 }, (_, index) => ({
        ...one,
        name: `d${index}`,
      }));
    const text = auditMarkdown(report);
    expect(text.length).toBeLessThanOrEqual(60_000);
    const shown = text.match(/^\| `d\d+`/gm)?.length ?? 0;
    expect(shown).toBeGreaterThan(200);
    expect(text).toContain(
      `\n${(5_000 - shown).toLocaleString("en-US")} differences more: the report has all of them.\n`,
    );
  });
});

describe("an audit as a page", () => {
  it("escapes every text, and has nothing that another page would have to load", () => {
    const page = auditHtml(drifted(), "1.2.3");
    expect(page).toContain("Ingress &#60;img src=x onerror=alert(1)&#62; | @ada &#96;x&#96;");
    expect(page).not.toContain("<img");
    expect(page).toContain(
      '<h1><span class="sign" aria-hidden="true">✗</span> staging has drifted: 3 differences in 3 areas</h1>',
    );
    expect(page).not.toMatch(/(src|href)="(?!#|data:,")/);
  });

  it("leaves out what there is nothing of", () => {
    const page = auditHtml(clean(), "1.2.3");
    expect(page).toContain("staging is what is declared</h1>");
    for (const id of ["differences", "unlooked", "expiring", "gone"])
      expect(page).not.toContain(`id="audit-${id}"`);
    expect(page).toContain('id="audit-areas"');
  });
});
