import { describe, expect, it } from "vitest";
import { type Alert, alertsOf, runbookOf } from "../../components/alerts";
import { dashboardOf } from "../../components/dashboard";
import { Monitoring, type MonitoringArgs } from "../../components/monitoring";
import { grown, hashLabel, series } from "../../components/series";
import { forecastOf, spendBudgets, spendThresholds } from "../../components/spend";
import { behaviourHash, sample } from "../gateway/sample";
import measured from "./litellmSeries.json";
import { collect, document, inputErrors } from "./mocks";
import { missing, seriesOf } from "./queries";
import { shippedEnvironment, tiers } from "./shippedEnvironment";

const { objectives, limits } = sample();
const args = (change: Partial<MonitoringArgs> = {}): MonitoringArgs => ({
  environment: "staging",
  namespace: "llm-gateway-staging",
  gatewayLabels: { "app.kubernetes.io/instance": "gw" },
  behaviourHash,
  objectives,
  limits,
  retrieval: ["embedding/nova-embed", "rerank/nova-rank"],
  canary: { cronJob: "staging-probes-canary", everyMinutes: 15 },
  requestLog: { database: "llm", table: "requests" },
  prometheusLabels: { release: "prometheus" },
  ...change,
});
const retrieval = ["embedding/nova-embed", "rerank/nova-rank"];
const canary = { cronJob: "staging-probes-canary", everyMinutes: 15 };
const rules = {
  environment: "staging",
  namespace: "llm-gateway-staging",
  behaviourHash,
  objectives,
  spend: spendThresholds(limits),
  budgets: spendBudgets(limits),
  retrieval,
  canary,
  runbooks: "docs/runbooks",
};
const alerts = alertsOf(rules);
const expressionOf = (name: string) => alerts.find(({ alert }) => alert === name)?.expr;
const dashboard = JSON.parse(
  dashboardOf({
    environment: "staging",
    namespace: "llm-gateway-staging",
    objectives,
    budget: limits,
    retrieval,
    requestLog: { database: "llm", table: "requests" },
  }),
);
interface Source {
  type: string;
  uid: string;
}
interface Panel {
  id: number;
  title: string;
  type: string;
  gridPos: Record<"x" | "y" | "w" | "h", number>;
  datasource?: Source;
  targets?: { refId: string; datasource: Source; expr?: string; rawSQL?: string; legendFormat?: string }[];
  options: { legend?: { showLegend: boolean } };
  fieldConfig: {
    defaults: {
      unit?: string;
      thresholds?: { steps: { value: number | null; color: string }[] };
      custom?: { thresholdsStyle?: { mode: string } };
    };
    overrides: unknown[];
  };
}
const panels: Panel[] = dashboard.panels.flatMap((panel: Panel & { panels?: Panel[] }) => [
  panel,
  ...(panel.panels ?? []),
]);
const shown = panels
  .filter(({ type }) => type !== "row")
  .map(({ targets = [], ...panel }) => ({ ...panel, targets }));
const expressions = [
  ...alerts.map(({ expr }) => expr),
  ...panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => (expr === undefined ? [] : [expr]))),
];

describe("the queries", () => {
  it("ask for series and labels only that a running gateway has shown", () => {
    expect(expressions.length).toBeGreaterThan(40);
    for (const expr of expressions) {
      expect(seriesOf(expr).length, expr).toBeGreaterThan(0);
      expect(missing(expr, measured), expr).toEqual([]);
    }
  });

  it("are closed wherever they were opened", () => {
    for (const expr of expressions) {
      const open: string[] = [];
      for (const character of expr) {
        if ("([{".includes(character)) open.push(character);
        else if (")]}".includes(character))
          expect(open.pop(), expr).toBe({ ")": "(", "]": "[", "}": "{" }[character]);
      }
      expect(open, expr).toEqual([]);
    }
  });

  it("all belong to the environment's own namespace", () => {
    for (const expr of expressions) {
      for (const match of expr.matchAll(/(?:litellm|lockstep|kube)_\w+(\{[^}]*\})/g))
        expect(match[1], expr).toContain('namespace="llm-gateway-staging"');
    }
  });
});

describe("the growth of a counter", () => {
  it("counts the first count of a new series, which increase() leaves out", () => {
    expect(grown("c_total", "{}", "15m", ["a", "b"])).toBe(
      "sum by (a, b) (clamp_min((increase(c_total{}[15m]) and resets(c_total{}[15m]) > 0) or " +
        "(last_over_time(c_total{}[15m]) - last_over_time(c_total{}[1h] offset 15m)) or " +
        "last_over_time(c_total{}[15m]), 0))",
    );
  });
});

