import { Command, CommanderError } from "commander";
import { registerEvidence } from "./evidenceCommands";
import { BlockedError, exit, UsageError } from "./exit";
import type { Output } from "./output";
import { registerRelease } from "./releaseCommands";

/** Runs one command line and returns its exit code. */
export async function main(args: readonly string[], output: Output): Promise<number> {
  let code: number = exit.clean;
  const program = new Command("lockstep")
    .description("Staging that is a stricter, faithful mirror of production, for LLM applications.")
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .option("--cwd <folder>", "a folder of the project", ".");

  program
    .command("preview")
    .description("Evaluate the program and the policy pack for both stacks: no Pulumi CLI, no credentials.")
    .option("-s, --stack <name>", "evaluate this stack only; its counterpart is still compared")
    .option("--json", "print the report as JSON (docs/preview.schema.json)", false)
    .action(async (options: { stack?: string; json: boolean }) => {
      const { preview } = await import("./preview");
      code = await preview({ ...options, ...program.opts<{ cwd: string }>() }, output);
    });

  program
    .command("show [path]")
    .description("Print a stack's effective values, each with where it comes from.")
    .option("-s, --stack <name>", "the stack", "production")
    .option("--json", "print as JSON", false)
    .action(async (path: string | undefined, options: { stack: string; json: boolean }) => {
      const { show } = await import("./show");
      code = show(path, { ...options, ...program.opts<{ cwd: string }>() }, output);
    });

  registerEvidence(program, output, (result) => {
    code = result;
  });

  registerRelease(program, output, (result) => {
    code = result;
  });

  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.clean : exit.usage;
    if (!(error instanceof UsageError)) throw error;
    output.err(`lockstep: ${error.message}\n`);
    return error instanceof BlockedError ? exit.findings : exit.usage;
  }
  return code;
}

function version(): string {
  return LOCKSTEP_VERSION;
}

/** Put in by the bundler from package.json. */
declare const LOCKSTEP_VERSION: string;
