import { expect, it } from "vitest";
import { environmentNames, NameFinder } from "../../policies/environmentNames";
import { ownPair } from "./resource/resources";

it("an environment is known by these names", () => {
  const { config } = structuredClone({ config: ownPair().staging.config });
  const told = () => environmentNames(config).map(({ field, value }) => `${field}: ${value}`);
  const names = [
    "account: 111122223333",
    "secretPrefix: lockstep/staging",
    "requestLogBucket: example-lockstep-staging-requests",
    "kmsAlias: alias/lockstep/staging",
    "alarmTopic: lockstep-staging-alarms",
    "namespace: llm-staging",
    "cluster.context: llm-staging",
    "cluster.name: llm-staging",
  ];
  expect(told()).toEqual(names);
  const { search } = config.limits.teams;
  if (search === undefined) throw new Error("The shipped pair has no team search.");
  search.cluster = { cpuCores: 1, memoryGib: 1, pods: 1 };
  expect(told()).toEqual([...names, "namespace: llm-staging-search"]);
});

const named = (...values: string[]) => values.map((value, index) => ({ field: `f${index}`, value }));
const finder = (own: string[], foreign: string[]) => (text: string) =>
  new NameFinder(named(...own), named(...foreign)).in(text).map(({ value }) => value);

it.each<[string, string[]]>([
  ["prod-1", ["prod-1"]],
  ["a/prod-1/b", ["prod-1"]],
  ["arn:prod-1", ["prod-1"]],
  ["prod-1 and prod-1 and b.c", ["prod-1", "b.c"]],
  ["prod-12", []],
  ["xprod-1", []],
  ["-prod-1", []],
  ["prod-1-", []],
  ["prod-1_", []],
  ["bxc", []],
  ["production", ["production"]],
  ["the production of it", []],
  ["llm", []],
  ["own-prod-1", []],
  ["", []],
])("in %j stand %j", (text, names) => {
  expect(finder(["llm", "own-prod-1"], ["prod-1", "b.c", "production", "llm"])(text)).toEqual(names);
});

it("the longer of two names is found, and an own one hides a foreign one inside it", () => {
  expect(finder([], ["a-b", "a-b/c"])("x a-b/c y")).toEqual(["a-b/c"]);
  expect(finder(["a-b/c"], ["a-b"])("x a-b/c y")).toEqual([]);
  expect(finder(["a-b/c"], ["a-b"])("x a-b/d y")).toEqual(["a-b"]);
});

it("of two fields with one value the first is told", () => {
  expect(new NameFinder([], named("a-1", "a-1")).in("a-1")).toEqual([{ field: "f0", value: "a-1" }]);
});

it("takes signs of regular expressions in a name for themselves", () => {
  const odd = "a.b*c+d?(e)[f]{g}|h^i$j\\k/l-m";
  expect(finder([], [odd])(`x ${odd} y`)).toEqual([odd]);
  expect(finder([], ["a+1"])("aa1")).toEqual([]);
});