describe("the alerts", () => {
  it("have names that silences and runbooks can rely on", () => {
    expect([...new Set(alerts.map(({ alert }) => alert))]).toEqual([
      "LockstepSpendThreshold",
      "LockstepSpendForecast",
      "LockstepLatencyP95High",
      "LockstepFirstTokenP95High",
      "LockstepRetrievalP99High",
      "LockstepErrorRatioHigh",
      "LockstepFallbackRatioHigh",
      "LockstepCoolDownOpened",
      "LockstepInvalidRatioHigh",
      "LockstepBreakerOpened",
      "LockstepCacheHitRatioLow",
      "LockstepServedModelUnexpected",
      "LockstepMetricsAbsent",
      "LockstepTrafficAbsent",
      "LockstepCanaryAbsent",
      "LockstepSampledAnswersBad",
      "LockstepSampleShifted",
      "LockstepSampleAbsent",
      "LockstepBehaviourHashUnexpected",
    ]);
    expect(runbookOf("LockstepLatencyP95High")).toBe("latency-p95-high.md");
  });

  it("say how bad, what, in which environment, and where to read on", () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(labels.severity, alert).toMatch(/^(critical|warning)$/);
      expect(labels.environment).toBe("staging");
      expect(annotations.summary, alert).toContain("staging");
      expect(annotations.description, alert).toMatch(/^.{20,}\.$/);
      expect(annotations.runbook_url).toBe(`docs/runbooks/${runbookOf(alert)}`);
    }
  });

  it("tell of each share of each budget, the environment's and each team's", () => {
    const spend = alerts.filter(({ alert }) => alert === "LockstepSpendThreshold");
    const row = ({ labels: { team, period, threshold }, expr }: Alert) => [
      team,
      period,
      threshold,
      /> ([\d.]+)$/.exec(expr)?.[1],
    ];
    expect(spend.map(row)).toEqual([
      [undefined, "day", "early", "12"],
      [undefined, "day", "late", "24"],
      [undefined, "month", "early", "240"],
      [undefined, "month", "late", "480"],
      ["search", "day", "early", "5"],
      ["search", "month", "early", "100"],
    ]);
    expect(spend[0]?.expr).toContain("[1d]");
    expect(spend[0]?.expr).not.toContain("team_alias");
    expect(spend[5]?.expr).toContain('team_alias="search"');
    expect(spend[5]?.expr).toContain("[30d]");
    expect(new Set(spend.map(({ labels }) => JSON.stringify(labels))).size).toBe(spend.length);
  });

  it("forecast each budget, the environment's and each team's", () => {
    const forecasts = alerts.filter(({ alert }) => alert === "LockstepSpendForecast");
    expect(
      forecasts.map(({ labels: { team, period }, expr }) => [team, period, / > ([\d.]+)$/.exec(expr)?.[1]]),
    ).toEqual([
      [undefined, "day", "30"],
      [undefined, "month", "600"],
      ["search", "day", "10"],
      ["search", "month", "200"],
    ]);
    expect(forecasts[3]?.expr).toContain('team_alias="search"');
    expect(forecastOf("day", "{}")).toBe(
      `${grown(series.spend, "{}", "18h")} + ${grown(series.spend, "{}", "6h")}`,
    );
    expect(forecastOf("month", "{}")).toBe(
      `${grown(series.spend, "{}", "25d")} + ${grown(series.spend, "{}", "5d")}`,
    );
  });

  it("stand at the objectives, and ask for enough to be a rate", () => {
    const limits = (name: string) =>
      alerts
        .filter(({ alert }) => alert === name)
        .map(({ expr }) => [...expr.matchAll(/ ([<>]=? [\d.]+)(?= and |$)/g)].map(([, limit]) => limit));
    expect(limits("LockstepLatencyP95High")).toEqual([["> 8", ">= 20"]]);
    expect(limits("LockstepFirstTokenP95High")).toEqual([
      ["> 0.8", ">= 20"],
      ["> 2", ">= 20"],
    ]);
    expect(limits("LockstepRetrievalP99High")).toEqual([["> 0.5", ">= 1000"]]);
    expect(limits("LockstepErrorRatioHigh")).toEqual([["> 0.01", ">= 5"]]);
    expect(limits("LockstepFallbackRatioHigh")).toEqual([["> 0.05", ">= 5"]]);
    expect(limits("LockstepInvalidRatioHigh")).toEqual([["> 0.02", ">= 5"]]);
    expect(limits("LockstepCacheHitRatioLow")).toEqual([["< 0.4", "> 10000"]]);
    expect(expressionOf("LockstepBehaviourHashUnexpected")).toBe(
      `count by (${hashLabel}, pod) (${series.inFlight}{namespace="llm-gateway-staging",${hashLabel}!="3f1c3f1c3f1c3f1c"}) > 0`,
    );
  });
});

