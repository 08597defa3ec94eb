import { z } from "zod";
import { exit } from "./exit";
import { main } from "./main";
import { processOutput } from "./output";

// Compiling the schemas takes longer than reading a project's files without, and reads no faster.
z.config({ jitless: true });

// Whoever reads the output may stop reading: `lockstep review | head`. Without a verdict so far there is none.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(process.exitCode ?? exit.usage);
});

main(process.argv.slice(2), processOutput()).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // A defect of ours; and no message of a dependency is trusted to be free of configuration.
    const name = error instanceof Error ? error.name : "error";
    process.stderr.write(
      `lockstep: an unexpected ${name} stopped the command; LOCKSTEP_DEBUG=1 shows where.\n`,
    );
    if (process.env.LOCKSTEP_DEBUG)
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = exit.usage;
  },
);
