import { describe, expect, it } from "vitest";
import { type Alert, alertsOf, runbookOf } from "../../components/alerts";
import { dashboardOf } from "../../components/dashboard";
import { Monitoring, type MonitoringArgs } from "../../components/monitoring";
import { grown, hashLabel, series } from "../../components/series";
import { spendThresholds } from "../../components/spend";
import { behaviourHash, sample } from "../gateway/sample";
import measured from "./litellmSeries.json";
import { collect, document, inputErrors } from "./mocks";

const { objectives, limits } = sample();
const args = (change: Partial<MonitoringArgs> = {}): MonitoringArgs => ({
  environment: "staging",
  namespace: "llm-gateway-staging",
  gatewayLabels: { "app.kubernetes.io/instance": "gw" },
  behaviourHash,
  objectives,
  limits,
  requestLog: { database: "llm", table: "requests" },
  prometheusLabels: { release: "prometheus" },
  ...change,
});
const alerts = alertsOf({ ...args(), spend: spendThresholds(limits), runbooks: "docs/runbooks" });
const expressionOf = (name: string) => alerts.find(({ alert }) => alert === name)?.expr;
const dashboard = JSON.parse(
  dashboardOf({
    environment: "staging",
    namespace: "llm-gateway-staging",
    objectives,
    budget: limits,
    requestLog: { database: "llm", table: "requests" },
  }),
);
type Panel = {
  title: string;
  type: string;
  targets?: { expr?: string; rawSQL?: string }[];
  fieldConfig?: unknown;
};
const panels: Panel[] = dashboard.panels.flatMap((panel: Panel & { panels?: Panel[] }) => [
  panel,
  ...(panel.panels ?? []),
]);
const expressions = [
  ...alerts.map(({ expr }) => expr),
  ...panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => (expr === undefined ? [] : [expr]))),
];

/** Labels that Prometheus gives to a target, and those of a histogram's buckets. */
const targetLabels = ["namespace", "pod", hashLabel, "le"];
const known: Readonly<Record<string, string[]>> = measured;

describe("the queries", () => {
  it("ask for series and labels only that a running gateway has shown", () => {
    expect(expressions.length).toBeGreaterThan(25);
    for (const expr of expressions) {
      const names = [...new Set(expr.match(/\blitellm_\w+/g) ?? [])];
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(Object.keys(known), expr).toContain(name);
      const labels = [
        ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap((match) => (match[1] ?? "").split(", ")),
        ...[...expr.matchAll(/\{([^}]*)\}/g)].flatMap((match) =>
          [...(match[1] ?? "").matchAll(/(\w+)!?=/g)].map((m) => m[1] ?? ""),
        ),
      ];
      const allowed = new Set([...targetLabels, ...names.flatMap((name) => known[name] ?? [])]);
      expect(
        labels.filter((label) => !allowed.has(label)),
        expr,
      ).toEqual([]);
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
      for (const match of expr.matchAll(/litellm_\w+(\{[^}]*\})?/g))
        expect(match[1], expr).toContain('namespace="llm-gateway-staging"');
    }
  });
});

describe("the growth of a counter", () => {
  it("counts the first count of a new series, which increase() leaves out", () => {
    expect(grown("c_total", "{}", "15m", ["a", "b"])).toBe(
      "clamp_min(sum by (a, b) (last_over_time(c_total{}[15m])) - " +
        "(sum by (a, b) (c_total{} offset 15m) or sum by (a, b) (last_over_time(c_total{}[15m])) * 0), 0)",
    );
    for (const expr of expressions) expect(expr).not.toContain("increase(");
  });
});

describe("the alerts", () => {
  it("have names that silences and runbooks can rely on", () => {
    expect([...new Set(alerts.map(({ alert }) => alert))]).toEqual([
      "LockstepSpendThreshold",
      "LockstepLatencyP95High",
      "LockstepFirstTokenP95High",
      "LockstepErrorRatioHigh",
      "LockstepFallbackRatioHigh",
      "LockstepCoolDownOpened",
      "LockstepCacheHitRatioLow",
      "LockstepMetricsAbsent",
      "LockstepTrafficAbsent",
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

  it("stand at the objectives", () => {
    const end = (name: string) => expressionOf(name)?.slice(-12);
    expect(end("LockstepLatencyP95High")).toMatch(/ > 8$/);
    expect(end("LockstepFirstTokenP95High")).toMatch(/ > 2$/);
    expect(end("LockstepErrorRatioHigh")).toMatch(/ > 0\.01$/);
    expect(end("LockstepFallbackRatioHigh")).toMatch(/ > 0\.05$/);
    expect(expressionOf("LockstepCacheHitRatioLow")).toContain(" < 0.4 and ");
    expect(expressionOf("LockstepBehaviourHashUnexpected")).toBe(
      `count by (${hashLabel}, pod) (${series.inFlight}{namespace="llm-gateway-staging",${hashLabel}!="3f1c3f1c3f1c3f1c"}) > 0`,
    );
  });
});

describe("the dashboard", () => {
  it("shows spend, latency, errors, cache and requests together", () => {
    expect(panels.filter(({ type }) => type === "row").map(({ title }) => title)).toEqual([
      "Spend",
      "Latency",
      "Errors",
      "Cache and tokens",
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
      const panel = panels.find((candidate) => candidate.title === title) as {
        fieldConfig: { defaults: { thresholds: { steps: unknown[] } } };
      };
      return panel.fieldConfig.defaults.thresholds.steps;
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

  it("gives every panel a place of its own", () => {
    const places = dashboard.panels.map(
      ({ gridPos }: { gridPos: { x: number; y: number } }) => `${gridPos.x} ${gridPos.y}`,
    );
    expect(new Set(places).size).toBe(places.length);
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
    ["reading all the time", { scrapeSeconds: 1 }, ["scrapeSeconds"]],
  ])("refuses %s", (_, change, expected) => {
    expect(
      inputErrors(() => new Monitoring("mon", args(change))).map(({ propertyPath }) => propertyPath),
    ).toEqual(expected);
  });
});
