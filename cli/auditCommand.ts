import { type Command, Option } from "commander";
import { auditFormats } from "./auditFormats";
import type { AuditCommandOptions } from "./auditOptions";
import type { Output } from "./output";

/** Registers `lockstep audit`; what it needs is loaded when it is run. */
export function registerAudit(
  program: Command,
  output: Output,
  version: string,
  done: (code: number) => void,
): void {
  program
    .command("audit")
    .description("Tell where what is deployed and what runs is not what is declared (docs/audit.md).")
    .option("-s, --stack <name>", "the stack; by default LOCKSTEP_STACK, or staging's")
    .option(
      "--state <file>",
      "what pulumi stack export wrote; by default pulumi is run, where it is installed",
    )
    .option("--other-state <file>", "the same of the other environment's stack")
    .option("--objects <file>", "what kubectl get -o json printed; by default kubectl is run")
    .option(
      "--gateway <url>",
      "the gateway; by default LOCKSTEP_GATEWAY_URL. Its key is in LOCKSTEP_GATEWAY_KEY",
    )
    .option(
      "--secret-versions <file>",
      "what aws secretsmanager list-secret-version-ids printed, one or a list",
    )
    .option("--last <file>", "the audit before: drift evidence, or what --format json printed")
    .option(
      "--deployed <file>",
      "what lockstep up recorded of the stack; by default deployed/<stack>.json, where it is there",
    )
    .option("--offline", "run neither pulumi nor kubectl", false)
    .option(
      "--source <name>",
      "read only this: state, other-state, cluster or gateway; several times, or in LOCKSTEP_AUDIT_SOURCES",
      collect,
    )
    .option("--area <name>", "only this area; may be given several times", collect)
    .option("--warn-days <days>", "how many days ahead an end is told of", "30")
    .option("--providers <which>", "real, or stub for stand-ins", "real")
    .option("--release <id>", "add what was found to the evidence of a release")
    .option("--sign <keyfile>", "sign it with this private key (PEM, Ed25519 or ECDSA P-256)")
    .addOption(new Option("--format <format>", "how to print it").choices(auditFormats).default("text"))
    .option("--output <file>", "write it to a file instead of printing it")
    .option("--report <folder>", "write it as Markdown, HTML and JSON into a folder as well")
    .action(async (options: Omit<AuditCommandOptions, "cwd">) => {
      const { auditCommand } = await import("./audit");
      done(
        await auditCommand({ ...options, ...program.opts<{ cwd: string }>() }, output, version, process.env),
      );
    });
}

const collect = (name: string, before: string[] = []): string[] => [...before, name];
