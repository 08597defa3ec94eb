import { createInterface } from "node:readline/promises";
import { type FileChange, WriteError, writeAll } from "../lifecycle/write";
import { changeText } from "../review/change";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";

export interface WriteOptions {
  /** Write without asking. */
  yes: boolean;
  /** Show what would be written, and write nothing. */
  dryRun: boolean;
}

/** Asks a person; undefined where nobody is there who could answer. */
export type Ask = ((question: string) => Promise<string>) | undefined;

/** Shows changes, has them confirmed and writes all of them or none. Returns whether they were written. */
export async function confirm(
  root: string,
  changes: readonly FileChange[],
  { yes, dryRun }: WriteOptions,
  { out, style }: Output,
  ask: Ask,
): Promise<{ written: boolean; code: number }> {
  if (yes && dryRun) throw new UsageError("--yes and --dry-run exclude each other.");
  out(`${changeText(changes, style)}\n`);
  if (dryRun) {
    out("Nothing was written (--dry-run).\n");
    return { written: false, code: exit.clean };
  }
  if (!yes) {
    if (ask === undefined)
      throw new UsageError("Nothing was written: without a terminal to ask on, the command needs --yes.");
    const answer = await ask("Write these changes? [y/N] ");
    if (!/^y(es)?$/i.test(answer.trim())) {
      out("Nothing was written.\n");
      return { written: false, code: exit.usage };
    }
  }
  try {
    writeAll(root, changes);
  } catch (error) {
    if (error instanceof WriteError) throw new UsageError(error.message);
    throw error;
  }
  return { written: true, code: exit.clean };
}

/** The person at the terminal, where both its sides are one. The question goes to the terminal as it is. */
export function processAsk({ terminal }: Output): Ask {
  if (!terminal || process.stdin.isTTY !== true) return undefined;
  return async (question) => {
    const terminalLine = createInterface({ input: process.stdin, output: process.stderr });
    // Ctrl-C and an end of input close it, and no answer ever comes.
    const closed = new Promise<string>((resolve) => terminalLine.once("close", () => resolve("")));
    try {
      return await Promise.race([terminalLine.question(question), closed]);
    } finally {
      terminalLine.close();
    }
  };
}
