import { spawn } from "node:child_process";
import { quote } from "../config/visible";
import type { Source } from "../measure/drift/audit";
import { DriftInputError } from "../measure/drift/json";
import { readInput } from "./evidenceAdd";
import { UsageError } from "./exit";

/** Reads a file of the command line; what it is not, is said with its name and never with what it holds. */
export function fromFile<T>(cwd: string, path: string, mostBytes: number, read: (bytes: Uint8Array) => T): T {
  return named(path, () => read(readInput(cwd, path, mostBytes)));
}

function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DriftInputError) throw new UsageError(`${quote(name)} ${error.message}.`);
    throw error;
  }
}

export interface Tool {
  command: string;
  args: readonly string[];
  cwd: string;
  mostBytes: number;
  /** What to give in place of running it. */
  otherwise: string;
}

const longestMilliseconds = 120_000;

/**
 * What another tool prints on its standard output. Of its errors nothing is shown, since nobody knows what they
 * quote: whoever runs it by hand sees them.
 */
export async function fromTool<T>(tool: Tool, read: (bytes: Uint8Array) => T): Promise<Source<T>> {
  const line = [tool.command, ...tool.args].join(" ");
  const printed = await output(tool);
  if ("why" in printed)
    return { why: `${line} ${printed.why}: run it by hand to see why, or give ${tool.otherwise}.` };
  return { value: named(line, () => read(printed.value)) };
}

function output({ command, args, cwd, mostBytes }: Tool): Promise<Source<Uint8Array>> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", "pipe", "ignore"],
      timeout: longestMilliseconds,
    });
    const parts: Buffer[] = [];
    let [size, isTooLarge] = [0, false];
    child.stdout.on("data", (part: Buffer) => {
      size += part.byteLength;
      if (size <= mostBytes) parts.push(part);
      else {
        isTooLarge = true;
        child.kill();
      }
    });
    child.on("error", () => resolve({ why: "cannot be started" }));
    child.on("close", (code) => {
      if (isTooLarge) resolve({ why: `printed more than ${mostBytes / 1024 ** 2} MiB` });
      else if (code === 0) resolve({ value: Buffer.concat(parts) });
      else resolve({ why: code === null ? "was ended before it was done" : `failed with exit code ${code}` });
    });
  });
}
