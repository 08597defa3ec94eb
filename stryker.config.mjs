/**
 * Mutation tests: how much of config/, policies/ and lifecycle/ the tests hold fast. See docs/mutation.md.
 *
 * @type {import("@stryker-mutator/api/core").PartialStrykerOptions}
 */
export default {
  testRunner: "vitest",
  vitest: { configFile: "vitest.mutation.mts" },
  // This file is a plugin too: `prose`, below.
  plugins: ["@stryker-mutator/vitest-runner", "./stryker.config.mjs"],
  ignorers: ["prose"],
  mutate: [
    "{config,policies,lifecycle}/**/*.ts",
    // The pack's entry points run in processes of their own, without the mutants: policies/start.js, which is
    // no TypeScript and so not named above, and this one. test/policies/start.test.ts starts them.
    "!policies/index.ts",
  ],
  coverageAnalysis: "perTest",
  concurrency: 2,
  // A mutant that runs on for ever is stopped after this and one and a half times what its tests take.
  timeoutMS: 5_000,
  incremental: true,
  incrementalFile: "reports/mutation/incremental.json",
  reporters: ["clear-text", "html", "json"],
  clearTextReporter: { reportTests: false, reportMutants: false },
  htmlReporter: { fileName: "reports/mutation/index.html" },
  jsonReporter: { fileName: "reports/mutation/mutation.json" },
  tempDirName: "reports/stryker",
  ignorePatterns: ["coverage", "dist", "docs/images", "reports"],
  thresholds: { high: 90, low: 85, break: 85 },
};

/** Where a text only tells a person what a rule or a field is for: keys of objects, and arguments by function. */
const proseKeys = ["description", "protects"];
const proseArguments = new Map([
  ["mirrored", 1],
  ["stricter", 1],
  ["separate", 1],
  ["free", 1],
  // These two hand the text on: config/schema/routes.ts and gateway.ts.
  ["aliases", 0],
  ["command", 0],
  // zod's, of a rule's settings.
  ["describe", 0],
]);

const isText = ({ type }) => type === "StringLiteral" || type === "TemplateLiteral";

function isProse({ node, parent }) {
  if (parent?.type === "ObjectProperty") return parent.value === node && proseKeys.includes(parent.key.name);
  if (parent?.type !== "CallExpression") return false;
  const { name } = parent.callee.property ?? parent.callee;
  return parent.arguments[proseArguments.get(name)] === node;
}

export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "prose",
    value: {
      shouldIgnore: (path) =>
        isText(path.node) && isProse(path) ? "Read by people, and decides nothing." : undefined,
    },
  },
];
