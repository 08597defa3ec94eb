import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Alert } from "../../components/alerts";
import { pairOf, shippedEnvironment, tiers } from "./shippedEnvironment";

/** Prometheus' own tool; Debian has it in the package "prometheus". */
const installed = spawnSync("promtool", ["--version"]).status === 0;
const note = installed ? "" : " (skipped: promtool is not installed)";
if (!installed)
  process.stderr.write("promtool is not installed, so Prometheus itself has not read the rules.\n");
const promtool = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
  return { status, text: `${stdout}${stderr}` };
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-rules-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Groups = { name: string; interval?: string; rules: Alert[] }[];

/** The rules as the cluster's Prometheus gets them. */
async function groupsOf(tier: (typeof tiers)[number]): Promise<Groups> {
  const rule = (await shippedEnvironment(tier)).one("kubernetes:monitoring.coreos.com/v1:PrometheusRule");
  return (rule.inputs.spec as { groups: Groups }).groups;
}

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, stringify(content, { aliasDuplicateObjects: false, lineWidth: 0 }));
  return path;
}

describe("promtool", () => {
  it.skipIf(!installed)(`checks the rules of both environments${note}`, async () => {
    for (const tier of tiers) {
      const groups = await groupsOf(tier);
      const path = write(`${tier}.yaml`, { groups });
      const { status, text } = promtool("check", "rules", "--lint-fatal", path);
      expect(text).toContain(`SUCCESS: ${groups.flatMap(({ rules }) => rules).length} rules found`);
      expect(status, text).toBe(0);
    }
  });

  it.skipIf(!installed)(`can read every query in the runbooks${note}`, () => {
    const runbooks = join(__dirname, "../../docs/runbooks");
    const queries = readdirSync(runbooks).flatMap((page) =>
      [...readFileSync(join(runbooks, page), "utf8").matchAll(/```promql\n([\s\S]*?)```/g)].map(
        ([, query = ""]) => query.trim(),
      ),
    );
    const rules = queries.map((expr, index) => ({ record: `runbook:query:${index}`, expr }));
    const { status, text } = promtool(
      "check",
      "rules",
      write("queries.yaml", { groups: [{ name: "g", rules }] }),
    );
    expect(status, text).toBe(0);
    expect(queries.length).toBeGreaterThan(20);
  });

  it.skipIf(!installed)(`refuses a rule that is none, so that the check above says something${note}`, () => {
    const rules = [{ alert: "Broken", expr: 'sum(a{namespace="n"' }];
    expect(
      promtool("check", "rules", write("broken.yaml", { groups: [{ name: "g", rules }] })).status,
    ).not.toBe(0);
  });
});

interface Case {
  name: string;
  /** One value a minute: "0+1x10" is a count that grows, "_x10" nothing yet. */
  series: Record<string, string>;
  /** The instances of the alert that fire, at each time in minutes, by the labels that tell them apart. */
  expected: Record<number, Record<string, string>[]>;
}

const production = 'namespace="llm-production"';
const spend = (labels: string) => `litellm_spend_metric_total{${production},pod="a",${labels}}`;
const requests = (labels: string) =>
  `litellm_proxy_total_requests_metric_total{${production},pod="a",${labels}}`;
const failures = (labels: string) =>
  `litellm_proxy_failed_requests_metric_total{${production},pod="a",${labels}}`;
const coolDowns = (pod: string, namespace = production) =>
  `litellm_deployment_cooled_down_total{${namespace},pod="${pod}",model_id="support-chat.chat-large.1",exception_status="500"}`;
const tokens = `litellm_input_tokens_metric_total{${production},pod="a"}`;
const cached = `litellm_provider_cache_read_input_tokens_metric_total{${production},pod="a"}`;
const inFlight = (pod: string, hash: string) =>
  `litellm_in_flight_requests{${production},pod="${pod}",lockstep_dev_behaviour_hash="${hash}"}`;
const { behaviourHash } = pairOf().production;

