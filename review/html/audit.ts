import { short } from "../../config/hash";
import { counted } from "../../config/numbers";
import { type AuditReport, groupsOf, reasons, stateOf, verdictNotes, verdictText } from "../audit/audit";
import { code, cut, html, type Markup, nothing, type Section, section, subheading, table } from "./markup";
import { page } from "./page";

const signs = { passes: "✓", drifted: "✗", undecided: "?" } as const;
const at: Section = { id: "audit", level: 2 };

/** The audit as one HTML file in the look of the review: verdict, differences by area, what was not looked at, what ends. */
export function auditHtml(report: AuditReport, version: string): string {
  const title = verdictText(report);
  const state = stateOf(report);
  const parts: [name: string, title: string, content: Markup][] = [
    ["differences", "Differences", differencesSection(report)],
    ["unlooked", "Not audited", unlookedSection(report)],
    ["expiring", "Ends soon", expiringSection(report)],
    ["gone", "Gone", goneSection(report)],
    ["areas", "What was compared", areasSection(report)],
  ];
  const links = parts
    .filter(([, , content]) => content !== nothing)
    .map(([name, text]) => html`<li><a href="#audit-${name}">${text}</a></li>`);
  const body = html`<a class="skip" href="#main">Skip to the verdict</a>
<header class="top"><span>Lockstep audit of ${report.project}, ${report.ended.slice(0, 16).replace("T", " ")} UTC</span><button type="button" id="theme" hidden>Dark theme</button></header>
<main id="main"><div class="${state === "passes" ? "verdict" : "verdict blocked"}"><h1><span class="sign" aria-hidden="true">${signs[state]}</span> ${title}</h1>
<p>${verdictNotes(report).join(". ")}. Declared behaviour: ${code(short(report.behaviourHash))}.</p>
<nav aria-label="Sections"><ul>${links}</ul></nav></div>
${parts.map(([, , content]) => content)}</main>
<footer><p>Lockstep ${version}. Values that may be secret are told to differ and not shown.</p></footer>`;
  return page(`${title} – Lockstep`, body);
}

function differencesSection({ results }: AuditReport): Markup {
  const groups = groupsOf(results.differences);
  if (groups.length === 0) return nothing;
  return section(
    at,
    "differences",
    "Differences",
    groups.map(({ area, sides, differences }) => {
      const { kept, rest } = cut(differences);
      const rows = kept.map(({ name, difference, declared, deployed, since }) => [
        code(name),
        difference,
        declared === undefined ? nothing : code(declared),
        deployed === undefined ? nothing : code(deployed),
        since ?? nothing,
      ]);
      const columns = [
        { head: "what", kind: "name" as const },
        { head: "difference" },
        { head: sides[0] },
        { head: sides[1] },
        { head: "since" },
      ];
      const title = `${area}: ${counted(differences.length, "difference")}`;
      return html`${subheading(at, title)}${table(`Differences of ${area}`, columns, rows)}${rest}`;
    }),
  );
}

function unlookedSection(report: AuditReport): Markup {
  const rows = reasons(report).map(({ areas, reason }) => [areas.join(", "), reason]);
  if (rows.length === 0) return nothing;
  const columns = [{ head: "areas", kind: "name" as const }, { head: "why" }];
  return section(at, "unlooked", "Not audited", table("Not audited", columns, rows));
}

function expiringSection({ results: { expiring = [] } }: AuditReport): Markup {
  if (expiring.length === 0) return nothing;
  const { kept, rest } = cut(expiring);
  const rows = kept.map(({ ends, name, area }) => [code(name), area, ends]);
  const columns = [{ head: "what", kind: "name" as const }, { head: "area" }, { head: "last day" }];
  return section(at, "expiring", "Ends soon", html`${table("Ends soon", columns, rows)}${rest}`);
}

function goneSection({ results: { gone = [], last } }: AuditReport): Markup {
  if (gone.length === 0) return nothing;
  const { kept, rest } = cut(gone);
  const rows = kept.map(({ area, name, difference, since }) => [
    code(name),
    difference,
    area,
    since ?? nothing,
  ]);
  const columns = [
    { head: "what", kind: "name" as const },
    { head: "difference" },
    { head: "area" },
    { head: "since" },
  ];
  return section(
    at,
    "gone",
    `Gone since the audit of ${last ?? ""}`,
    html`${table("Gone", columns, rows)}${rest}`,
  );
}

function areasSection({ results: { areas = [], differences } }: AuditReport): Markup {
  if (areas.length === 0) return nothing;
  const rows = areas.map(({ area, compared, notAudited, leftAside }) => [
    area,
    compared,
    differences.filter((one) => one.area === area).length,
    notAudited.length > 0 ? html`<span class="mark inconclusive">? not whole</span>` : "whole",
    leftAside.join(" "),
  ]);
  const columns = [
    { head: "area", kind: "name" as const },
    { head: "values compared", kind: "number" as const },
    { head: "differences", kind: "number" as const },
    { head: "looked at" },
    { head: "left aside" },
  ];
  return section(at, "areas", "What was compared", table("What was compared", columns, rows));
}
