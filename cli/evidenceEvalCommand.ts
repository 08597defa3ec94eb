import type { Command } from "commander";
import type { EvalOptions } from "./evidenceEval";
import { aroundRun } from "./measuringOptions";
import type { Output } from "./output";

/** Registers `lockstep evidence eval`; what it needs is loaded when it is run. */
export function registerEvidenceEval(
  evidence: Command,
  output: Output,
  cwd: () => { cwd: string },
  done: (code: number) => void,
): void {
  aroundRun(evidence.command("eval <file...>"))
    .description(
      "Hold the results of an evaluation (promptfoo, JSONL, JUnit XML) against the acceptance criteria, and add them as evidence (docs/evals.md).",
    )
    .option("-s, --stack <name>", "a stack of the pair, where the project has several")
    .option("--release <id>", "add what was found to the evidence of a release")
    .option("--sign <keyfile>", "sign it with this private key (PEM, Ed25519 or ECDSA P-256)")
    .option("--format <format>", "promptfoo, jsonl or junit; by default by content")
    .option(
      "--target <label=route/model>",
      "which target a label in the files stands for; may be given several times",
      collect,
    )
    .option("--url <url>", "the gateway, which is asked before and after --run for its behaviour hash")
    .option("--providers <which>", "real, or stub for stand-ins")
    .option("--tool <name>", "the tool that evaluated; promptfoo's files say it")
    .option("--tool-version <version>", "its version")
    .option("--json", "print as JSON", false)
    .action(async (files: string[], options: Omit<EvalOptions, "cwd">) => {
      const { evidenceEval } = await import("./evidenceEval");
      done(await evidenceEval(files, { ...options, ...cwd() }, output, process.env, () => new Date()));
    });
}

const collect = (target: string, before: string[] = []): string[] => [...before, target];