describe("alerts that not everybody has", () => {
  const without = (change: Partial<typeof rules>) => {
    const left = new Set(alertsOf({ ...rules, ...change }).map(({ alert }) => alert));
    return [...new Set(alerts.map(({ alert }) => alert))].filter((alert) => !left.has(alert));
  };
  it("are left out without retrieval or canary", () => {
    expect(without({})).toEqual([]);
    expect(without({ retrieval: [] })).toEqual(["LockstepRetrievalP99High"]);
    const { canary: _, ...none } = rules;
    expect(alertsOf(none).some(({ alert }) => alert === "LockstepCanaryAbsent")).toBe(false);
  });

  it("ask for what a retrieval calls, and wait for two runs of the canary", () => {
    expect(expressionOf("LockstepRetrievalP99High")).toContain(
      'requested_model=~"embedding/nova-embed|rerank/nova-rank"',
    );
    const late = alerts.find(({ alert }) => alert === "LockstepCanaryAbsent");
    expect([late?.for, late?.expr]).toEqual([
      "23m",
      'time() - max by (namespace, cronjob) (kube_cronjob_status_last_successful_time{namespace="llm-gateway-staging",cronjob="staging-probes-canary"}) > 1350' +
        ' or absent(kube_cronjob_status_last_successful_time{namespace="llm-gateway-staging",cronjob="staging-probes-canary"})',
    ]);
  });

  it("are set on what the shipped environments have", async () => {
    for (const tier of tiers) {
      const made = await shippedEnvironment(tier);
      const { spec } = made.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs;
      const text = JSON.stringify(spec);
      expect(text).toContain('requested_model=~\\"embedding/embed-documents\\"');
      const jobs = made.resources
        .filter(({ type }) => type === "kubernetes:batch/v1:CronJob")
        .map(({ inputs }) => (inputs.metadata as { name: string }).name);
      const [, missed = ""] = /cronjob=\\"([^"\\]+)/.exec(text) ?? [];
      expect(jobs).toContain(missed);
      expect(missed).toMatch(/-canary$/);
    }
  });
});

