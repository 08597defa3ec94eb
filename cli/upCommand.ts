import type { Command } from "commander";
import type { Registering } from "./canaryCommand";

/** Registers `lockstep up`; what it needs is loaded when it is run. */
export function registerUp(program: Command, { cwd, output, done }: Registering): void {
  program
    .command("up")
    .description("Update a stack with Pulumi, once every policy has run at its level (docs/engine.md).")
    .requiredOption("-s, --stack <name>", "the stack")
    .option("--yes", "update without asking", false)
    .option("--allow-uncommitted", "update from files that no commit has; the record says so", false)
    .option("--skip-preview", "is refused: the update waits for the preview's verdict", false)
    .action(
      async (options: { stack: string; yes: boolean; allowUncommitted: boolean; skipPreview: boolean }) => {
        const [{ up }, { processAsk }] = [await import("./up"), await import("./confirm")];
        done(
          await up({ ...options, cwd: cwd() }, output, {
            ask: processAsk(output),
            now: () => new Date(),
            env: process.env,
          }),
        );
      },
    );
}
