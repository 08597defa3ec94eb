import type { Command } from "commander";

/** What every command that measures a gateway takes. */
export const measuring = (command: Command): Command =>
  command
    .option("-s, --stack <name>", "the stack whose gateway it is; by default staging's")
    .option("--release <id>", "add what was measured to the evidence of a release")
    .option("--sign <keyfile>", "sign it with this private key (PEM, Ed25519 or ECDSA P-256)")
    .option("--url <url>", "the gateway; by default LOCKSTEP_GATEWAY_URL. Its key is in LOCKSTEP_GATEWAY_KEY")
    .option("--providers <which>", "real, or stub for stand-ins", "real")
    .option("--max-usd <usd>", "what may be spent at the most")
    .option("--max-requests <count>", "what may be sent at the most")
    .option("--max-seconds <seconds>", "how long it may take at the most")
    .option("--journal <file>", "where what was measured is kept until it is done")
    .option("--json", "print as JSON", false);

/** What every command takes that reads what another tool measured, beside the gateway's --url. */
export const aroundRun = (command: Command): Command =>
  command
    .option("--run <command>", "the command that measures, between two questions to the gateway for its hash")
    .option("--hash-before <hash>", "of a run made elsewhere: the hash that the gateway reported before")
    .option("--hash-after <hash>", "the one that it reported afterwards")
    .option("--started <time>", "when it started (UTC)")
    .option("--ended <time>", "when it ended (UTC)")
    .option("--command <line>", "the command that measured, without credentials");
