import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Alert, alertsOf, runbookOf } from "../../components/alerts";
import { dashboardOf } from "../../components/dashboard";
import { loadPair } from "../../config/pair";
import { effectiveValues } from "../../review/values";
import measured from "../components/litellmSeries.json";
import { missing } from "../components/queries";
import { shipped } from "../shipped";

const folder = join(__dirname, "../../docs/runbooks");

/** What a page writes in the place of each environment's own values, and the values that it stands for here. */
const placeholders: Record<string, number> = {
  SPEND_USD: 0.271_801,
  LATENCY_P95_SECONDS: 0.271_802,
  FIRST_TOKEN_MISS_SECONDS: 0.271_803,
  ERROR_RATIO: 0.271_804,
  FALLBACK_RATIO: 0.271_805,
  CACHE_HIT_RATIO: 0.271_806,
  FIRST_TOKEN_HIT_SECONDS: 0.271_807,
  INVALID_RATIO: 0.271_808,
  RETRIEVAL_P99_SECONDS: 0.271_809,
  BUDGET_USD: 0.271_811,
};
const of = (name: string) => placeholders[name] ?? Number.NaN;
const objectives = {
  latencyP95Seconds: of("LATENCY_P95_SECONDS"),
  firstTokenP95Seconds: {
    cacheHit: of("FIRST_TOKEN_HIT_SECONDS"),
    cacheMiss: of("FIRST_TOKEN_MISS_SECONDS"),
  },
  errorRatio: of("ERROR_RATIO"),
  fallbackRatio: of("FALLBACK_RATIO"),
  cacheHitRatio: of("CACHE_HIT_RATIO"),
  silentFailureRatio: of("INVALID_RATIO"),
  retrievalP99Seconds: of("RETRIEVAL_P99_SECONDS"),
};
const usd = of("SPEND_USD");
const alerts = alertsOf({
  environment: "production",
  namespace: "NAMESPACE",
  behaviourHash: "BEHAVIOUR_HASH",
  objectives,
  spend: [
    { name: "early", percent: 50, usd, period: "day" },
    { name: "full", percent: 100, usd, period: "month", team: "TEAM" },
  ],
  budgets: [
    { usd: of("BUDGET_USD"), period: "day" },
    { usd: of("BUDGET_USD"), period: "month", team: "TEAM" },
  ],
  retrieval: ["RETRIEVAL_MODELS"],
  canary: { cronJob: "CRON_JOB", everyMinutes: 60 },
  runbooks: "docs/runbooks",
});
const expressionOf = ({ expr }: Alert) =>
  Object.entries(placeholders).reduce((text, [name, value]) => text.replace(String(value), name), expr);

const dashboard = JSON.parse(
  dashboardOf({
    environment: "production",
    namespace: "NAMESPACE",
    objectives,
    budget: { dailyUsd: 1, monthlyUsd: 2 },
    retrieval: ["RETRIEVAL_MODELS"],
    requestLog: { database: "d", table: "t" },
  }),
);
const panels: string[] = dashboard.panels.map(({ title }: { title: string }) => title);

const pages = [...new Set(alerts.map(({ alert }) => alert))].map((alert) => ({
  alert,
  page: runbookOf(alert),
  rules: alerts.filter((other) => other.alert === alert),
}));
const textOf = (page: string) => readFileSync(join(folder, page), "utf8");
const flat = (text: string) => text.replace(/\s+/g, " ");

describe("the runbooks", () => {
  it("are one page for each alert, and no other", () => {
    expect(readdirSync(folder).sort()).toEqual(pages.map(({ page }) => page).sort());
    for (const { rules, page } of pages)
      expect([...new Set(rules.map(({ annotations }) => annotations.runbook_url))]).toEqual([
        `docs/runbooks/${page}`,
      ]);
  });
});

describe.each(pages)("the page of $alert", ({ alert, page, rules }) => {
  const text = textOf(page);
  const queries = [...text.matchAll(/```promql\n([\s\S]*?)```/g)].map(([, query = ""]) => query.trim());

  it("has the parts that somebody who is called looks for, in this order", () => {
    expect(text.split("\n")[0]).toBe(`# ${alert}`);
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
      "The rule",
      "Likely causes",
      "Look at",
      "Do",
      "What it does not tell",
    ]);
  });

  it("says how bad it is and how long it lasts before somebody is called", () => {
    const head = text.slice(0, text.indexOf("## The rule")).toLowerCase();
    for (const { labels, for: lasting } of rules) {
      expect(head).toContain(labels.severity);
      expect(head).toContain(`\`for: ${lasting}\``);
    }
  });

  it("has the rule's own expression", () => {
    expect(queries.slice(0, rules.length)).toEqual(rules.map(expressionOf));
    for (const name of Object.keys(placeholders))
      if (rules.some((rule) => expressionOf(rule).includes(name))) expect(text).toContain(`\`${name}\``);
  });

  it("asks for series and labels only that a running gateway has shown", () => {
    for (const query of queries) {
      expect(missing(query, measured), query).toEqual([]);
      expect(query).toContain('namespace="NAMESPACE"');
    }
  });

  it("names commands, panels and pages that there are", () => {
    const { pair } = loadPair(shipped(), "production");
    const commands = [...flat(text).matchAll(/npx lockstep (\w+)([^`]*)`/g)];
    for (const [, command, rest = ""] of commands) {
      if (command === "preview") expect(rest).toBe("");
      // Their options are those of docs/cli.md.
      else if (command === "sample" || command === "incident")
        expect(rest).toMatch(/^( add| --from TIME --until TIME)$/);
      else {
        expect(command).toBe("show");
        const { path } = /^(?: (?<path>[\w.]+))? --stack production(?: --json)?$/.exec(rest)?.groups ?? {
          path: "?",
        };
        for (const stack of pair === undefined ? [] : [pair.staging, pair.production])
          expect(effectiveValues(stack, path).length, rest).toBeGreaterThan(0);
      }
    }
    expect(pair?.production.name).toBe("production");
    const quoted = [...flat(text).matchAll(/[Pp]anels? ((?:"[^"]+"(?: and |, )?)+)/g)].flatMap(
      ([, list = ""]) => [...list.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title),
    );
    expect(quoted.filter((title) => !panels.includes(title))).toEqual([]);
    const links = [...text.matchAll(/\]\(([^)]*)\)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => link === page || !pages.some((other) => other.page === link))).toEqual([]);
  });
});