describe("the dashboard", () => {
  it("shows spend, latency, errors, cache and requests together", () => {
    expect(panels.filter(({ type }) => type === "row").map(({ title }) => title)).toEqual([
      "Spend",
      "Latency",
      "Errors",
      "Cache, tokens and models",
      "Requests",
    ]);
    expect(
      dashboard.templating.list.map(({ name, query }: { name: string; query: string }) => [name, query]),
    ).toEqual([
      ["metrics", "prometheus"],
      ["requests", "grafana-athena-datasource"],
    ]);
  });

  it("has its limits from budgets and objectives", () => {
    const steps = (title: string) => {
      const panel = shown.find((candidate) => candidate.title === title);
      return panel?.fieldConfig.defaults.thresholds?.steps;
    };
    expect(steps("Spend, 24 hours")).toEqual([
      { value: null, color: "green" },
      { value: 30, color: "red" },
    ]);
    expect(steps("Whole time, p95")).toEqual([
      { value: null, color: "green" },
      { value: 8, color: "red" },
    ]);
    expect(steps("Input tokens from the prompt cache, share in an hour")).toEqual([
      { value: null, color: "red" },
      { value: 0.4, color: "green" },
    ]);
  });

  it("gives every panel an id and a place of its own", () => {
    expect(panels.map(({ id }) => id)).toEqual(panels.map((_, index) => index + 1));
    for (const [index, panel] of panels.entries()) {
      const { x, y, w, h } = panel.gridPos;
      expect(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24, panel.title).toBe(true);
      for (const other of panels.slice(index + 1)) {
        const apart =
          x + w <= other.gridPos.x ||
          other.gridPos.x + other.gridPos.w <= x ||
          y + h <= other.gridPos.y ||
          other.gridPos.y + other.gridPos.h <= y;
        expect(apart, `${panel.title} | ${other.title}`).toBe(true);
      }
    }
  });

  it("asks the data source that its reader chooses, in every panel and target", () => {
    const sources = dashboard.templating.list.map(({ name, query }: { name: string; query: string }) => ({
      type: query,
      uid: `$${name}`,
    }));
    for (const { title, datasource, targets } of shown) {
      expect(targets.length, title).toBeGreaterThan(0);
      for (const source of [datasource, ...targets.map((target) => target.datasource)])
        expect(sources, title).toContainEqual(source);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
      for (const { expr, rawSQL } of targets) expect([expr, rawSQL].filter(Boolean), title).toHaveLength(1);
    }
  });

  it("has units that fit what is shown, and a line at what each is measured against", () => {
    expect(
      shown.map(({ title, fieldConfig: { defaults } }) => [
        title,
        defaults.unit,
        defaults.thresholds?.steps.at(-1)?.value,
      ]),
    ).toEqual([
      ["Spend, 24 hours", "currencyUSD", 30],
      ["24 hours, in six hours", "currencyUSD", 30],
      ["Spend, 30 days", "currencyUSD", 600],
      ["30 days, in five days", "currencyUSD", 600],
      ["Spend by team, an hour", "currencyUSD", undefined],
      ["Spend by route, an hour", "currencyUSD", undefined],
      ["Whole time, p95", "s", 8],
      ["Time to first token on a cache hit, p95", "s", 0.8],
      ["Time to first token on a cache miss, p95", "s", 2],
      ["Models of a retrieval, p99", "s", 0.5],
      ["Requests in flight", "short", undefined],
      ["Failed requests, share in 10 minutes", "percentunit", 0.01],
      ["Failed requests by kind, 10 minutes", "short", undefined],
      ["Answers by fallbacks, share in 30 minutes", "percentunit", 0.05],
      ["Cool-downs, 15 minutes", "short", undefined],
      ["Invalid answers by route, share in 30 minutes", "percentunit", 0.02],
      ["Requests kept from a route by its breaker, 15 minutes", "short", undefined],
      ["Bad among sampled answers by route, share in an hour", "percentunit", 0.02],
      ["Sampled answers by verdict, an hour", "short", undefined],
      ["Input tokens from the prompt cache, share in an hour", "percentunit", 0.4],
      ["Tokens, an hour", "short", undefined],
      ["Answers by served model, an hour", "short", undefined],
      ["Pods by behaviour hash", "short", undefined],
      ["Requests, failures first", undefined, undefined],
    ]);
    for (const { type, title, fieldConfig } of shown) {
      const style = fieldConfig.defaults.custom?.thresholdsStyle?.mode;
      if (type === "timeseries")
        expect(style, title).toBe(fieldConfig.defaults.thresholds === undefined ? undefined : "line");
    }
    expect(shown.at(-1)?.fieldConfig.overrides).toEqual([
      { matcher: { id: "byName", options: "seconds" }, properties: [{ id: "unit", value: "s" }] },
      { matcher: { id: "byName", options: "first_token_seconds" }, properties: [{ id: "unit", value: "s" }] },
      { matcher: { id: "byName", options: "usd" }, properties: [{ id: "unit", value: "currencyUSD" }] },
    ]);
  });

  it("draws the alerts' own expressions where both show the same", () => {
    const drawn = shown.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const undrawn = new Set<string>();
    for (const { alert, labels, expr } of alerts)
      if (labels.team === undefined && !drawn.includes(expr.replace(/ [<>] [\d.]+( and .*)?$/, "")))
        undrawn.add(alert);
    // What is absent draws no line; of the others the panel shows more than what is wrong.
    expect([...undrawn]).toEqual([
      "LockstepServedModelUnexpected",
      "LockstepMetricsAbsent",
      "LockstepTrafficAbsent",
      "LockstepCanaryAbsent",
      "LockstepSampleShifted",
      "LockstepSampleAbsent",
      "LockstepBehaviourHashUnexpected",
    ]);
  });

  it("says whose each line is", () => {
    for (const { type, title, options, targets } of shown) {
      if (type !== "timeseries") continue;
      expect(options.legend?.showLegend, title).toBe(true);
      for (const { expr = "", legendFormat = "" } of targets) {
        // A sum of everything has no labels, whatever is grouped below it.
        const labels = expr.startsWith("sum (")
          ? []
          : (/by \(([^)]*)\) \(/
              .exec(expr)?.[1]
              ?.split(", ")
              .filter((label) => label !== "le") ?? []);
        for (const label of labels) expect(legendFormat, title).toContain(`{{${label}}}`);
        expect(legendFormat, title).not.toBe("");
      }
    }
  });

  it("uses macros only that the Athena plugin has", () => {
    // https://github.com/grafana/athena-datasource/blob/main/pkg/athena/macros.go
    const known = ["dateFilter", "parseTime", "unixEpochFilter", "timeFilter", "timeFrom", "timeGroup"];
    const macros = [...known, "unixEpochGroup", "timeTo"];
    const sql = shown.at(-1)?.targets[0]?.rawSQL ?? "";
    const used = [...sql.matchAll(/\$__(\w+)/g)].map(([, name]) => name);
    expect(used.filter((name) => !macros.includes(name ?? ""))).toEqual([]);
    expect(sql).toContain(
      "WHERE day BETWEEN date_format($__timeFrom(), '%Y-%m-%d') AND date_format($__timeTo(), '%Y-%m-%d')\n" +
        "  AND $__unixEpochFilter(starttime)\n",
    );
  });

  it("has no row of requests without a request log", () => {
    const bare = JSON.parse(
      dashboardOf({
        environment: "staging",
        namespace: "n",
        objectives,
        budget: { dailyUsd: 1, monthlyUsd: 2 },
      }),
    );
    expect(JSON.stringify(bare)).not.toContain("athena");
    expect(JSON.stringify(bare)).not.toContain("of a retrieval");
  });
});

