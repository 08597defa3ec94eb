import { sha256 } from "../../config/hash";
import { readable } from "../../config/numbers";
import { isRecord } from "../../config/record";
import { readJsonl } from "./jsonl";
import { looksLikeXml, readJunit } from "./junit";
import { refuse } from "./problem";
import { readPromptfoo } from "./promptfoo";
import type { Format, ReadFile } from "./run";

export const formats = ["promptfoo", "jsonl", "junit"] as const satisfies readonly Format[];

/** The largest file of results that is read: promptfoo writes about ten kilobytes for each answer. */
export const maxResultsBytes = 64 * 1024 * 1024;

/** About as many as the raw output of a statement has room for. */
const mostRuns = 20_000;

/** Reads files of results; by their content, where no format is named. */
export function readResults(
  files: readonly { name: string; bytes: Uint8Array }[],
  format?: Format,
): ReadFile[] {
  const seen = new Set<string>();
  const read = files.map(({ name, bytes }) => {
    const digest = sha256(bytes);
    if (seen.has(digest))
      refuse({
        file: name,
        at: "the file",
        found: "the bytes of a file named before",
        allowed: "every file once",
        remedy: "Repeats have to be asked again, not counted twice.",
      });
    seen.add(digest);
    return { name, sha256: digest, ...shallow(name, () => readAs(name, decoded(name, bytes), format)) };
  });
  const runs = read.reduce((sum, file) => sum + file.runs.length, 0);
  const last = files.at(-1)?.name ?? "";
  if (runs > mostRuns)
    refuse({
      file: last,
      at: "the files",
      found: `${readable(runs)} runs in all`,
      allowed: `at most ${readable(mostRuns)}`,
      remedy: "Evaluate fewer cases, or each of them less often.",
    });
  return read;
}

/** A document whose parts lie deeper inside each other than the stack is. */
function shallow<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse({
      file,
      at: "the file",
      found: "values too deep inside each other",
      allowed: "what a tool writes",
      remedy: "Let the tool write it again.",
    });
  }
}

function readAs(
  name: string,
  text: string,
  format = detected(name, text),
): Omit<ReadFile, "name" | "sha256"> {
  switch (format) {
    case "junit":
      return { format, tool: undefined, runs: readJunit(text, name) };
    case "jsonl":
      return { format, tool: undefined, runs: readJsonl(text, name) };
    default: {
      const { runs, version, made } = readPromptfoo(text, name);
      return {
        format,
        tool: { name: "promptfoo", ...(version === undefined ? {} : { version }) },
        made,
        runs,
      };
    }
  }
}

/** By the first line: a document of promptfoo's has "results". Each reader then says what does not fit. */
function detected(name: string, text: string): Format {
  if (looksLikeXml(text)) return "junit";
  if (name.endsWith(".jsonl")) return "jsonl";
  const [first = ""] = text.trimStart().split("\n", 1);
  try {
    const data: unknown = JSON.parse(first);
    return isRecord(data) && !("results" in data) ? "jsonl" : "promptfoo";
  } catch {
    return "promptfoo";
  }
}

function decoded(name: string, bytes: Uint8Array): string {
  try {
    // Takes a byte order mark away.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {}
  return refuse({
    file: name,
    at: "the file",
    found: "another encoding, or a zero byte",
    allowed: "UTF-8",
    remedy: "Let the tool write it in UTF-8.",
  });
}
