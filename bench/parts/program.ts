import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { engineConfig } from "../../config/engine";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { evaluateProgram } from "../../preview/program";
import { projectCopy, writeEntries } from "../../test/project";
import { machine, median } from "../figures";
import { inTurn } from "../inTurn";
import { teamsProject } from "../manyTeams";
import { exponent, type Measured, type Ratio, time } from "../measured";
import { shippedEntries } from "../pairs";

const limit = 1.1;

/** The compiler would be started with the same variables, and the longest of them is more than a process may get. */
const compiledMain = '{ "name": "lockstep", "main": "dist/program.js" }\n';

const compile = (dir: string) =>
  build({
    ...{ absWorkingDir: dir, entryPoints: ["index.ts"], outfile: "dist/program.js", logLevel: "warning" },
    ...{ bundle: true, platform: "node", target: "node20", keepNames: true, packages: "external" },
  });

/** The program alone, with 1 to 1,000 teams and as many routes in one environment. */
export async function measureProgram(quick: boolean, date: string): Promise<Measured> {
  const sizes = quick ? [1, 10, 100] : [1, 10, 100, 1_000];
  const rounds = quick ? 2 : 5;
  const copies = sizes.map((size) => {
    const copy = projectCopy();
    writeEntries(copy.dir, { ...teamsProject(shippedEntries(), size), "package.json": compiledMain });
    return { size, ...copy };
  });
  await Promise.all(copies.map(({ dir }) => compile(dir)));
  const nodeOptions = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--require "${join(__dirname, "..", "configFromFile.cjs")}"`;
  try {
    const works = copies.map(({ dir }) => {
      const pair = loadPair(projectFiles(dir), "staging");
      const config = engineConfig(pair.own);
      const file = join(dir, "program-config.json");
      writeFileSync(file, JSON.stringify(config.values));
      return async () => {
        process.env.LOCKSTEP_BENCH_CONFIG = file;
        const result = await evaluateProgram({
          ...{ projectDir: dir, project: "lockstep", stack: "staging", timeoutMs: 600_000 },
          config: { ...config, values: {} },
          ...{ nodeArgs: [], typescript: false },
        });
        const [failed] = result.diagnostics.filter(({ severity }) => severity === "error");
        if (!result.succeeded) throw new Error(failed?.message ?? "The program did not come to its end.");
      };
    });
    await inTurn(works.slice(0, 1), 1);
    const times = (await inTurn(works, rounds)).map(median);
    const points = sizes.map((size, index) => ({ size, seconds: times[index] ?? Number.NaN }));
    const growth = exponent(points.slice(-2));
    const named = points.map(({ size, seconds }) => `${size.toLocaleString("en-US")}: ${time(seconds)}`);
    const figure: Ratio = {
      what: `The program's growth with the number of teams and routes, whole processes (median of ${rounds} each)`,
      label: "growth with teams and routes, exponent",
      ratio: growth,
      limit,
      value: `exponent ${growth.toFixed(2)} over the last step (${named.join(", ")})`,
      goal: `at most ${limit}`,
      met: growth <= limit,
    };
    return { date, where: machine().join("; "), figures: [figure] };
  } finally {
    if (nodeOptions === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = nodeOptions;
    delete process.env.LOCKSTEP_BENCH_CONFIG;
    for (const copy of copies) copy.remove();
  }
}
