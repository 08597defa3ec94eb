import { structuredPatch } from "diff";
import { isPair, isScalar, parseDocument, visit } from "yaml";
import { visible } from "../config/visible";
import type { FileChange } from "../lifecycle/write";
import type { Paint } from "./terminal";

/** What a command is about to write, as a unified diff; encrypted values are never shown. */
export function changeText(changes: readonly FileChange[], style: Paint): string {
  return changes.map((change) => fileText(change, style)).join("\n");
}

function fileText({ path, before, after }: FileChange, style: Paint): string {
  const [old, fresh] = [before, after].map((side) => (side === undefined ? undefined : hidden(path, side)));
  const head = [
    style("bold", `--- ${old === undefined ? "/dev/null" : visible(path)}`),
    style("bold", `+++ ${fresh === undefined ? "/dev/null" : visible(path)}`),
  ];
  const { hunks } = structuredPatch(path, path, old ?? "", fresh ?? "", undefined, undefined, { context: 3 });
  const body = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    style("cyan", `@@ -${start(oldStart, oldLines)} +${start(newStart, newLines)} @@`),
    ...lines.map((line) => painted(line.replace(/\r$/, ""), style)),
  ]);
  return `${[...head, ...body].join("\n")}\n`;
}

/** Of no lines, the number is that of the line before them. */
const start = (line: number, count: number) => `${count === 0 ? line - 1 : line},${count}`;

function painted(line: string, style: Paint): string {
  const text = line.charAt(0) + visible(line.slice(1));
  if (line.startsWith("+")) return style("green", text);
  if (line.startsWith("-")) return style("red", text);
  return line.startsWith("\\") ? style("dim", text) : text;
}

const mask = "[encrypted]";

/** A file's text with each encrypted value replaced, in as many lines as it had. */
function hidden(path: string, content: string | Uint8Array): string {
  const text = typeof content === "string" ? content : Buffer.from(content).toString("utf8");
  if (!/\.ya?ml$/.test(path)) return text;
  // Also where the file is no YAML, or another key stands beside it.
  return masked(text).replace(
    /^(.*\bsecure["']?[ \t]*:)(?![ \t]*\[encrypted\])[ \t]*[^\s][^\r\n]*/gm,
    `$1 ${mask}`,
  );
}

function masked(text: string): string {
  const ranges: [number, number][] = [];
  visit(parseDocument(text, { uniqueKeys: false }), {
    Pair(_, pair) {
      const { key, value } = pair as { key: unknown; value: unknown };
      if (!isPair(pair) || !isScalar(key) || key.value !== "secure") return undefined;
      const range = (value as { range?: [number, number, number] } | null)?.range;
      if (range && range[1] > range[0]) ranges.push([range[0], range[1]]);
      return visit.SKIP;
    },
  });
  let result = text;
  for (const [from, to] of ranges.sort(([a], [b]) => b - a)) {
    const lines = result.slice(from, to).split("\n").length - 1;
    result = result.slice(0, from) + mask + "\n".repeat(lines) + result.slice(to);
  }
  return result;
}
