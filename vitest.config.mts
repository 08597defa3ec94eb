import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 120_000,
    // Each of these starts a process of Node: more at once only wait for each other.
    maxConcurrency: 2,
  },
});