/** The shipped production's daily budget is 1,000 USD, with thresholds at 500, 800 and 1,000. */
const spending: Case[] = [
  {
    name: "goes off at each threshold that is passed, and at no other",
    // From the first minute 1 USD a minute.
    series: { [spend('team_alias="None"')]: "0+1x1000" },
    expected: {
      495: [],
      515: [{ period: "day", threshold: "notice" }],
      815: [
        { period: "day", threshold: "notice" },
        { period: "day", threshold: "warning" },
      ],
    },
  },
  {
    name: "counts a series that is born with its first spend in it, and that of pods that are gone",
    series: {
      [spend('team_alias="None"')]: "300x60 stale",
      [spend('team_alias="None"').replace('"a"', '"b"')]: "_x120 300x600",
    },
    expected: { 100: [], 140: [{ period: "day", threshold: "notice" }] },
  },
  {
    name: "keeps what was spent before a process began anew in its pod, which takes nothing from other pods",
    series: {
      [spend('team_alias="None"')]: "0+2x300 0x600",
      [spend('team_alias="None"').replace('"a"', '"b"')]: "0+1x300 300x600",
    },
    // 600 USD and 300 USD; not 300, and not 0.
    expected: {
      400: [
        { period: "day", threshold: "notice" },
        { period: "day", threshold: "warning" },
      ],
    },
  },
  {
    name: "forgets what is older than a day",
    series: { [spend('team_alias="None"')]: "0+10x60 600x1600" },
    expected: { 1400: [{ period: "day", threshold: "notice" }], 1530: [] },
  },
  {
    name: "does not take an old count for a new one after Prometheus was down",
    series: { [spend('team_alias="None"')]: "0+10x60 600x100 _x30 600x3000" },
    expected: { 1400: [{ period: "day", threshold: "notice" }], 1615: [], 1625: [] },
  },
  {
    name: "knows a team's own budget",
    series: { [spend('team_alias="triage"')]: "130x300", [spend('team_alias="search"')]: "130x300" },
    expected: { 60: [{ team: "triage", period: "day", threshold: "warning" }] },
  },
  {
    name: "is nothing to another environment",
    series: { [spend('team_alias="None"').replaceAll("production", "staging")]: "9000x300" },
    expected: { 60: [] },
  },
];

const target = { model_id: "support-chat.chat-large.1", exception_status: "500" };
const coolingDown: Case[] = [
  {
    name: "goes off on the first cool-down of a target, with which the series comes into being",
    series: { [coolDowns("a")]: "_x10 1x60" },
    expected: { 9: [], 12: [target], 20: [target], 30: [] },
  },
  {
    name: "goes off once for a target that several pods take out of use",
    series: { [coolDowns("a")]: "_x10 1x60", [coolDowns("b")]: "_x10 2x60" },
    expected: { 12: [target] },
  },
  {
    name: "does not go off on an old count",
    series: { [coolDowns("a")]: "7x120" },
    expected: { 60: [] },
  },
  {
    name: "is nothing to another environment",
    series: { [coolDowns("a", 'namespace="llm-staging"')]: "_x10 1x60" },
    expected: { 12: [] },
  },
];

/** The shipped objective is that 60% of input tokens come from the cache. */
const caching: Case[] = [
  {
    name: "goes off half an hour after the share fell",
    series: { [tokens]: "0+1000x300", [cached]: "0+500x300" },
    expected: { 20: [], 50: [{}], 200: [{}] },
  },
  {
    name: "goes off where nothing was ever read from the cache",
    series: { [tokens]: "0+1000x300" },
    expected: { 50: [{}] },
  },
  {
    name: "is silent above the objective",
    series: { [tokens]: "0+1000x300", [cached]: "0+610x300" },
    expected: { 50: [], 200: [] },
  },
  {
    name: "is silent where few tokens say little",
    series: { [tokens]: "0+100x300" },
    expected: { 50: [], 200: [] },
  },
];

const failing: Case[] = [
  {
    name: "goes off when more than one request in a hundred fails",
    series: { [requests('status_code="200"')]: "0+98x60", [failures('exception_status="500"')]: "0+2x60" },
    expected: { 3: [], 20: [{}] },
  },
  {
    name: "is silent at the objective",
    series: { [requests('status_code="200"')]: "0+200x60", [failures('exception_status="500"')]: "0+2x60" },
    expected: { 20: [] },
  },
  {
    name: "does not mistake a process that began anew for requests that all fail",
    series: {
      [requests('status_code="200"')]: "0+1000x30 0+1000x30",
      [failures('exception_status="500"')]: "0x30 1x30",
    },
    expected: { 36: [], 39: [] },
  },
];

const silent: Case[] = [
  {
    name: "tells metrics that do not come from requests that do not",
    series: { [`litellm_in_flight_requests{${production},pod="a"}`]: "0x30" },
    expected: { 20: [], 45: [{}] },
  },
];

const hashes: Case[] = [
  {
    name: "names the pod that carries another hash, and one that carries none",
    series: {
      [inFlight("a", behaviourHash.slice(0, 16))]: "0x60",
      [inFlight("b", "0123456789abcdef")]: "0x60",
      [`litellm_in_flight_requests{${production},pod="c"}`]: "0x60",
    },
    expected: { 20: [], 45: [{ pod: "b", lockstep_dev_behaviour_hash: "0123456789abcdef" }, { pod: "c" }] },
  },
];

