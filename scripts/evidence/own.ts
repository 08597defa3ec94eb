import { projectFiles } from "../../config/files";
import { loadPair, type Pair } from "../../config/pair";
import { formatProblem } from "../../config/problem";
import { Client } from "../../measure/client";

/** The pair of a project; throws with its problems. */
export function readPair(root: string): Pair {
  const { pair, problems } = loadPair(projectFiles(root), "production");
  if (pair === undefined) throw new Error(problems.map(formatProblem).join("\n"));
  return pair;
}

/** The gateway that a command of `--run` is to ask. */
export function gatewayOf({
  LOCKSTEP_GATEWAY_URL: url,
  LOCKSTEP_GATEWAY_KEY: key,
}: NodeJS.ProcessEnv): Client {
  if (url === undefined || key === undefined)
    throw new Error("LOCKSTEP_GATEWAY_URL and LOCKSTEP_GATEWAY_KEY are not set.");
  return new Client(url, key);
}
