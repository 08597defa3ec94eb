import type { Command } from "commander";
import type { Registering } from "./canaryCommand";
import type { SampleOptions } from "./samplePlan";

/** Registers `lockstep sample`. */
export function registerSample(program: Command, { cwd, output, done }: Registering): void {
  program
    .command("sample")
    .description("Score a share of the answers in the request log with a cheaper model (docs/sampling.md).")
    .option(
      "--log <place>",
      "the request log: a folder, or s3://bucket/prefix; by default LOCKSTEP_REQUEST_LOG",
    )
    .option("--from <time>", "answers of requests that started at this time or later (the last whole hour)")
    .option("--until <time>", "and before this time")
    .option(
      "-s, --stack <name>",
      "the stack whose gateway wrote it; by default LOCKSTEP_STACK, or production",
    )
    .option("--share <ratio>", "how much is looked at; by default monitoring.samplingRatio")
    .option(
      "--judge <name>",
      "a route or a deployment; by default LOCKSTEP_JUDGE, or the cheapest deployment",
    )
    .option("--low-score <score>", "from this score of 5 downwards an answer is bad", "2")
    .option("--rules <file>", "what answers have to be beyond their route's schema (docs/validity.md)")
    .option("--history <place>", "counts of earlier windows: a file, or an object in S3")
    .option("--no-report", "do not tell the gateway, whose series the alarms are on")
    .option("--url <url>", "the gateway; by default LOCKSTEP_GATEWAY_URL. Its key is in LOCKSTEP_GATEWAY_KEY")
    .option("--providers <which>", "real, or stub for stand-ins", "real")
    .option("--max-usd <usd>", "what may be spent at the most (a tenth of the day's limit, for the window)")
    .option("--max-requests <count>", "what the judge may be asked at the most (5,000)")
    .option("--max-seconds <seconds>", "how long it may take at the most (3,000)")
    .option("--journal <file>", "where scores are kept until it is done")
    .option("--json", "print as JSON", false)
    .action(async (options: Omit<SampleOptions, "cwd">) => {
      const { sample } = await import("./sample");
      done(await sample({ ...options, cwd: cwd() }, output, process.env, new Date()));
    });
}
