import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EngineProject, note, pulumi } from "../harness";
import { pack, policy, sawIn, toy } from "./toy";

/** What the pack below keeps: what happened, in which of its processes. */
interface Seen {
  what: "started" | "remediated" | "deserialized" | "untyped" | "typed" | "root" | "stack";
  process: number;
  isDryRun?: boolean;
  /** The resource, or all of them. */
  names?: string[];
}

const parts = Array.from({ length: 12 }, (_, index) => `part-${index}`);

/**
 * What a pack's work grows with, counted and not timed; and in which order it is told of a stack's resources. The
 * pack asks for properties anew as the SDK does it (`policies/onceForAll.ts` keeps ours from it).
 */
describe.skipIf(!pulumi)(`the engine and the work of a pack${note}`, () => {
  let project: EngineProject;
  /** What each process of the pack kept, in the order in which they were started. */
  const runs = (): Seen[][] => {
    const all = sawIn<Seen>(project, "counts");
    return [...new Set(all.map(({ process }) => process))].map((own) =>
      all.filter(({ process }) => process === own),
    );
  };

  beforeAll(async () => {
    project = toy(`for (const name of ${JSON.stringify(parts)}) new Part(name, { size: 1 }, {});`, {
      counts: `
          const { validateResourceOfType } = require("@pulumi/policy");
          const tell = (what, more = {}) => saw({ what, process: process.pid, ...more });
          const deserializing = require("@pulumi/policy/deserialize");
          const { deserializeProperties } = deserializing;
          deserializing.deserializeProperties = (...given) => {
            tell(given[1] === true ? "remediated" : "deserialized");
            return deserializeProperties(...given);
          };
          const marker = (type) => ({ isInstance: (o) => o.__pulumiType === type, __pulumiType: type });
          tell("started", { isDryRun: pulumi.runtime.isDryRun() });
          ${pack(`
            ${policy("one", "tell('untyped', { names: [args.name] });")}
            ${policy("two", "tell('untyped', { names: [args.name] });")}
            { name: "never", description: "d", validateResource: validateResourceOfType(marker("a:b:C"), () => tell("typed")) },
            { name: "root-only", description: "d", validateResource: validateResourceOfType(marker(root), () => tell("root")) },
            { name: "whole", description: "d", validateStack: (args) => tell("stack", { names: args.resources.map(({ name }) => name) }) },
            { name: "again", description: "d", validateStack: () => {} },
          `)}`,
    });
    await project.init("dev");
    await project.must(["up", "--stack", "dev", "--yes", "--policy-pack", "packs/counts"]);
    for (let time = 0; time < 2; time++)
      await project.must(["preview", "--stack", "dev", "--policy-pack", "packs/counts"]);
  });
  afterAll(() => project?.remove());

  it("starts a process for each preview and each update, also for both of one command", () => {
    const started = runs().map((seen) => seen.filter(({ what }) => what === "started"));
    expect(started.map((own) => own.map(({ isDryRun }) => isDryRun))).toEqual([
      [true],
      [false],
      [true],
      [true],
    ]);
  });

  it("asks each policy once about each resource, the root first; one of another type never", () => {
    for (const seen of runs()) {
      const asked = seen.filter(({ what }) => what === "untyped").flatMap(({ names }) => names ?? []);
      expect(asked.slice(0, 2)).toEqual(["facts-dev", "facts-dev"]);
      expect(asked.sort()).toEqual(["facts-dev", ...parts].flatMap((name) => [name, name]).sort());
      expect(seen.filter(({ what }) => what === "typed" || what === "root").map(({ what }) => what)).toEqual([
        "root",
      ]);
    }
  });

  it("has the properties made anew for each policy that is asked, and once to ask what to remediate", () => {
    const count = (seen: Seen[], what: Seen["what"]) => seen.filter((one) => one.what === what).length;
    for (const seen of runs()) {
      const all = parts.length + 1;
      expect(count(seen, "remediated")).toBe(all);
      // Two policies over every resource and one over the root; then two over the stack, each over all resources.
      expect(count(seen, "deserialized")).toBe(2 * all + 1 + 2 * all);
      const asked = seen.findIndex(({ what }) => what === "stack");
      expect(count(seen.slice(asked), "deserialized")).toBe(all);
    }
  });

  it("tells a policy over the stack of all resources at once, in an order that is another each time", () => {
    const told = runs().map((seen) => seen.filter(({ what }) => what === "stack"));
    expect(told.map((own) => own.length)).toEqual([1, 1, 1, 1]);
    const orders = told.map(([own]) => own?.names ?? []);
    for (const order of orders) expect([...order].sort()).toEqual(["facts-dev", ...parts].sort());
    expect(new Set(orders.map((order) => order.join(" "))).size).toBeGreaterThan(1);
  });
});