describe("the component", () => {
  it("registers a monitor, rules and a dashboard, all under itself", async () => {
    const made = await collect(() => new Monitoring("mon", args()));
    expect(made.resources.map(({ type, name, parent }) => `${type} ${name} < ${parent}`).sort()).toEqual([
      "kubernetes:core/v1:ConfigMap mon-dashboard < mon",
      "kubernetes:monitoring.coreos.com/v1:PrometheusRule mon-rules < mon",
      "kubernetes:monitoring.coreos.com/v1:ServiceMonitor mon-metrics < mon",
      "lockstep:index:Monitoring mon < undefined",
    ]);
    expect(made.one("lockstep:index:Monitoring").outputs).toEqual({
      alertNames: [...new Set(alerts.map(({ alert }) => alert))].sort(),
      dashboardName: "mon-dashboard",
      objectives,
    });
  });

  it("reads the gateway's metrics with the hash of each pod", async () => {
    const made = await collect(() => new Monitoring("mon", args()));
    expect(made.one("kubernetes:monitoring.coreos.com/v1:ServiceMonitor").inputs).toMatchObject({
      metadata: { name: "mon", namespace: "llm-gateway-staging", labels: { release: "prometheus" } },
      spec: {
        namespaceSelector: { matchNames: ["llm-gateway-staging"] },
        selector: { matchLabels: { "app.kubernetes.io/instance": "gw" } },
        podTargetLabels: ["lockstep.dev/behaviour-hash"],
        endpoints: [{ port: "http", path: "/metrics/", interval: "30s", scrapeTimeout: "10s" }],
      },
    });
    expect(hashLabel).toBe("lockstep.dev/behaviour-hash".replace(/[^a-zA-Z0-9_]/g, "_"));
  });

  it("hands rules and dashboard over as they are", async () => {
    const made = await collect(() => new Monitoring("mon", args()));
    const { groups } = made.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs.spec as {
      groups: { rules: Alert[] }[];
    };
    expect(groups.flatMap(({ rules }) => rules)).toEqual(alerts);
    const { data, metadata } = made.one("kubernetes:core/v1:ConfigMap").inputs as {
      data: Record<string, unknown>;
      metadata: { labels: Record<string, string> };
    };
    expect(metadata.labels.grafana_dashboard).toBe("1");
    expect(document(data, "lockstep-staging.json")).toEqual(dashboard);
  });

  it.each<[string, Partial<MonitoringArgs>, string[]]>([
    ["a hash that is none", { behaviourHash: "3f1c" }, ["behaviourHash"]],
    ["labels that every Service has", { gatewayLabels: {} }, ["gatewayLabels"]],
    ["a ratio in percent", { objectives: { ...objectives, errorRatio: 5 } }, ["objectives.errorRatio"]],
    [
      "a team that would break a query",
      { limits: { ...limits, teams: { 'a"b': limits } } },
      ['limits.teams.a"b'],
    ],
    ["a model that would break a query", { retrieval: ['embedding/a"b'] }, ["retrieval"]],
    ["a canary that never runs", { canary: { cronJob: "c", everyMinutes: 0 } }, ["canary.everyMinutes"]],
    ["a job that has no name", { canary: { cronJob: "", everyMinutes: 5 } }, ["canary.cronJob"]],
    ["reading all the time", { scrapeSeconds: 1 }, ["scrapeSeconds"]],
  ])("refuses %s", (_, change, expected) => {
    expect(
      inputErrors(() => new Monitoring("mon", args(change))).map(({ propertyPath }) => propertyPath),
    ).toEqual(expected);
  });
});
