import Table from "cli-table3";
import type { Config } from "../config/schema";
import type { Criterion, KindName } from "../lifecycle/kind";
import { kinds } from "../lifecycle/kinds";
import type { Measured } from "../measure/measurement";
import type { Paint } from "../review/terminal";
import { UsageError } from "./exit";

/** Which criteria a measurement that is no evidence was about. */
type Asked = (criterion: Criterion) => boolean;
export const always: Asked = () => true;

/** What was measured, held against the acceptance criteria of the stack that it is evidence for. */
export function judged(kind: KindName, config: Config, { results, inconclusive }: Measured, asked = always) {
  const { criteria } = kinds[kind];
  const all = (criteria as (of: unknown, by: Config) => ReturnType<typeof criteria>)(results, config);
  const held = all.filter(asked);
  return {
    criteria: held,
    passed: inconclusive.length === 0 && held.every(({ outcome }) => outcome === "passes"),
  };
}

/** `--providers`: whether models answered, or stand-ins. */
export function providersOf(text: string): "real" | "stub" {
  if (text === "real" || text === "stub") return text;
  throw new UsageError("--providers has to be real, or stub for stand-ins.");
}

export interface Told {
  /** The files that were written; empty where no release was named. */
  written: readonly string[];
  json: boolean;
  style: Paint;
  asked?: Asked;
  /** Why it is no evidence, of a measurement that cannot be any. */
  noEvidence?: string;
  /** What a person is told beside the criteria. */
  lines?: readonly string[];
}

/** What was found, as text for a person or as JSON. */
export function measuredText(
  kind: KindName,
  config: Config,
  measured: Measured,
  { written, json, style, asked = always, noEvidence, lines = [] }: Told,
): string {
  const { criteria, passed } = judged(kind, config, measured, asked);
  const { raw: _raw, ...rest } = measured;
  if (json) return `${JSON.stringify({ version: 1, passed, criteria, ...rest, written }, null, 2)}\n`;
  const table = new Table({
    head: ["criterion", "measured", "asked for", ""],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, subject, measured: found, required, outcome } of criteria)
    table.push([
      subject === undefined ? name : `${name}: ${subject}`,
      found,
      required,
      outcome === "passes" ? style("green", outcome) : style("red", outcome),
    ]);
  return [
    table.toString(),
    ...lines,
    ...measured.inconclusive.map((reason) => style("yellow", `Inconclusive: ${reason}`)),
    ...(written.length === 0
      ? [
          style(
            "dim",
            noEvidence ?? "Nothing was added: name the release that it is evidence for with --release.",
          ),
        ]
      : ["Added evidence:", ...written.map((file) => `  ${style("cyan", file)}`)]),
    passed ? style("green", `${kind} passes.`) : style("red", `${kind} does not pass.`),
    "",
  ].join("\n");
}
