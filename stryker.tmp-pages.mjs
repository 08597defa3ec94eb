import base, { strykerPlugins } from "./stryker.config.mjs";
const R = ["production-proven","release-complete","rollback-ready","alarms-before-traffic"];
export { strykerPlugins };
export default { ...base, vitest: { configFile: "vitest.tmp-pages.mts" }, incremental: false, incrementalFile: "reports/mine.json",
  mutate: ["policies/evidenceRule.ts","policies/people.ts","policies/resource/exceptions-used.ts",...R.map(r=>`policies/stack/${r}.ts`)],
  concurrency: 1, reporters: ["clear-text","progress-append-only"], ignoreStatic: true, clearTextReporter: { reportTests: false, reportMutants: true, allowColor: false }, tempDirName: "reports/stryker-pages", thresholds: { high: 90, low: 85, break: null } };
