import { expect, it } from "vitest";
import { conformText } from "../../cli/conformText";
import type { Conformance } from "../../measure/conform/conform";
import { traces } from "../measure/traces";

const found = (change: Partial<Conformance> = {}): Conformance => ({
  behaviourHash: "ab".repeat(32),
  litellm: "1.106.2",
  started: new Date(0),
  ended: new Date(1),
  faults: ["500"],
  routes: ["chat"],
  differences: [],
  traces: {
    staging: traces("500/chat alone: chat.large.1@0 chat.large.1@0.3 economy.fast.1@0.9 -> 200 @1"),
    production: [],
  },
  unopened: [],
  ...change,
});
const stacks = { staging: { name: "staging" }, production: { name: "production" } };
const text = (change: Partial<Conformance>, written: string[] = []) =>
  conformText(found(change), stacks, written, (style, inner) => `<${style}>${inner}</>`);

it("tells what each route did, and that both did the same", () => {
  const told = text({}, ["releases/a/evidence/b.intoto.json"]);
  expect(told).toContain(
    "The first request of each route under each fault, LiteLLM 1.106.2, behaviour abababababab…:",
  );
  expect(told.replace(/\s*│\n│\s*│\s*/g, " ")).toContain("large ×2, then fast of economy: 200");
  expect(told).toContain("Added evidence:\n  <cyan>releases/a/evidence/b.intoto.json</>\n");
  expect(told).toMatch(
    /\n<green>staging and production do the same<\/> under 1 fault, one after the other and at once, on 1 route\.\n$/,
  );
  expect(told).not.toContain("differs");
});

it("marks where they did not, tells both traces, and says so last", () => {
  const difference = "request 1: staging 200 after large ×2; production 200 after large";
  const told = text({
    differences: [{ fault: "500", route: "chat", difference }],
    unopened: [{ fault: "context overflow", route: "chat" }],
  });
  expect(told).toContain("(differs)");
  expect(told).toContain(`\n<red,bold>chat, 500</>\n  ${difference}\n`);
  expect(told).toContain("So many failures are allowed that no cool-down was opened by: context overflow.");
  expect(told).toMatch(
    /\n<red>staging and production do not do the same: 1 difference<\/> under 1 fault, one after the other and at once, on 1 route\.\n$/,
  );
});
