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
  {
    name: "leaves out what is embedded and ranked, which no cache reads",
    series: {
      [tokens.replace("}", ',model_id="support-chat.chat-large.1"}')]: "0+1000x300",
      [tokens.replace("}", ',model_id="embedding.embed-documents.1"}')]: "0+9000x300",
      [cached]: "0+610x300",
    },
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
  {
    name: "goes off at five failures, be they all that there is",
    series: {
      [requests('status_code="500"')]: "_x10 5x60",
      [failures('exception_status="500"')]: "_x10 5x60",
    },
    expected: { 13: [], 17: [{}] },
  },
  {
    name: "takes four for no rate",
    series: {
      [requests('status_code="500"')]: "_x10 4x60",
      [failures('exception_status="500"')]: "_x10 4x60",
    },
    expected: { 13: [], 17: [] },
  },
];

const fallbacksTo = (model: string, pod = "a") =>
  `litellm_deployment_successful_fallbacks_total{${production},pod="${pod}",requested_model="support-chat",fallback_model="${model}"}`;
const fallbacks = fallbacksTo("economy-chat");
const fallingBack: Case[] = [
  {
    name: "goes off when fallbacks answer more than one request in twenty",
    series: { [requests('status_code="200"')]: "0+10x60", [fallbacks]: "0+1x60" },
    expected: { 10: [], 20: [{}] },
  },
  {
    name: "is silent at the objective",
    series: { [requests('status_code="200"')]: "0+20x60", [fallbacks]: "0+1x60" },
    expected: { 40: [] },
  },
  {
    name: "does not count what goes to a later target of the same route, of whatever pod",
    series: {
      [requests('status_code="200"')]: "0+10x60",
      [fallbacksTo("support-chat")]: "0+5x60",
      [fallbacksTo("support-chat", "b")]: "0+5x20 stale",
      [fallbacks]: "0+0.5x60",
    },
    expected: { 20: [], 40: [] },
  },
  {
    name: "goes off at five, be they all that there is",
    series: { [requests('status_code="200"')]: "_x10 5x60", [fallbacks]: "_x10 5x60" },
    expected: { 25: [{}] },
  },
  {
    name: "takes four for no rate",
    series: { [requests('status_code="200"')]: "_x10 4x60", [fallbacks]: "_x10 4x60" },
    expected: { 25: [] },
  },
];

/** A histogram that only has what is between two bounds. */
const histogram = (name: string, labels: string, between: [string, string], values: string) => ({
  [`${name}_bucket{${production},pod="a",${labels},le="${between[0]}"}`]: "0x300",
  [`${name}_bucket{${production},pod="a",${labels},le="${between[1]}"}`]: values,
  [`${name}_bucket{${production},pod="a",${labels},le="+Inf"}`]: values,
  [`${name}_count{${production},pod="a",${labels}}`]: values,
});
const latency = (model: string, between: [string, string], values: string) =>
  histogram("litellm_request_total_latency_metric", `requested_model="${model}"`, between, values);
const firstToken = (cache: string, between: [string, string], values: string) =>
  histogram("lockstep_first_token_seconds", `route="support-chat",cache="${cache}"`, between, values);

/** The shipped objective is 8 s. */
const slow: Case[] = [
  {
    name: "names the route whose requests take longer, from twenty in ten minutes",
    series: {
      ...latency("support-chat", ["5", "10"], "0+2x60"),
      ...latency("ticket-triage", ["2", "5"], "0+2x60"),
    },
    expected: { 15: [], 30: [{ requested_model: "support-chat" }] },
  },
  {
    name: "takes nineteen for too few",
    series: latency("support-chat", ["5", "10"], "0+1.9x60"),
    expected: { 30: [], 50: [] },
  },
];

