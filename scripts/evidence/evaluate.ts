/**
 * What `lockstep evidence eval --run` runs for the example: asks every target of every route the cases, each several
 * times, and writes what they answered as JSONL (docs/evals.md). Started with the file to write.
 */
import { writeFileSync } from "node:fs";
import type { Stack } from "../../config/stack";
import { gatewayOf, readPair } from "./own";
import { paced, withinLimits } from "./pace";
import { casesOf, requestOf, score } from "./requests";

async function evaluate(stack: Stack, file: string): Promise<void> {
  const client = gatewayOf(process.env);
  const { minCases, minRepeats } = stack.config.acceptance.eval;
  const targets = Object.entries(stack.config.routes).flatMap(([route, { targets }]) =>
    targets.map(({ model, order }) => ({ route, model, deployment: `${route}.${model}.${order}` })),
  );
  const pace = withinLimits(stack.config, targets.length);
  const lines = await Promise.all(
    targets.map(({ route, model, deployment }) => {
      const jobs = casesOf(stack, route)
        .slice(0, minCases)
        .flatMap((one) =>
          Array.from({ length: minRepeats }, (_, index) => async () => {
            const request = requestOf(stack, route, one.user);
            const {
              status,
              text,
              totalSeconds,
              usage,
              usd,
              deployment: answeredBy,
            } = await client.full({
              ...request,
              // The deployment by its id: no fallback and no other target can answer.
              model: deployment,
            });
            const head = { case: one.id, target: `${route}/${model}`, repeat: index + 1, core: one.core };
            if (status !== 200) return { ...head, error: String(status) };
            const points = score(one, text);
            return {
              ...head,
              team: "support",
              score: points,
              pass: points === 1,
              latency_seconds: totalSeconds,
              prompt: one.user,
              output: text,
              usage,
              usd,
              answered_by: answeredBy,
            };
          }),
        );
      return paced(jobs, pace);
    }),
  );
  writeFileSync(
    file,
    `${lines
      .flat()
      .map((line) => JSON.stringify(line))
      .join("\n")}\n`,
  );
  client.close();
}

const [, , file] = process.argv;
if (file === undefined) throw new Error("Name the file to write.");
evaluate(readPair(process.cwd()).staging, file);
