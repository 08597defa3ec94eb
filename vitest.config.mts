import { defineConfig } from "vitest/config";

const real = "test/**/*.real.test.ts";
/** What they measure is how fast others answer: beside others they would be late themselves. */
const alone = ["test/cli/evidenceLoad.real.test.ts", "test/measure/conform.real.test.ts"];
const engine = "test/engine/**/*.engine.test.ts";

export default defineConfig({
  test: {
    // Beside others that come first, a test of seconds may take a minute.
    testTimeout: 60_000,
    // Hundreds of processes on few cores: one that was held up is asked again, and the report says so (retry x1).
    retry: 1,
    hookTimeout: 120_000,
    // Each of these starts a process of Node: more at once only wait for each other.
    maxConcurrency: 2,
    // As many files at once as there are cores: vitest leaves one idle, which is half of two.
    maxWorkers: "100%",
    // The parser of Trino's SQL imports folders, which Node does not find.
    server: { deps: { inline: ["dt-sql-parser", "antlr4-c3", "antlr4ng"] } },
    projects: [
      // No file changes what another one sees, so a worker keeps the modules that it has loaded.
      {
        extends: true,
        test: { name: "own", include: ["test/**/*.test.ts"], exclude: [real, engine], isolate: false },
      },
      // With LiteLLM, Redis, Prometheus, or under load: they measure times, so one after the other.
      {
        extends: true,
        test: {
          name: "real",
          include: [real],
          exclude: alone,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      // On a machine that does nothing else.
      {
        extends: true,
        test: { name: "alone", include: alone, fileParallelism: false, sequence: { groupOrder: 3 } },
      },
      // On the real engine: each update starts six processes, which mostly wait for one another.
      {
        extends: true,
        test: {
          name: "engine",
          include: [engine],
          globalSetup: ["test/engine/say.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Tests of a file build on the state that the one before left.
          retry: 0,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
