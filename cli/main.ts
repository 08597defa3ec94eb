import { Command, CommanderError, Option } from "commander";
import { registerAudit } from "./auditCommand";
import { registerCanary } from "./canaryCommand";
import { registerConform } from "./conformCommand";
import { registerEvidence } from "./evidenceCommands";
import { BlockedError, exit, UsageError } from "./exit";
import { registerIncident } from "./incidentCommand";
import type { Output } from "./output";
import { registerRelease } from "./releaseCommands";
import type { ReviewCommandOptions } from "./review";
import { reviewFormats } from "./reviewFormats";
import { registerSample } from "./sampleCommand";
import { registerUp } from "./upCommand";

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
    .option("--engine", "ask Pulumi's own engine, against the state of what is deployed", false)
    .option("-s, --stack <name>", "evaluate this stack only; its counterpart is still compared")
    .option("--json", "print the report as JSON (docs/preview.schema.json)", false)
    .action(async (options: { stack?: string; json: boolean; engine: boolean }) => {
      const { preview } = await import("./preview");
      code = await preview({ ...options, ...program.opts<{ cwd: string }>() }, output, process.env);
    });

  program
    .command("review")
    .description(
      "Tell what a change of the files does to each pair, without the Pulumi SDK, for a pull request.",
    )
    .option("--base <ref>", "the commit to compare with", "HEAD")
    .option("--head <ref>", "the commit to review; the working tree where it is absent")
    .option("-s, --stack <name>", "review the pair of this stack only")
    .addOption(
      new Option("--all", "review every pair of the project, which is the default").conflicts("stack"),
    )
    .addOption(new Option("--format <format>", "how to print it").choices(reviewFormats).default("terminal"))
    .option("--output <file>", "write it to a file instead of printing it")
    .option(
      "--link-base <url>",
      "where lines of files can be linked to: https://github.com/o/r/blob/<commit>",
    )
    .addOption(
      new Option("--watch", "review again after each save, until Ctrl-C").default(false).conflicts("head"),
    )
    .action(async (options: Omit<ReviewCommandOptions, "cwd">) => {
      const { review } = await import("./review");
      code = await review(
        { ...options, ...program.opts<{ cwd: string }>() },
        output,
        () => new Date(),
        version(),
      );
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

  registerConform(program, output, version(), (result) => {
    code = result;
  });

  const registering = {
    cwd: () => program.opts<{ cwd: string }>().cwd,
    output,
    version: version(),
    done: (result: number) => {
      code = result;
    },
  };
  registerUp(program, registering);
  registerCanary(program, "canary", registering);
  registerSample(program, registering);
  registerIncident(program, registering);

  registerAudit(program, output, version(), (result) => {
    code = result;
  });

  registerEvidence(program, output, version(), (result) => {
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
