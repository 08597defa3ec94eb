/**
 * Loaded before the program: takes its configuration out of a file. Pulumi hands it over in one variable of the
 * environment, which Linux limits to 128 KiB: a hundred or so of the shipped routes.
 */
const { readFileSync } = require("node:fs");
if (process.env.LOCKSTEP_BENCH_CONFIG !== undefined)
  process.env.PULUMI_CONFIG = readFileSync(process.env.LOCKSTEP_BENCH_CONFIG, "utf8");