/** The shipped objectives are 0.9 s on a hit and 2.5 s on a miss. */
const late: Case[] = [
  {
    name: "holds a hit to the objective of a hit",
    series: firstToken("hit", ["0.9", "1"], "0+2x60"),
    expected: { 15: [], 30: [{ route: "support-chat", cache: "hit" }] },
  },
  {
    name: "is silent at the same times on a miss, and where the provider does not tell",
    series: {
      ...firstToken("miss", ["0.9", "1"], "0+2x60"),
      ...firstToken("unknown", ["0.9", "1"], "0+2x60"),
    },
    expected: { 30: [], 50: [] },
  },
  {
    name: "holds what the provider does not tell to the objective of a miss",
    series: firstToken("unknown", ["2.5", "3"], "0+2x60"),
    expected: { 30: [{ route: "support-chat", cache: "miss" }] },
  },
  {
    name: "is silent at the objective, where a bound is",
    series: firstToken("miss", ["2", "2.5"], "0+2x60"),
    expected: { 30: [], 50: [] },
  },
  {
    name: "takes nineteen for too few",
    series: firstToken("hit", ["0.9", "1"], "0+1.9x60"),
    expected: { 30: [], 50: [] },
  },
];

/** The shipped objective is 0.4 s. */
const retrieving: Case[] = [
  {
    name: "goes off when one embedding in a hundred takes longer, from a thousand in an hour",
    series: latency("embedding/embed-documents", ["0.25", "0.5"], "0+17x300"),
    expected: { 70: [], 80: [{ requested_model: "embedding/embed-documents" }] },
  },
  {
    name: "takes 960 for too few",
    series: latency("embedding/embed-documents", ["0.25", "0.5"], "0+16x300"),
    expected: { 80: [], 200: [] },
  },
  {
    name: "is silent below the objective, and about what is no retrieval",
    series: {
      ...latency("embedding/embed-documents", ["0.1", "0.25"], "0+17x300"),
      ...latency("support-chat", ["0.25", "0.5"], "0+17x300"),
    },
    expected: { 80: [], 200: [] },
  },
];

const answers = (route: string, match: string, served: string) =>
  `lockstep_served_answers_total{${production},pod="a",route="${route}",model="gpt-5.4-2026-03-05",match="${match}",served="${served}"}`;
const pinned = (route: string) => answers(route, "pinned", "gpt-5.4-2026-03-05");
const invalid = (reason: string) =>
  `lockstep_invalid_responses_total{${production},pod="a",route="ticket-triage",reason="${reason}"}`;

/** The shipped objective is 2%. */
const unusable: Case[] = [
  {
    name: "names the route of which more answers are invalid, whatever the reason and the other routes",
    series: {
      [pinned("ticket-triage")]: "0+100x60",
      [pinned("economy-chat")]: "0+9000x60",
      [invalid("schema")]: "0+2x60",
      [invalid("not-json")]: "0+1x60",
    },
    expected: { 5: [], 30: [{ route: "ticket-triage" }] },
  },
  {
    name: "is silent at the objective",
    series: { [pinned("ticket-triage")]: "0+100x60", [invalid("schema")]: "0+2x60" },
    expected: { 30: [], 50: [] },
  },
  {
    name: "goes off at five, be they all that there is",
    series: { [pinned("ticket-triage")]: "_x10 5x60", [invalid("schema")]: "_x10 5x60" },
    expected: { 25: [{ route: "ticket-triage" }] },
  },
  {
    name: "takes four for no rate",
    series: { [pinned("ticket-triage")]: "_x10 4x60", [invalid("schema")]: "_x10 4x60" },
    expected: { 25: [] },
  },
];

const kept = `lockstep_breaker_open_total{${production},pod="a",route="ticket-triage"}`;
const breaking: Case[] = [
  {
    name: "goes off on the first request that is kept from a route, for a quarter of an hour",
    series: { [kept]: "0x10 1x60" },
    expected: { 9: [], 12: [{ route: "ticket-triage" }], 30: [] },
  },
  {
    name: "is silent where a breaker has never opened",
    series: { [kept]: "0x60" },
    expected: { 12: [], 50: [] },
  },
];

const sampledAnswers = (verdict: string, route = "support-chat") =>
  `lockstep_sampled_answers_total{${production},pod="a",route="${route}",verdict="${verdict}"}`;
