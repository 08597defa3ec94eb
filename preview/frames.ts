import { stripVTControlCharacters } from "node:util";
import { visible } from "../config/visible";

/** A message with only the first frame of its stack trace: the place. */
export function withoutFrames(message: string): string {
  const text = stripVTControlCharacters(message).replaceAll("\t", "  ");
  const lines = text.trim().split(/\r?\n/).map(visible);
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  return lines.filter((line, index) => index === first || !/^\s+at /.test(line)).join("\n");
}
