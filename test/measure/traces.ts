import type { FaultName } from "../../lifecycle/kinds/routing";
import type { Phase, Trace } from "../../measure/conform/trace";

/**
 * A trace in one line: "429 chat alone: chat.large.1@0 chat.large.1@0.3 chat.small.2@0.9 -> 200 @1".
 * Faults' names have no "/" and may have spaces, so the route stands behind one.
 */
export function trace(line: string): Trace {
  const [, fault = "", route = "", phase = "", calls = "", client = "", seconds = ""] =
    /^(.+?)\/(\S+) (\w+):(.*) -> (.+) @([\d.]+)$/.exec(line) ?? [];
  if (fault === "") throw new Error(`This is no trace: ${line}`);
  return {
    fault: fault as FaultName,
    route,
    phase: phase as Phase,
    calls: calls
      .trim()
      .split(" ")
      .filter((call) => call !== "")
      .map((call) => {
        const [target = "", at = ""] = call.split("@");
        return { target, seconds: Number(at) };
      }),
    client,
    seconds: Number(seconds),
  };
}

export const traces = (...lines: string[]): Trace[] => lines.map(trace);
