import { type Command, Option } from "commander";
import type { WriteOptions } from "./confirm";
import type { Output } from "./output";
import type { NewOptions } from "./releaseNew";

/** Registers `lockstep release …`; what the commands need is loaded when one is run. */
export function registerRelease(program: Command, output: Output, done: (code: number) => void): void {
  const release = program
    .command("release")
    .description(
      "Make, carry, close and undo releases: named changes of mirrored values (docs/releases.md).",
    );
  const cwd = () => program.opts<{ cwd: string }>();
  const writing = (name: string, description: string) =>
    release
      .command(name)
      .description(description)
      .option("-y, --yes", "write without asking", false)
      .option("--dry-run", "show what would be written, and write nothing", false);

  writing("new <id>", "Make a release; nobody carries it yet.")
    .requiredOption("--owner <name>", "who answers for it")
    .option("--set <path=value>", "change a mirrored value, or add one; may be given several times", collect)
    .option("--unset <path>", "remove a mirrored value or entry; may be given several times", collect)
    .addOption(
      new Option(
        "--since <ref>",
        "take the edit of mirrored values, prompts and tools since a commit",
      ).conflicts(["set", "unset", "empty"]),
    )
    .addOption(
      new Option("--empty", "a release without changes: the first deployment").conflicts(["set", "unset"]),
    )
    .option("--hypothesis <text>", "what becomes better, and how it would be seen")
    .option(
      "--tokens <row>",
      "ROUTE=REQUESTS_PER_MONTH,IN_BEFORE:IN_AFTER,OUT_BEFORE:OUT_AFTER; may be given several times",
      collect,
    )
    .option("--rollback-step <text>", "a step of the way back; may be given several times", collect)
    .option("-s, --stack <name>", "a stack of the pair, where the project has several")
    .action(async (id: string, options: Omit<NewOptions, "cwd">) => {
      const { releaseNew } = await import("./releaseNew");
      done(await releaseNew(id, { ...options, ...cwd() }, output, new Date()));
    });

  writing("carry <id>", "Let a stack carry a release: one line in its file.")
    .requiredOption("-s, --stack <name>", "the stack")
    .action(async (id: string, options: WriteOptions & { stack: string }) => {
      const { releaseCarry } = await import("./release");
      done(await releaseCarry(id, { ...options, ...cwd() }, output));
    });

  writing("drop <id>", "Take a release out of the stacks that carry it.")
    .option("-s, --stack <name>", "out of this stack only")
    .action(async (id: string, options: WriteOptions & { stack?: string }) => {
      const { releaseDrop } = await import("./release");
      done(await releaseDrop(id, { ...options, ...cwd() }, output));
    });

  writing("close <id...>", "Fold releases that production carries into Pulumi.yaml; no hash changes.").action(
    async (ids: string[], options: WriteOptions) => {
      const { releaseClose } = await import("./release");
      done(await releaseClose(ids, { ...options, ...cwd() }, output, new Date()));
    },
  );

  writing("revert <id>", "Make a release that undoes a closed one; nobody carries it yet.")
    .requiredOption("--owner <name>", "who answers for it")
    .option("--as <id>", "its id; by default revert-<id>")
    .option("-s, --stack <name>", "a stack of the pair, where the project has several")
    .action(async (id: string, options: WriteOptions & RevertOptions) => {
      const { releaseRevert } = await import("./release");
      done(await releaseRevert(id, { ...options, ...cwd() }, output, new Date()));
    });

  writing("rollback", "Put production back to what a closed release proved.")
    .option("--owner <name>", "who answers for it; by default the owner of what is undone")
    .option("-s, --stack <name>", "a stack of the pair, where the project has several")
    .action(async (options: WriteOptions & { owner?: string; stack?: string }) => {
      const { releaseRollback } = await import("./release");
      done(await releaseRollback({ ...options, ...cwd() }, output, new Date()));
    });

  release
    .command("status [id]")
    .description(
      "Tell who carries a release, what proves it, and what it lacks before production may carry it.",
    )
    .option("-s, --stack <name>", "a stack of the pair, where the project has several")
    .option("--json", "print as JSON", false)
    .action(async (id: string | undefined, options: { stack?: string; json: boolean }) => {
      const { releaseStatusCommand } = await import("./releaseStatus");
      done(releaseStatusCommand(id, { ...options, ...cwd() }, output, new Date()));
    });
}

interface RevertOptions {
  owner: string;
  as?: string;
  stack?: string;
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];
