import { setFlagsFromString } from "node:v8";

/** By V8's major version: in Node 20, and in 22 and 24. One that does not know its flag would say so to everybody. */
const flags: Readonly<Record<string, string>> = {
  "11": "--interrupt-budget=675840",
  "12": "--invocation-count-for-turbofan=30000",
  "13": "--invocation-count-for-turbofan=30000",
};

/**
 * Lets V8 optimise a function ten times later than by itself. In a process of less than a second that took a third of
 * the CPU time, in threads that take the cores from others; with thousands of resources it still gets there.
 */
export function optimiseLate(): void {
  const flag = flags[process.versions.v8.split(".")[0] ?? ""];
  if (flag !== undefined) setFlagsFromString(flag);
}
