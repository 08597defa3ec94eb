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
  let stop = stay;
  process.on("SIGINT", stay);
  return new Promise<number>((resolve, reject) => {
    const child = spawn(command, { cwd, shell: true, stdio: ["inherit", process.stderr, "inherit"] });
    stop = () => void child.kill();
    process.once("SIGTERM", stop);
    child.on("error", () => reject(new UsageError("The command of --run could not be started.")));
    child.on("close", (code, signal) => {
      // A shell tells of a signal by 128 and its number, and there are 64.
      if (code === null || (code > 128 && code <= 192))
        reject(
          new UsageError(`The command of --run was ended by ${signal ?? "a signal"}; nothing was written.`),
        );
      else resolve(code);
    });
  }).finally(() => process.off("SIGINT", stay).off("SIGTERM", stop));
}
