import { DataqueryBuilder as AthenaQuery, FormatOptions } from "@grafana/grafana-foundation-sdk/athena";
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  type Panel,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { Objectives } from "./alert";
import {
  badShare,
  cachedShare,
  failedShare,
  fallbackShare,
  firstTokenOf,
  grown,
  hashLabel,
  invalidShare,
  quantile,
  retrievalLatency,
  selector,
  series,
} from "./series";
import { forecastOf } from "./spend";

export interface DashboardArgs {
  environment: string;
  /** The gateway's namespace. */
  namespace: string;
  objectives: Objectives;
  /** The budgets of the environment. */
  budget: { dailyUsd: number; monthlyUsd: number };
  /** The gateway's names of the models that a retrieval calls. Default none: no panel of them. */
  retrieval?: readonly string[];
  /** The request log's table in Athena. Absent: no row of requests. */
  requestLog?: { database: string; table: string };
}

/**
 * The dashboard of one environment: spend, latency, errors, cache and the request log together, with a line
 * at each objective and budget. As JSON for Grafana; the same arguments give the same bytes.
 */
export function dashboardOf(args: DashboardArgs): string {
  const { environment, namespace, objectives, budget, retrieval = [] } = args;
  const select = selector(namespace);
  const builder = new DashboardBuilder(`LLM gateway: ${environment}`)
    .uid(`lockstep-${environment}`)
    .tags(["llm", "lockstep", environment])
    .readonly()
    .refresh("1m")
    .time({ from: "now-6h", to: "now" })
    .timezone("utc")
    .withVariable(new DatasourceVariableBuilder("metrics").label("Prometheus").type("prometheus"))
    .withRow(new RowBuilder("Spend"))
    .withPanel(stat("Spend, 24 hours", "currencyUSD", grown(series.spend, select, "1d"), budget.dailyUsd))
    .withPanel(stat("24 hours, in six hours", "currencyUSD", forecastOf("day", select), budget.dailyUsd))
    .withPanel(stat("Spend, 30 days", "currencyUSD", grown(series.spend, select, "30d"), budget.monthlyUsd))
    .withPanel(stat("30 days, in five days", "currencyUSD", forecastOf("month", select), budget.monthlyUsd))
    .withPanel(
      graph("Spend by team, an hour", "currencyUSD", [
        [grown(series.spend, select, "1h", ["team_alias"]), "{{team_alias}}"],
      ]),
    )
    .withPanel(
      graph("Spend by route, an hour", "currencyUSD", [
        [grown(series.spend, select, "1h", ["requested_model"]), "{{requested_model}}"],
      ]),
    )
    .withRow(new RowBuilder("Latency"))
    .withPanel(
      graph(
        "Whole time, p95",
        "s",
        [[quantile(0.95, series.latency, select, "10m", ["requested_model"]), "{{requested_model}}"]],
        objectives.latencyP95Seconds,
      ),
    );
  for (const cache of ["hit", "miss"] as const) {
    const expr = quantile(0.95, series.firstToken, firstTokenOf(namespace, cache), "10m", ["route"]);
    const objective = objectives.firstTokenP95Seconds[cache === "hit" ? "cacheHit" : "cacheMiss"];
    builder.withPanel(
      graph(`Time to first token on a cache ${cache}, p95`, "s", [[expr, "{{route}}"]], objective),
    );
  }
  if (retrieval.length > 0) {
    const { p99 } = retrievalLatency(namespace, retrieval);
    const limit = objectives.retrievalP99Seconds;
    builder.withPanel(graph("Models of a retrieval, p99", "s", [[p99, "{{requested_model}}"]], limit));
  }
  builder
    .withPanel(
      graph("Requests in flight", "short", [[`sum by (pod) (${series.inFlight}${select})`, "{{pod}}"]]),
    )
    .withRow(new RowBuilder("Errors"))
    .withPanel(
      graph(
        "Failed requests, share in 10 minutes",
        "percentunit",
        [[failedShare(namespace).share, "failed"]],
        objectives.errorRatio,
      ),
    )
    .withPanel(
      graph("Failed requests by kind, 10 minutes", "short", [
        [grown(series.failures, select, "10m", ["exception_class"]), "{{exception_class}}"],
      ]),
    )
    .withPanel(
      graph(
        "Answers by fallbacks, share in 30 minutes",
        "percentunit",
        [[fallbackShare(namespace).share, "fallback"]],
        objectives.fallbackRatio,
      ),
    )
    .withPanel(
      graph("Cool-downs, 15 minutes", "short", [
        [
          grown(series.coolDowns, select, "15m", ["model_id", "exception_status"]),
          "{{model_id}} {{exception_status}}",
        ],
      ]),
    )
    .withPanel(
      graph(
        "Invalid answers by route, share in 30 minutes",
        "percentunit",
        [[invalidShare(namespace).share, "{{route}}"]],
        objectives.silentFailureRatio,
      ),
    )
    .withPanel(
      graph("Requests kept from a route by its breaker, 15 minutes", "short", [
        [grown(series.breakerOpen, select, "15m", ["route"]), "{{route}}"],
      ]),
    )
    .withPanel(
      graph(
        "Bad among sampled answers by route, share in an hour",
        "percentunit",
        [[badShare(namespace), "{{route}}"]],
        objectives.silentFailureRatio,
      ),
    )
    .withPanel(
      graph("Sampled answers by verdict, an hour", "short", [
        [grown(series.sampledAnswers, select, "1h", ["route", "verdict"]), "{{route}}: {{verdict}}"],
      ]),
    )
    .withRow(new RowBuilder("Cache, tokens and models"))
    .withPanel(
      graph(
        "Input tokens from the prompt cache, share in an hour",
        "percentunit",
        [[cachedShare(namespace), "cached"]],
        objectives.cacheHitRatio,
        "below",
      ),
    )
    .withPanel(
      graph("Tokens, an hour", "short", [
        [grown(series.inputTokens, select, "1h"), "input"],
        [grown(series.outputTokens, select, "1h"), "output"],
      ]),
    )
    .withPanel(
      graph("Answers by served model, an hour", "short", [
        [
          grown(series.answers, select, "1h", ["route", "match", "served"]),
          "{{route}}: {{match}} {{served}}",
        ],
      ]),
    )
    .withPanel(
      graph("Pods by behaviour hash", "short", [
        [`count by (${hashLabel}) (${series.inFlight}${select})`, `{{${hashLabel}}}`],
      ]),
    );
  if (args.requestLog !== undefined) addRequests(builder, args.requestLog);
  const dashboard = builder.build();
  // The builder gives every row the id 0 and a panel none; links to a panel go by its id.
  const panels = (dashboard.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 }));
  return JSON.stringify({ ...dashboard, panels }, null, 2);
}

