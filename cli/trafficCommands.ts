import type { Command } from "commander";
import type { ReplayOptions } from "./evidenceReplay";
import type { TrafficOptions } from "./evidenceTraffic";
import { measuring } from "./measuringOptions";
import type { Output } from "./output";

interface Context {
  output: Output;
  cwd(): string;
  version: string;
  done(code: number): void;
}

/** Registers `lockstep evidence traffic` and `lockstep evidence replay`. */
export function registerTraffic(evidence: Command, { output, cwd, version, done }: Context): void {
  evidence
    .command("traffic")
    .description("Tell whether staging is tested with what production gets, from production's request log.")
    .option("--log <path>", "staging's request log, or a file with the results of an evaluation")
    .option("--production-log <folder>", "production's request log, or a copy of it")
    .option("--from <time>", "requests that started at this time or later (by default seven days)")
    .option("--until <time>", "requests that started before this time (by default now)")
    .option("--target <label=target>", "which target a label of an evaluation stands for", collect)
    .option("--missing-from <percent>", "name what this share of production is, and no case", "1")
    .option(
      "--sql <log>",
      "print the query for Athena in place: production's, or staging's; its CSV is a log",
    )
    .option("-s, --stack <name>", "a stack of the pair")
    .option("--release <id>", "add what was measured to the evidence of a release")
    .option("--sign <keyfile>", "sign it with this private key (PEM, Ed25519 or ECDSA P-256)")
    .option("--url <url>", "staging's gateway, for an evaluation; by default LOCKSTEP_GATEWAY_URL")
    .option("--providers <which>", "real, or stub for stand-ins", "real")
    .option("--json", "print as JSON", false)
    .action(async (options: Omit<TrafficOptions, "cwd">) => {
      const { evidenceTraffic } = await import("./evidenceTraffic");
      done(await evidenceTraffic({ ...options, cwd: cwd() }, output, version, process.env, new Date()));
    });

  measuring(
    evidence
      .command("replay")
      .description(
        "Send a sample of production's requests to staging, and compare what it answers with production.",
      ),
  )
    .requiredOption("--production-log <folder>", "production's request log, or a copy of it")
    .option("--from <time>", "requests that started at this time or later (by default seven days)")
    .option("--until <time>", "requests that started before this time (by default midnight, UTC)")
    .option("--sample <count>", "how many of them are sent", "1000")
    .option("--speed <factor>", "how many times faster than they were recorded", "1")
    .action(async (options: Omit<ReplayOptions, "cwd">) => {
      const { evidenceReplay } = await import("./evidenceReplay");
      done(await evidenceReplay({ ...options, cwd: cwd() }, output, version, process.env, new Date()));
    });
}

const collect = (one: string, before: string[] = []): string[] => [...before, one];