/** A run each hour; the objective is a share of 0.02. */
const sampledBad: Case[] = [
  {
    name: "names the route of which more sampled answers are bad, by score or by form, for an hour",
    series: {
      [sampledAnswers("good")]: "0x9 96x59 196x300",
      [sampledAnswers("low")]: "0x9 1x59 1x300",
      [sampledAnswers("failed")]: "0x9 2x59 2x300",
      [sampledAnswers("good", "ticket-triage")]: "0x9 100x300",
      [sampledAnswers("low", "ticket-triage")]: "0x300",
    },
    expected: { 8: [], 12: [{ route: "support-chat" }], 60: [{ route: "support-chat" }], 75: [] },
  },
  {
    name: "is silent at the objective, and where the judge said nothing",
    series: {
      [sampledAnswers("good")]: "0x9 98x300",
      [sampledAnswers("low")]: "0x9 2x300",
      [sampledAnswers("failed")]: "0x300",
      [sampledAnswers("unscored", "ticket-triage")]: "0x9 50x300",
      [sampledAnswers("good", "ticket-triage")]: "0x300",
      [sampledAnswers("low", "ticket-triage")]: "0x300",
    },
    expected: { 12: [], 40: [] },
  },
  {
    name: "goes off on one bad answer of three",
    series: { [sampledAnswers("good")]: "0x9 2x300", [sampledAnswers("low")]: "_x9 1x300" },
    expected: { 12: [{ route: "support-chat" }] },
  },
];

const shifts = `lockstep_sample_shifts_total{${production},pod="a",route="support-chat"}`;
const shifting: Case[] = [
  {
    name: "goes off on the run that says so, for an hour, and again on the next",
    series: { [shifts]: "0x9 1x120 2x120" },
    expected: { 8: [], 12: [{ route: "support-chat" }], 75: [], 135: [{ route: "support-chat" }] },
  },
  {
    name: "is silent where nothing has shifted",
    series: { [shifts]: "0x300" },
    expected: { 12: [], 200: [] },
  },
];

const runs = (complete: boolean) =>
  `lockstep_sample_runs_total{${production},pod="a",complete="${complete}"}`;
const sampling: Case[] = [
  {
    name: "goes off four hours after the last run that came to its end, whatever others did",
    series: { [runs(true)]: "0x36 1x500", [runs(false)]: "0+1x500" },
    expected: { 230: [], 290: [{}] },
  },
  {
    name: "is silent while one run of two comes to its end",
    series: { [runs(true)]: "0x36 1x119 2x119 3x300" },
    expected: { 230: [], 290: [] },
  },
];

const serving: Case[] = [
  {
    name: "goes off on the first answer of another model, and names it",
    series: {
      [pinned("support-chat")]: "0+9x120",
      [answers("support-chat", "other", "gpt-5.4")]: "_x10 1x200",
    },
    expected: {
      9: [],
      12: [{ route: "support-chat", model: "gpt-5.4-2026-03-05", served: "gpt-5.4" }],
      60: [{ route: "support-chat", model: "gpt-5.4-2026-03-05", served: "gpt-5.4" }],
      90: [],
    },
  },
  {
    name: "is silent about the pinned one, and where the provider does not tell",
    series: {
      [pinned("support-chat")]: "_x10 1x120",
      [answers("support-chat", "unknown", "")]: "_x10 1x120",
    },
    expected: { 12: [], 60: [] },
  },
];

/** The shipped production's daily budget is 1,000 USD, its team triage's 150 USD. */
const forecasting: Case[] = [
  {
    name: "goes off hours before the budget is spent",
    // From the first minute 1 USD a minute: 640 USD after 640 minutes, and 360 USD in six hours.
    series: { [spend('team_alias="None"')]: "0+1x1000" },
    expected: { 635: [], 680: [{ period: "day" }] },
  },
  {
    name: "is silent at a pace that stays below the budget",
    series: { [spend('team_alias="None"')]: "0+0.69x2000" },
    expected: { 680: [], 1500: [], 1900: [] },
  },
  {
    name: "forgets a burst after six hours",
    series: { [spend('team_alias="None"')]: "0+10x60 600x1000" },
    expected: { 120: [{ period: "day" }], 500: [] },
  },
  {
    name: "knows a team's own budget",
    series: { [spend('team_alias="triage"')]: "80x300", [spend('team_alias="search"')]: "80x300" },
    expected: { 60: [{ team: "triage", period: "day" }] },
  },
  {
    name: "is silent a little below a team's",
    series: { [spend('team_alias="triage"')]: "70x300" },
    expected: { 60: [] },
  },
];