const metrics = { type: "prometheus", uid: "$metrics" };
const log = { type: "grafana-athena-datasource", uid: "$requests" };

/** A number, green below what it is measured against and red from there. */
function stat(title: string, unit: string, expr: string, limit: number): Builder<Panel> {
  return new StatBuilder()
    .title(title)
    .unit(unit)
    .datasource(metrics)
    .thresholds(limits(limit, "above"))
    .withTarget(new DataqueryBuilder().expr(expr).instant().refId("A").datasource(metrics))
    .height(6)
    .span(6);
}

/** Lines over time, with a line at what they are measured against. */
function graph(
  title: string,
  unit: string,
  queries: [expr: string, legend: string][],
  limit?: number,
  bad: "above" | "below" = "above",
): Builder<Panel> {
  const panel = new TimeseriesBuilder()
    .title(title)
    .unit(unit)
    .min(0)
    .datasource(metrics)
    // The builder's default hides it, and nobody could tell which line is whose.
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    .height(8)
    .span(12);
  for (const [index, [expr, legend]] of queries.entries()) {
    panel.withTarget(
      new DataqueryBuilder()
        .expr(expr)
        .legendFormat(legend)
        .range()
        .refId(String.fromCharCode(65 + index))
        .datasource(metrics),
    );
  }
  if (limit !== undefined) {
    panel
      .thresholds(limits(limit, bad))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line));
  }
  return panel;
}

function limits(limit: number, bad: "above" | "below"): ThresholdsConfigBuilder {
  const [low, high] = bad === "above" ? (["green", "red"] as const) : (["red", "green"] as const);
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: low },
    { value: limit, color: high },
  ]);
}

/** The latest requests that failed or were slow, with what they cost; from Athena, read as the panel is opened. */
function addRequests(
  builder: DashboardBuilder,
  { database, table }: NonNullable<DashboardArgs["requestLog"]>,
): void {
  const columns = [
    "from_unixtime(starttime) AS time",
    "status",
    "model_group AS route",
    "model_id AS target",
    "endtime - starttime AS seconds",
    "completionstarttime - starttime AS first_token_seconds",
    "prompt_tokens",
    "completion_tokens",
    "response_cost AS usd",
    "id",
  ];
  // The macros that the plugin has: https://github.com/grafana/athena-datasource/blob/main/pkg/athena/macros.go
  const sql = [
    `SELECT ${columns.join(", ")}`,
    `FROM "${database}"."${table}"`,
    "WHERE day BETWEEN date_format($__timeFrom(), '%Y-%m-%d') AND date_format($__timeTo(), '%Y-%m-%d')",
    "  AND $__unixEpochFilter(starttime)",
    "ORDER BY status = 'failure' DESC, starttime DESC LIMIT 200",
  ].join("\n");
  const query: Builder<Dataquery> = new AthenaQuery()
    .rawSQL(sql)
    .format(FormatOptions.Table)
    .refId("A")
    .datasource(log);
  builder
    .withVariable(
      new DatasourceVariableBuilder("requests").label("Request log").type("grafana-athena-datasource"),
    )
    .withRow(new RowBuilder("Requests"))
    .withPanel(
      new TableBuilder()
        .title("Requests, failures first")
        .datasource(log)
        .withTarget(query)
        .overrideByName("seconds", [{ id: "unit", value: "s" }])
        .overrideByName("first_token_seconds", [{ id: "unit", value: "s" }])
        .overrideByName("usd", [{ id: "unit", value: "currencyUSD" }])
        .height(12)
        .span(24),
    );
}
