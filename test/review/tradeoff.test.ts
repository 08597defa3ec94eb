import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { evidenceStore } from "../../lifecycle/evidence";
import { latencyOf, type RouteReview, routesOf, type TargetReview } from "../../review/routes";
import { changesSeconds, secondsText, tradeoffRows, tradeoffSources } from "../../review/tradeoff";
import { proven } from "../evidence";
import { type Edit, edited, replace } from "../shipped";

function routes(edits: readonly Edit[] = [], base: readonly Edit[] | undefined = undefined): RouteReview[] {
  const files = memoryFiles(edited(proven, ...edits));
  const { pair } = loadPair(files, "production");
  if (pair === undefined) throw new Error("the pair cannot be read");
  const before = base && loadPair(memoryFiles(edited(proven, ...base)), "production").pair?.staging.config;
  return routesOf(before, pair, evidenceStore(files));
}

describe("the models of a route", () => {
  it("are its own by order, then those that it falls back to, with what evidence says of each", () => {
    const [chat] = routes();
    expect(
      chat?.targets.map(({ model, route, order, provider, region }) => [
        model,
        route,
        order,
        provider,
        region,
      ]),
    ).toEqual([
      ["chat-large", "support-chat", 1, "openai", undefined],
      ["chat-in-account", "support-chat", 2, "bedrock", "us-east-1"],
      ["chat-fast", "economy-chat", 1, "anthropic", undefined],
    ]);
    expect(chat?.targets[1]?.measured).toMatchObject({
      score: { value: 0.925, low: 0.85, high: 1 },
      usdPerRequest: 0.015,
      latencyP95Seconds: 4,
      cases: 40,
      source: { isCurrent: true },
    });
  });

  it("are measured on another behaviour after an edit, and that is said", () => {
    const [chat] = routes([replace("Pulumi.yaml", "topK: 8", "topK: 9")]);
    expect(chat?.targets[0]?.measured?.source.isCurrent).toBe(false);
    expect(tradeoffSources([chat as RouteReview])[0]?.note).toMatch(
      /^about another behaviour, [0-9a-f]{12}…$/,
    );
  });

  it("are not compared by a measurement that lacks the cost", () => {
    const without = (entries: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        Object.entries(entries).map(([file, text]) => {
          if (!/\/eval[^/]*\.intoto\.json$/.test(file)) return [file, text];
          const statement = JSON.parse(text);
          delete statement.predicate.results.targets[0].usdPerRequest;
          return [file, JSON.stringify(statement)];
        }),
      );
    const [chat] = routes([without]);
    expect(chat?.targets.map(({ measured }) => measured?.cases)).toEqual([undefined, 40, 40]);
  });

  it("end where fallbacks lead back", () => {
    const first = routes();
    expect(first.map(({ route, targets }) => [route, targets.length])).toEqual([
      ["support-chat", 3],
      ["ticket-triage", 2],
      ["economy-chat", 1],
    ]);
  });
});

describe("the longest time of a request", () => {
  it("is told before and after, against the deadline", () => {
    const longer = replace("Pulumi.yaml", "initialSeconds: 0.25", "initialSeconds: 0.5");
    const [chat, ...others] = routes([longer], []);
    expect(secondsText(chat as RouteReview)).toBe("a request takes at most 156.3 s → 160.5 s of 180 s");
    expect(others.every(changesSeconds)).toBe(true);
    const [same] = routes([], []);
    expect(changesSeconds(same as RouteReview)).toBe(false);
    expect(secondsText(same as RouteReview)).toBe("a request takes at most 156.3 s of 180 s");
    expect(changesSeconds(routes([])[0] as RouteReview)).toBe(false);
  });
});

describe("quality against cost", () => {
  const target = (model: string, measured?: Partial<TargetReview["measured"]>): TargetReview => ({
    model,
    modelId: `${model}-2026-01-01`,
    provider: "openai",
    region: undefined,
    route: "chat",
    order: 1,
    usdPerMillionTokens: { input: 1, output: 2 },
    measured: measured && {
      score: { value: 0.9, low: 0.88, high: 0.92 },
      usdPerRequest: 0.01,
      latencyP95Seconds: 2,
      cases: 40,
      source: { file: "eval.json", hash: "a".repeat(64), isCurrent: true, providers: "real" },
      ...measured,
    },
  });
  const rows = (...targets: TargetReview[]) =>
    tradeoffRows({ route: "chat", deadlineSeconds: 1, worstSeconds: { before: 1, after: 1 }, targets }).map(
      (row) => row.at(-1),
    );

  it.each<[string, Partial<TargetReview["measured"]>, string]>([
    [
      "cheaper, and worse beyond the intervals",
      { score: { value: 0.8, low: 0.78, high: 0.82 }, usdPerRequest: 0.004 },
      "score -0.100: worse; cost -60 %",
    ],
    [
      "cheaper, and no worse than the intervals can tell",
      { score: { value: 0.86, low: 0.84, high: 0.88 }, usdPerRequest: 0.004 },
      "score -0.040, within the intervals; cost -60 %",
    ],
    [
      "dearer and better",
      { score: { value: 0.97, low: 0.93, high: 1 }, usdPerRequest: 0.025 },
      "score +0.070: better; cost +150 %",
    ],
    ["the same", {}, "the same"],
  ])("tells of a model that is %s", (_, measured, words) => {
    expect(rows(target("first", {}), target("other", measured))).toEqual(["", words]);
  });

  it("guesses nothing where nothing was measured", () => {
    expect(rows(target("first", {}), target("other"))).toEqual(["", "unknown"]);
    expect(rows(target("first"), target("other", {}))).toEqual(["", "unknown"]);
  });

  it("says that stand-ins answered", () => {
    const stub = { file: "e.json", hash: "b".repeat(64), isCurrent: false, providers: "stub" as const };
    const route: RouteReview = {
      route: "chat",
      deadlineSeconds: undefined,
      worstSeconds: { before: undefined, after: 12.25 },
      targets: [target("first", { source: stub })],
    };
    expect(tradeoffSources([route])).toEqual([
      {
        file: "e.json",
        note: "measured against stand-ins, which say nothing about a model; about another behaviour, bbbbbbbbbbbb…",
      },
    ]);
    expect(secondsText(route)).toBe("a request takes at most 12.3 s no deadline");
  });
});

it("latency is that of the newest evidence about a present behaviour", () => {
  const files = memoryFiles(edited(proven));
  const { pair } = loadPair(files, "production");
  expect(pair && latencyOf(pair, evidenceStore(files))).toMatchObject({
    firstToken: { p50Seconds: 0.1, p95Seconds: 1.25, p99Seconds: 2.5 },
    total: { p50Seconds: 1, p95Seconds: 2, p99Seconds: 3 },
    requestsPerSecond: 30,
    requests: 5_000,
    source: { isCurrent: true },
  });
});
