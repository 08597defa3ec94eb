import type { Command } from "commander";
import type { CanaryOptions } from "./canaryPlan";
import { measuring } from "./measuringOptions";
import type { Output } from "./output";

/** Registers `lockstep canary`, or the same command under another name. */
export function registerCanary(
  parent: Command,
  name: string,
  { cwd, output, version, done }: Registering,
): void {
  measuring(
    parent
      .command(name)
      .description("Ask fixed prompts, and tell whether models behave as was signed off (docs/canary.md)."),
  )
    .option("--prompts <file>", "the prompts, one a line as JSON; by default canary/prompts.jsonl")
    .option("--baseline <file>", "the signed-off answers; by default canary/baseline.json")
    .option("--repeats <count>", "answers to each prompt at each target (3, and 10 for a baseline)")
    .option("--accept", "sign off what is answered now as the baseline", false)
    .option("--by <name>", "who signs it off")
    .option("--yes", "replace an earlier baseline without asking", false)
    .action(async (options: Omit<CanaryOptions, "cwd">) => {
      const { canary } = await import("./canary");
      done(await canary({ ...options, cwd: cwd() }, output, version, process.env));
    });
}

export interface Registering {
  cwd(): string;
  output: Output;
  version: string;
  done(code: number): void;
}
