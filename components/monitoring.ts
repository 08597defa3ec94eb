import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { behaviourHashKey } from "../gateway/names";
import { type Alert, alertsOf, type Objectives } from "./alerts";
import { dashboardOf } from "./dashboard";
import { InputErrors, isLabel } from "./inputErrors";
import { type SpendLimits, spendBudgets, spendThresholds } from "./spend";

export interface MonitoringArgs {
  /** The environment's name: a label of every alert, and in the dashboard's title. */
  environment: string;
  /** The gateway's namespace, which has to exist. */
  namespace: string;
  /** The labels of the gateway's Service: `Gateway.labels`. */
  gatewayLabels: Record<string, string>;
  /** The hash that the gateway's pods should carry, in hexadecimal. */
  behaviourHash: string;
  objectives: Objectives;
  /** What the environment and its teams may spend, and when somebody is told. */
  limits: SpendLimits & { teams?: Record<string, SpendLimits> };
  /** The gateway's names of the models that a retrieval calls. Default none. */
  retrieval?: readonly string[];
  /** The canary's CronJob and its interval. Absent: there is none. */
  canary?: { cronJob: string; everyMinutes: number };
  /** The request log's database and table in Athena. Absent: no row of requests in the dashboard. */
  requestLog?: { database: pulumi.Input<string>; table: pulumi.Input<string> };
  /** Where runbooks are, without a trailing "/". Default "docs/runbooks", a path in the repository. */
  runbooks?: string;
  /** Labels by which Prometheus finds its monitors and rules, such as `{ release: "prometheus" }`. Default none. */
  prometheusLabels?: Record<string, string>;
  /** How often metrics are read, in seconds. Default 30. */
  scrapeSeconds?: number;
}

/**
 * What is known about one environment's gateway while it runs: its metrics, with the behaviour hash of the pod
 * that each comes from; alarms on objectives and budgets; and one dashboard.
 *
 * Needs the Prometheus operator's resources (`monitoring.coreos.com/v1`) in the cluster. Its Prometheus has to
 * keep 30 days for the monthly budget's alarms and read kube-state-metrics for the canary's, and Grafana's sidecar has to look for the label
 * `grafana_dashboard` in this namespace.
 *
 * @throws pulumi.InputPropertiesError with every unusable argument.
 */
export class Monitoring extends pulumi.ComponentResource {
  /** The names of the alerts, sorted. */
  readonly alertNames: string[];
  readonly dashboardName: pulumi.Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("lockstep:index:Monitoring", name, {}, opts);
    const self = this;
    const alerts = alertsOf({
      ...args,
      spend: spendThresholds(args.limits),
      budgets: spendBudgets(args.limits),
      retrieval: args.retrieval ?? [],
      runbooks: args.runbooks ?? "docs/runbooks",
    });
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: args.namespace,
      labels: { "app.kubernetes.io/name": "llm-monitoring", ...args.prometheusLabels },
    });

    createServiceMonitor();
    createRules();
    const dashboard = createDashboard();

    this.alertNames = [...new Set(alerts.map(({ alert }) => alert))].sort();
    this.dashboardName = dashboard.metadata.name;
    this.registerOutputs({
      alertNames: this.alertNames,
      dashboardName: this.dashboardName,
      objectives: args.objectives,
    });

    function createServiceMonitor(): void {
      new CustomResource(
        `${name}-metrics`,
        {
          apiVersion: "monitoring.coreos.com/v1",
          kind: "ServiceMonitor",
          metadata: metadata(name),
          spec: {
            namespaceSelector: { matchNames: [args.namespace] },
            selector: { matchLabels: args.gatewayLabels },
            // Every series then says what the pod that it comes from was given.
            podTargetLabels: [behaviourHashKey],
            endpoints: [
              // With the slash: without it LiteLLM answers with a redirect.
              {
                port: "http",
                path: "/metrics/",
                interval: `${args.scrapeSeconds ?? 30}s`,
                scrapeTimeout: "10s",
              },
            ],
          },
        },
        { parent: self },
      );
    }

    function createRules(): void {
      const isSpend = ({ alert }: Alert) => alert.startsWith("LockstepSpend");
      new CustomResource(
        `${name}-rules`,
        {
          apiVersion: "monitoring.coreos.com/v1",
          kind: "PrometheusRule",
          metadata: metadata(name),
          spec: {
            groups: [
              // A month is much to read: not every half a minute.
              { name: "lockstep-spend", interval: "5m", rules: alerts.filter(isSpend) },
              { name: "lockstep-gateway", rules: alerts.filter((alert) => !isSpend(alert)) },
            ],
          },
        },
        { parent: self },
      );
    }

    function createDashboard(): ConfigMap {
      const { environment, namespace, objectives, limits, retrieval = [], requestLog } = args;
      const budget = { dailyUsd: limits.dailyUsd, monthlyUsd: limits.monthlyUsd };
      const json = pulumi.output(requestLog).apply((table) =>
        dashboardOf({
          environment,
          namespace,
          objectives,
          budget,
          retrieval,
          ...(table === undefined ? {} : { requestLog: table }),
        }),
      );
      return new ConfigMap(
        `${name}-dashboard`,
        {
          metadata: {
            name: `${name}-dashboard`,
            namespace,
            labels: { "app.kubernetes.io/name": "llm-monitoring", grafana_dashboard: "1" },
          },
          data: { [`lockstep-${environment}.json`]: json },
        },
        { parent: self },
      );
    }
  }
}

function checkArgs(name: string, args: MonitoringArgs): void {
  const errors = new InputErrors(`Monitoring "${name}"`);
  errors.require(isLabel(name), "name", `"${name}" is not a Kubernetes name.`);
  errors.require(isLabel(args.environment), "environment", `"${args.environment}" is not usable as a label.`);
  errors.require(isLabel(args.namespace), "namespace", `"${args.namespace}" is not a Kubernetes name.`);
  errors.require(
    Object.keys(args.gatewayLabels).length > 0,
    "gatewayLabels",
    "Empty; every Service would be read.",
  );
  errors.require(/^[0-9a-f]{64}$/.test(args.behaviourHash), "behaviourHash", "Not a SHA-256 in hexadecimal.");
  const ratios = ["errorRatio", "fallbackRatio", "cacheHitRatio", "silentFailureRatio"] as const;
  for (const ratio of ratios) {
    const value = args.objectives[ratio];
    errors.require(value >= 0 && value <= 1, `objectives.${ratio}`, `${value} is not a ratio from 0 to 1.`);
  }
  for (const team of Object.keys(args.limits.teams ?? {})) {
    errors.require(/^[\w-]+$/.test(team), `limits.teams.${team}`, "Not usable in a query.");
  }
  for (const model of args.retrieval ?? []) {
    errors.require(/^[\w/-]+$/.test(model), "retrieval", `"${model}" is not usable in a query.`);
  }
  const { cronJob = "canary", everyMinutes = 1 } = args.canary ?? {};
  errors.require(isLabel(cronJob), "canary.cronJob", `"${cronJob}" is not a Kubernetes name.`);
  errors.require(everyMinutes >= 1, "canary.everyMinutes", `${everyMinutes} minutes are no interval.`);
  const seconds = args.scrapeSeconds ?? 30;
  errors.require(seconds >= 10 && seconds <= 120, "scrapeSeconds", `${seconds} is not 10 to 120 seconds.`);
  errors.throwIfAny();
}