const quiet: Case[] = [
  {
    name: "goes off after an hour and a half without a request, not between two runs of the canary",
    series: { [requests('status_code="200"')]: "1x300" },
    expected: { 80: [], 100: [{}] },
  },
  {
    name: "is silent as long as one request comes in each hour",
    series: { [requests('status_code="200"')]: "1x59 2x59 3x59 4x59 5x59" },
    expected: { 59: [], 118: [], 177: [], 236: [] },
  },
];

/** What promtool says about an alert of production over each case's series; nothing where all is as expected. */
async function tested(alert: string, by: string[], cases: Case[]): Promise<string> {
  const groups = (await groupsOf("production"))
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => rule.alert === alert) }))
    .filter((group) => group.rules.length > 0);
  const rules = write("production.yaml", { groups });
  const tests = cases.map(({ name, series, expected }) => ({
    name,
    interval: "1m",
    input_series: Object.entries(series).map(([of, values]) => ({ series: of, values })),
    promql_expr_test: Object.entries(expected).map(([minute, instances]) => ({
      expr: `group by (${by.join(", ")}) (ALERTS{alertname="${alert}",alertstate="firing"})`,
      eval_time: `${minute}m`,
      exp_samples: instances.map((labels) => ({ labels: selectorOf(labels), value: 1 })),
    })),
  }));
  // promtool asks every group at the one interval; the alert's own, here.
  return run({ rule_files: [rules], evaluation_interval: groups[0]?.interval ?? "1m", tests });
}

const selectorOf = (labels: Record<string, string>) =>
  `{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(",")}}`;

function run(content: unknown): string {
  const { status, text } = promtool("test", "rules", write("tests.yaml", content));
  return status === 0 && text.includes("SUCCESS") ? "" : text;
}

describe("an alert over series", () => {
  it.skipIf(!installed).each<[string, string[], Case[]]>([
    ["LockstepSpendThreshold", ["team", "period", "threshold"], spending],
    ["LockstepCoolDownOpened", ["model_id", "exception_status"], coolingDown],
    ["LockstepCacheHitRatioLow", [], caching],
    ["LockstepErrorRatioHigh", [], failing],
    ["LockstepMetricsAbsent", [], silent],
    ["LockstepTrafficAbsent", [], quiet],
    ["LockstepBehaviourHashUnexpected", ["pod", "lockstep_dev_behaviour_hash"], hashes],
  ])(`%s${note}`, async (alert, by, cases) => {
    expect(await tested(alert, by, cases)).toBe("");
  });

  it.skipIf(!installed)(`says what was found and what is allowed${note}`, async () => {
    const rules = write("production.yaml", { groups: await groupsOf("production") });
    const runbook_url = (page: string) => `docs/runbooks/${page}.md`;
    const expectation = (
      minute: number,
      alertname: string,
      exp_labels: Record<string, string>,
      exp_annotations: Record<string, string>,
    ) => ({
      eval_time: `${minute}m`,
      alertname,
      exp_alerts: [{ exp_labels: { environment: "production", ...exp_labels }, exp_annotations }],
    });
    const text = run({
      rule_files: [rules],
      evaluation_interval: "1m",
      tests: [
        {
          interval: "1m",
          input_series: [
            { series: spend('team_alias="triage"'), values: "0+2x60 121x60" },
            { series: coolDowns("a"), values: "_x10 3x60" },
            { series: tokens, values: "0+1000x300" },
            { series: cached, values: "0+450x300" },
          ],
          alert_rule_test: [
            expectation(
              120,
              "LockstepSpendThreshold",
              { severity: "warning", period: "day", threshold: "warning", team: "triage" },
              {
                summary: "team triage in production has spent 80% of its daily budget.",
                description:
                  "Spend over the last 24 hours is 121.00 USD; 120 USD is 80% of the budget (warning).",
                runbook_url: runbook_url("spend-threshold"),
              },
            ),
            expectation(
              12,
              "LockstepCoolDownOpened",
              { severity: "warning", ...target },
              {
                summary: "The target support-chat.chat-large.1 was taken out of use in production.",
                description: "It failed with status 500 and cooled down 3 times in 15 minutes.",
                runbook_url: runbook_url("cool-down-opened"),
              },
            ),
            expectation(
              120,
              "LockstepCacheHitRatioLow",
              { severity: "warning" },
              {
                summary: "Prompts miss the provider's cache in production.",
                description: "45% of input tokens came from the cache in an hour; 60% is the objective.",
                runbook_url: runbook_url("cache-hit-ratio-low"),
              },
            ),
          ],
        },
      ],
    });
    expect(text).toBe("");
  });
});
