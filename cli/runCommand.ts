import { spawn } from "node:child_process";
import { UsageError } from "./exit";

/**
 * Runs a command of the user's in a shell and returns its exit code. It writes to our standard error, so that
 * standard output has nothing but our own.
 *
 * @throws UsageError where a signal ended it: what it wrote may be half of it
 */
export function runCommand(command: string, cwd: string): Promise<number> {
  // Ctrl-C reaches the command too; we stay to tell what became of it.
  const stay = () => {};
  process.on("SIGINT", stay);
  return new Promise<number>((resolve, reject) => {
    const child = spawn(command, { cwd, shell: true, stdio: ["inherit", process.stderr, "inherit"] });
    child.on("error", () => reject(new UsageError("The command of --run could not be started.")));
    child.on("close", (code, signal) => {
      // A shell tells of a signal by a code over 128.
      if (code === null || code > 128)
        reject(
          new UsageError(`The command of --run was ended by ${signal ?? "a signal"}; nothing was written.`),
        );
      else resolve(code);
    });
  }).finally(() => process.off("SIGINT", stay));
}
