import type { Config } from "../../config/schema";
import { type Asked as AskedRun, targetKey } from "../eval/targets";

/** The cases of an evaluation as records in the log's layout, so that one SQL is asked of both. */
export interface EvalRecords {
  /** One JSON document a line. */
  lines: string;
  cases: number;
  /** The columns that it tells nothing of. */
  silent: string[];
}

/** What no evaluation has: it is run at one hour, asks every target, and no cache. */
const never = ["hour", "model_name", "cache"];

/**
 * Every case once, however often and of whatever targets it was asked: a set is made of its inputs.
 *
 * @param at a time, in seconds since 1970, within what is counted
 */
export function evalRecords(
  runs: readonly AskedRun[],
  { routes }: Pick<Config, "routes">,
  at: number,
): EvalRecords {
  const cases = new Map<string, AskedRun>();
  for (const run of runs) {
    const key = `${run.route}\n${run.caseId}`;
    const known = cases.get(key);
    if (known === undefined || (known.tokens === undefined && run.tokens !== undefined)) cases.set(key, run);
  }
  const all = [...cases.values()];
  const none = (has: (run: AskedRun) => boolean, column: string) => (all.some(has) ? [] : [column]);
  return {
    lines: all.map((run, index) => JSON.stringify(recordOf(run, index, routes[run.route], at))).join("\n"),
    cases: all.length,
    silent: [
      ...never,
      ...none(({ tokens }) => tokens !== undefined, "input_tokens"),
      ...none(({ tokens }) => tokens !== undefined, "output_tokens"),
      ...none(({ team }) => team !== undefined, "team"),
      ...none(({ tools }) => tools.length > 0, "tool_use"),
      ...none(({ prompt }) => prompt !== undefined, "language"),
    ],
  };
}

const recordOf = (run: AskedRun, index: number, route: Config["routes"][string] | undefined, at: number) => ({
  id: `${index} ${targetKey(run)}`,
  call_type: "acompletion",
  status: "success",
  startTime: at,
  model_group: run.route,
  prompt_tokens: run.tokens?.input,
  completion_tokens: run.tokens?.output,
  metadata: { user_api_key_team_alias: run.team },
  messages: run.prompt === undefined ? undefined : messagesOf(run.prompt),
  response: {
    choices: [{ message: { tool_calls: run.tools.slice(0, 1).map((name) => ({ function: { name } })) } }],
  },
  model_parameters: { tools: (route?.tools ?? []).length > 0 ? [{ type: "function" }] : [] },
});

/** A prompt is a text, or the JSON of messages. */
function messagesOf(prompt: string): unknown {
  try {
    const data: unknown = JSON.parse(prompt);
    if (Array.isArray(data)) return data;
  } catch {}
  return [{ role: "user", content: prompt }];
}
