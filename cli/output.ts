import { type Paint, paint } from "../review/terminal";

/** Where a command writes, and how; everything that a test or another terminal may want to be otherwise. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  /** Whether `out` is a terminal that a person looks at. */
  terminal: boolean;
  style: Paint;
}

/** Colours follow https://no-color.org and https://force-color.org. */
export function processOutput(): Output {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const terminal = process.stdout.isTTY === true;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0";
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminal,
    style: paint(forced || (terminal && (NO_COLOR === undefined || NO_COLOR === ""))),
  };
}
