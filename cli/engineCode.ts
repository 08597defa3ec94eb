import type { PreviewReport } from "../preview/report";
import { exit } from "./exit";

/** The exit code of what the real engine said about some pairs: what blocks, then what broke, then what is unproven. */
export function codeOf(pairs: readonly PreviewReport[]): number {
  if (pairs.every(({ passed }) => passed)) return exit.clean;
  if (pairs.some(({ findings }) => findings.some(({ status }) => status !== "exempted")))
    return exit.findings;
  return pairs.some(({ stacks }) => stacks.some(({ evaluated }) => !evaluated)) ? exit.usage : exit.unproven;
}
