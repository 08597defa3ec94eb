import { type Command, Option } from "commander";
import type { ConformCommandOptions } from "./conform";
import type { Output } from "./output";

/** Registers `lockstep conform`; what it needs is loaded when it is run. */
export function registerConform(
  program: Command,
  output: Output,
  version: string,
  done: (code: number) => void,
): void {
  const urls = ["stagingUrl", "productionUrl"];
  program
    .command("conform")
    .description(
      "Let providers fail behind both gateways, and tell where staging and production do not do the same (docs/conform.md).",
    )
    .option("-s, --stack <name>", "a stack of the pair, where the project has several")
    .option("--release <id>", "add what was found to the evidence of a release")
    .option("--sign <keyfile>", "sign the evidence with this private key (PEM, Ed25519 or ECDSA P-256)")
    .option("--fault <name>", "only this fault; may be given several times", collect)
    .option("--time-scale <factor>", "a fraction of all times, to be done sooner", "1")
    .option("--litellm <file>", "the LiteLLM to start; by default the one that make litellm installs")
    .addOption(
      new Option("--write <folder>", "write both gateways into a folder, to be started elsewhere").conflicts(
        urls,
      ),
    )
    .option("--staging-url <url>", "staging's gateway, started elsewhere from what --write wrote")
    .option("--production-url <url>", "production's gateway, likewise")
    .option("--providers <host>", "the host by which gateways elsewhere reach this machine", "127.0.0.1")
    .option(
      "--listen <host:port>",
      "where the stand-ins listen for them, from this port on",
      "127.0.0.1:8101",
    )
    .option("--json", "print as JSON", false)
    .action(async (options: Omit<ConformCommandOptions, "cwd">) => {
      const { conformCommand } = await import("./conform");
      done(
        await conformCommand(
          { ...options, ...program.opts<{ cwd: string }>() },
          output,
          version,
          process.env,
        ),
      );
    });
}

const collect = (fault: string, before: string[] = []): string[] => [...before, fault];
