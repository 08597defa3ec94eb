import type { Command } from "commander";
import type { Registering } from "./canaryCommand";
import type { IncidentOptions } from "./incidentAdd";

/** Registers `lockstep incident …`. */
export function registerIncident(program: Command, { cwd, output, done }: Registering): void {
  program
    .command("incident")
    .description("What went wrong in production becomes a case of the eval set (docs/incidents.md).")
    .command("add")
    .description("Turn one logged request into a regression case, redacted.")
    .option(
      "--log <place>",
      "the request log: a folder, or s3://bucket/prefix; by default LOCKSTEP_REQUEST_LOG",
    )
    .requiredOption("--id <request>", "the request's id: that of its answer")
    .requiredOption("--reason <sentence>", "what was wrong with the answer")
    .requiredOption("--to <file>", "the eval set: promptfoo's tests as .jsonl, .yaml or .yml")
    .option("--route <name>", "of several requests with the id, the one of this route")
    .option("--from <time>", "requests that started at this time or later (by default seven days)")
    .option("--until <time>", "requests that started before this time (by default now)")
    .option("-s, --stack <name>", "the stack whose gateway wrote it; by default production")
    .option("--expected <text>", "a right answer contains this text; may be given several times", collect, [])
    .option("--must <pattern>", "it matches this regular expression", collect, [])
    .option("--must-not <pattern>", "it does not match this one", collect, [])
    .option("--rubric <text>", "it satisfies this, as a model judges", collect, [])
    .option("--kind <kind>", "the kind of case (docs/evals.md); may be given several times", collect, [])
    .option("--core", "it has to pass in every repeat", false)
    .option("--yes", "write without asking", false)
    .option("--dry-run", "show what would be written, and write nothing", false)
    .action(async (options: Omit<IncidentOptions, "cwd">) => {
      const { incidentAdd } = await import("./incidentAdd");
      done(await incidentAdd({ ...options, cwd: cwd() }, output, process.env, new Date()));
    });
}

const collect = (text: string, before: string[]): string[] => [...before, text];
