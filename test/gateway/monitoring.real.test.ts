import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fallbackShare } from "../../components/series";
import measured from "../components/litellmSeries.json";
import { exposed, missing } from "../components/queries";
import { litellmInstalled, sayIfSkipped, skippedNote } from "./litellmEnvironment";
import { prometheusInstalled } from "./prometheus";
import { Watched } from "./watched";

sayIfSkipped("alerts and dashboard were not held to a real scrape.");
if (litellmInstalled && !prometheusInstalled)
  process.stderr.write("Prometheus is not installed, so no query was run.\n");

let folder: string;
let watched: Watched;
let known: Record<string, string[]>;
let from: number;
let to: number;

beforeAll(async () => {
  if (!litellmInstalled) return;
  folder = mkdtempSync(join(tmpdir(), "lockstep-watched-"));
  watched = await Watched.start(folder, prometheusInstalled);
  from = Date.now() / 1000;
  await watched.usual();
  await watched.usual();
  await watched.sampled({ good: 20, low: 0, failed: 0, unscored: 0, shifted: false });
  await watched.scraped();
  await watched.otherModel("claude-sonnet-5-20260901");
  await watched.invalid(5);
  await watched.failed(6);
  await watched.usual();
  await watched.refused(5);
  await watched.sampled({ good: 18, low: 1, failed: 1, unscored: 0, shifted: true });
  await watched.scraped(true);
  to = Date.now() / 1000;
  known = exposed(await watched.scrape());
}, 120_000);
afterAll(async () => {
  await watched?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const expressions = () => [
  ...watched.alerts.map(({ expr }) => expr),
  ...watched.panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr = [] }) => expr)),
];

describe.skipIf(!litellmInstalled)(`what the running gateway exposes${skippedNote}`, () => {
  it("has every series and label of every alert and panel", () => {
    expect(expressions().length).toBeGreaterThan(60);
    for (const query of expressions()) expect(missing(query, known), query).toEqual([]);
  });

  it("is what the other tests take it for", () => {
    const ours = Object.entries(measured).filter(([name]) => name.startsWith("lockstep_"));
    expect(ours.length).toBe(9);
    for (const [name, labels] of ours) expect(known[name], name).toEqual(labels);
  });

  it("has those of every query in the runbooks", () => {
    const runbooks = join(__dirname, "../../docs/runbooks");
    for (const page of readdirSync(runbooks)) {
      const text = readFileSync(join(runbooks, page), "utf8");
      for (const [, query = ""] of text.matchAll(/```promql\n([\s\S]*?)```/g))
        expect(missing(query, known), `${page}: ${query}`).toEqual([]);
    }
  });

  it("tells which model the provider named, streamed or not, and what its cache did", async () => {
    const lines = (await watched.scrape()).split("\n");
    expect(lines.filter((line) => /^lockstep_served_answers_total\{match="other"/.test(line))).toEqual([
      'lockstep_served_answers_total{match="other",model="claude-sonnet-5",route="economy-chat",served="claude-sonnet-5-20260901"} 2.0',
    ]);
    const caches = lines.flatMap(
      (line) => /^lockstep_first_token_seconds_count\{(.*)\}/.exec(line)?.[1] ?? [],
    );
    expect(caches.sort()).toEqual([
      'cache="hit",route="economy-chat"',
      'cache="hit",route="support-chat"',
      'cache="miss",route="economy-chat"',
      'cache="miss",route="support-chat"',
    ]);
  });
});

const withPrometheus = litellmInstalled && prometheusInstalled;

const note = withPrometheus ? "" : skippedNote || " (skipped: Prometheus is not installed)";

describe.skipIf(!withPrometheus)(`a Prometheus that scrapes it${note}`, () => {
  it("has data for every query of the dashboard", async () => {
    const asked = watched.panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr }) => (expr === undefined ? [] : [{ title, expr }])),
    );
    expect(asked.length).toBeGreaterThan(20);
    for (const { title, expr } of asked) {
      const results = (await watched.prometheus?.range(expr, from, to + 1, 1)) ?? [];
      const numbers = results.flatMap(({ values }) => values.map(([, value]) => Number(value)));
      expect(numbers.filter(Number.isFinite).length, `${title}: ${expr}`).toBeGreaterThan(0);
    }
  });

  it("counts a fallback once, though the route has a second target that was tried before", async () => {
    const { part } = fallbackShare("llm-staging");
    const [all] = (await watched.prometheus?.range(part, to, to, 1)) ?? [];
    expect(all?.values.map(([, value]) => value)).toEqual(["5"]);
  });

  it("finds every alert sound, and those going off that should", async () => {
    const rules = (await watched.prometheus?.rules()) ?? [];
    expect(rules.map(({ name }) => name)).toEqual(watched.alerts.map(({ alert }) => alert));
    expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
    const states = rules.filter(({ state }) => state !== "inactive").map(({ name, state }) => [name, state]);
    expect(states).toEqual([
      ["LockstepErrorRatioHigh", "pending"],
      ["LockstepFallbackRatioHigh", "pending"],
      ["LockstepCoolDownOpened", "firing"],
      ["LockstepInvalidRatioHigh", "pending"],
      ["LockstepBreakerOpened", "firing"],
      ["LockstepServedModelUnexpected", "firing"],
      // There is no kube-state-metrics here.
      ["LockstepCanaryAbsent", "pending"],
      ["LockstepSampledAnswersBad", "firing"],
      ["LockstepSampleShifted", "firing"],
    ]);
  });
});
