import { type Command, Option } from "commander";
import { registerCanary } from "./canaryCommand";
import type { AddOptions } from "./evidenceAdd";
import type { CacheOptions } from "./evidenceCache";
import { registerEvidenceEval } from "./evidenceEvalCommand";
import type { LoadOptions } from "./evidenceLoad";
import type { ValidityOptions } from "./evidenceValidity";
import { aroundRun, measuring } from "./measuringOptions";
import type { Output } from "./output";
import type { RetrievalOptions } from "./retrievalSettings";
import { registerTraffic } from "./trafficCommands";

/** Registers `lockstep evidence …`; what the commands need is loaded when one is run. */
export function registerEvidence(
  program: Command,
  output: Output,
  version: string,
  done: (code: number) => void,
): void {
  const evidence = program
    .command("evidence")
    .description("Add, list and verify what was measured in staging (docs/evidence.md).");
  const cwd = () => program.opts<{ cwd: string }>();

  evidence
    .command("add")
    .description("Put a measurement and its raw output beside the other evidence of a release.")
    .requiredOption("--release <id>", "the release that it is evidence for")
    .requiredOption("--raw <file>", "the raw output that the results were computed from")
    .option("--statement <file>", "a complete statement, plain or in a DSSE envelope, in place of all below")
    .option("--kind <kind>", "the kind of evidence")
    .option(
      "--predicate <file>",
      "all that follows as one JSON file (docs/evidence.schema.json), without raw",
    )
    .option("--results <file>", "the results as JSON")
    .option("--environment <name>", "the environment that was measured")
    .option("--stack <name>", "its stack")
    .option("--hash-before <hash>", "the behaviour hash that the gateway reported before")
    .option("--hash-after <hash>", "the one that it reported afterwards")
    .option("--providers <which>", "real, or stub for stand-ins")
    .option("--tool <name>", "the tool that measured")
    .option("--tool-version <version>", "its version")
    .option("--command <line>", "the command that measured, without credentials")
    .option("--started <time>", "when it started (UTC)")
    .option("--ended <time>", "when it ended (UTC)")
    .option("--samples <count>", "how many independent things were measured")
    .option("--repeats <count>", "how often each was")
    .option("--inconclusive <reason>", "why the data do not decide; may be given several times", collect)
    .option("--sign <keyfile>", "sign it with this private key (PEM, Ed25519 or ECDSA P-256)")
    .action(async (options: AddOptions) => {
      const { evidenceAdd } = await import("./evidenceAdd");
      done(evidenceAdd({ ...options, ...cwd() }, output, new Date()));
    });

  aroundRun(
    measuring(
      evidence.command("load").description("Put load on every route, at multiples of the expected peak."),
    ),
  )
    .option("--peak <rate>", "the peak that production expects, in requests a second")
    .option("--requests <file>", "what is sent: one chat request a line, as JSON")
    .option("--multiples <list>", "of the peak, stepping up (2,3,4,5 by default)")
    .option("--pod <i/n>", "send one pod's share of it, into --output")
    .option("--output <file>", "where a pod's part is written")
    .option(
      "--results <file...>",
      "what k6 (--out json) or guidellm sent, in place of sending (docs/load.md)",
    )
    .option("--tool-version <version>", "of k6, whose points do not say it")
    .addOption(new Option("--merge <file...>", "put all pods' parts together").conflicts(["peak", "pod"]))
    .action(async (options: Omit<LoadOptions, "cwd">) => {
      const { evidenceLoad } = await import("./evidenceLoad");
      done(await evidenceLoad({ ...options, ...cwd() }, output, version, process.env));
    });

  aroundRun(
    fromLog(
      evidence
        .command("cache")
        .description("Tell the prompt cache's hit rate of every route, from the request log or from metrics.")
        .option("--log <folder>", "the request log, or a copy of it")
        .option(
          "--metrics <scrape...>",
          "the gateway's /metrics/, scraped before and after --run; or files: one scrape, or two",
        )
        .option("--url <url>", "the gateway, which is asked before and after --run for its behaviour hash")
        .option(
          "--prometheus <url>",
          "the Prometheus that scrapes the gateway; its token is in LOCKSTEP_PROMETHEUS_TOKEN",
        ),
    ),
  ).action(async (options: Omit<CacheOptions, "cwd">) => {
    const { evidenceCache } = await import("./evidenceCache");
    done(await evidenceCache({ ...options, ...cwd() }, output, version, process.env, () => new Date()));
  });

  fromLog(
    evidence
      .command("validity")
      .description("Count silent failures in staging's request log, against production's own rate."),
  )
    .requiredOption("--log <folder>", "the request log, or a copy of it")
    .requiredOption("--production-log <folder>", "production's request log, or a copy of it")
    .option("--rules <file>", "what answers have to be beyond their route's schema (docs/validity.md)")
    .action(async (options: Omit<ValidityOptions, "cwd">) => {
      const { evidenceValidity } = await import("./evidenceValidity");
      done(await evidenceValidity({ ...options, ...cwd() }, output, version, new Date()));
    });
  registerTraffic(evidence, { output, cwd: () => cwd().cwd, version, done });
  registerEvidenceEval(evidence, output, cwd, done);

  registerCanary(evidence, "fingerprint", { cwd: () => cwd().cwd, output, version, done });

  measuring(
    evidence.command("retrieval").description("Measure age, recall and speed of the retrieval index."),
  )
    .option("--queries <file>", "fixed queries and what they have to find, one a line, as JSON")
    .option("--adapter <which>", "http, opensearch or pgvector")
    .option("--search-url <url>", "where the index is searched; its key is in LOCKSTEP_SEARCH_KEY")
    .option("--index <name>", "the index of opensearch, or the table of Postgres (LOCKSTEP_SEARCH_DATABASE)")
    .option("--vector-field <name>", "its field with the vector (embedding by default)")
    .option("--time-field <name>", "its field with a document's time (updated_at by default)")
    .option("--id-field <name>", "its field with a document's id (by default that of the entry)")
    .option("--distance <which>", "of pgvector: cosine (the default), l2 or inner, as its index was made for")
    .option("--connections <count>", "of the pool to Postgres, as the application has (10 by default)")
    .option("--embed <where>", "queries are embedded by the gateway (the default), or by the search")
    .option(
      "--k <count>",
      "how many documents a search finds (by default those that the behaviour retrieves)",
    )
    .option("--concurrency <count>", "the searches that production is expected to have in flight")
    .option("--searches <count>", "of each of 10, 50 and 100 times that (1,000 by default, or ten for each)")
    .option("--corpus-url <url>", "where production's corpus tells its newest time; key: LOCKSTEP_CORPUS_KEY")
    .option("--corpus-newest <time>", "the time of its newest document, in place of that (UTC)")
    .option("--no-load", "measure age and recall alone, as the hourly job does")
    .action(async (options: Omit<RetrievalOptions, "cwd">) => {
      const { evidenceRetrieval } = await import("./evidenceRetrieval");
      done(await evidenceRetrieval({ ...options, ...cwd() }, output, version, process.env));
    });

  evidence
    .command("list")
    .description("List all evidence, and for which stack's present behaviour it counts.")
    .option("--release <id>", "that of one release")
    .option("--json", "print as JSON", false)
    .action(async (options: { release?: string; json: boolean }) => {
      const { evidenceList } = await import("./evidence");
      done(evidenceList({ ...options, ...cwd() }, output, new Date()));
    });

  evidence
    .command("verify [file...]")
    .description("Verify statements, raw output and signatures: those of the files, or all.")
    .option("--json", "print as JSON", false)
    .action(async (named: string[], options: { json: boolean }) => {
      const { evidenceVerify } = await import("./evidence");
      done(evidenceVerify(named, { ...options, ...cwd() }, output, new Date()));
    });
}

/** What every command that reads a request log takes. */
const fromLog = (command: Command): Command =>
  command
    .option("--from <time>", "requests that started at this time or later (by default seven days)")
    .option("--until <time>", "requests that started before this time (by default now)")
    .option("-s, --stack <name>", "a stack of the pair, the one whose gateway wrote it; by default staging")
    .option("--release <id>", "add what was measured to the evidence of a release")
    .option("--sign <keyfile>", "sign it with this private key (PEM, Ed25519 or ECDSA P-256)")
    .option("--providers <which>", "real, or stub for stand-ins", "real")
    .option("--json", "print as JSON", false);

const collect = (reason: string, before: string[] = []): string[] => [...before, reason];
