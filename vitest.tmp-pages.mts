import { defineConfig } from "vitest/config";
const R = ["production-proven","release-complete","rollback-ready","alarms-before-traffic","evals-passed"];
export default defineConfig({ test: { include: ["test/policies/evidenceRule.test.ts","test/policies/people.test.ts","test/policies/resource/exceptions-used.test.ts",...R.map(r=>`test/policies/stack/${r}.test.ts`)], setupFiles: ["test/mutation.ts"], testTimeout: 20000 } });