const cronjob = "production-probes-canary";
const succeeded = `kube_cronjob_status_last_successful_time{${production},cronjob="${cronjob}"}`;
/** The shipped production's canary runs every hour; promtool's time begins at 0. */
const watching: Case[] = [
  {
    name: "goes off three hours after the last run that succeeded",
    series: { [succeeded]: "0x300" },
    expected: { 175: [], 190: [{ cronjob }] },
  },
  {
    name: "is silent while runs succeed, and where one did not",
    series: { [succeeded]: "0x120 7200x59 10800x120" },
    expected: { 119: [], 175: [], 190: [], 250: [] },
  },
  {
    name: "is silent about the job of another environment, and goes off where none has ever succeeded",
    series: { [succeeded.replaceAll("production", "staging")]: "0x300" },
    expected: { 80: [], 100: [{ cronjob }] },
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

const alerts: [alert: string, by: string[], cases: Case[]][] = [
  ["LockstepSpendThreshold", ["team", "period", "threshold"], spending],
  ["LockstepCoolDownOpened", ["model_id", "exception_status"], coolingDown],
  ["LockstepCacheHitRatioLow", [], caching],
  ["LockstepErrorRatioHigh", [], failing],
  ["LockstepFallbackRatioHigh", [], fallingBack],
  ["LockstepLatencyP95High", ["requested_model"], slow],
  ["LockstepFirstTokenP95High", ["route", "cache"], late],
  ["LockstepRetrievalP99High", ["requested_model"], retrieving],
  ["LockstepInvalidRatioHigh", ["route"], unusable],
  ["LockstepBreakerOpened", ["route"], breaking],
  ["LockstepServedModelUnexpected", ["route", "model", "served"], serving],
  ["LockstepSpendForecast", ["team", "period"], forecasting],
  ["LockstepCanaryAbsent", ["cronjob"], watching],
  ["LockstepSampledAnswersBad", ["route"], sampledBad],
  ["LockstepSampleShifted", ["route"], shifting],
  ["LockstepSampleAbsent", [], sampling],
  ["LockstepMetricsAbsent", [], silent],
  ["LockstepTrafficAbsent", [], quiet],
  ["LockstepBehaviourHashUnexpected", ["pod", "lockstep_dev_behaviour_hash"], hashes],
];

describe("an alert over series", () => {
  it("has a case in which it fires, and one in which it is silent, whichever it is", async () => {
    for (const tier of tiers) {
      const rules = (await groupsOf(tier)).flatMap(({ rules }) => rules.map(({ alert }) => alert));
      expect(alerts.map(([alert]) => alert).sort()).toEqual([...new Set(rules)].sort());
    }
    for (const [alert, , cases] of alerts) {
      const instances = cases.flatMap(({ expected }) => Object.values(expected).map(({ length }) => length));
      expect([alert, instances.includes(0), instances.some((count) => count > 0)]).toEqual([
        alert,
        true,
        true,
      ]);
    }
  });

  it.skipIf(!installed).each(alerts)(`%s${note}`, async (alert, by, cases) => {
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
            { series: answers("support-chat", "other", "gpt-5.4"), values: "_x10 2x60" },
            { series: succeeded, values: "0x300" },
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
              "LockstepSpendForecast",
              { severity: "warning", period: "day", team: "triage" },
              {
                summary: "team triage in production is about to spend more than its daily budget.",
                description:
                  "At the pace of the last six hours, 24 hours will have cost 242.00 USD six hours from now; the budget is 150 USD.",
                runbook_url: runbook_url("spend-forecast"),
              },
            ),
            expectation(
              12,
              "LockstepServedModelUnexpected",
              { severity: "critical", route: "support-chat", model: "gpt-5.4-2026-03-05", served: "gpt-5.4" },
              {
                summary: "Another model than the pinned one answers on support-chat in production.",
                description:
                  'The provider says that "gpt-5.4" gave 2 answers in an hour; "gpt-5.4-2026-03-05" is pinned.',
                runbook_url: runbook_url("served-model-unexpected"),
              },
            ),
            expectation(
              200,
              "LockstepCanaryAbsent",
              { severity: "warning", namespace: "llm-production", cronjob },
              {
                summary: "The canary does not get through in production.",
                description:
                  "No run of production-probes-canary has succeeded for three intervals of 60 minutes.",
                runbook_url: runbook_url("canary-absent"),
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
