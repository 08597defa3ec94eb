import { watch as watchFiles } from "chokidar";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";

/** How long a save may take to be over: editors write a file in several steps. */
const settleMilliseconds = 15;

/** Folders in which nothing of a project's configuration lies, and which are large. */
const ignored = /(?:^|[\\/])(?:\.[^\\/]+|node_modules|dist)(?:[\\/]|$)/;

/**
 * Runs something now and after each save below a folder, until `stop` is aborted; returns the exit code of the last
 * run. What a person can act on is printed and waited out: the next save may mend it.
 */
export async function watch(
  root: string,
  run: () => Promise<number>,
  { out, err, terminal }: Output,
  stop: AbortSignal,
): Promise<number> {
  let code: number = exit.clean;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const again = async () => {
    const started = performance.now();
    if (terminal) out("\u001b[2J\u001b[3J\u001b[H");
    try {
      code = await run();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      code = exit.usage;
      err(`lockstep: ${error.message}\n`);
    }
    out(`Reviewed in ${Math.round(performance.now() - started)} ms. Waiting for a save; Ctrl-C ends.\n`);
  };
  await again();
  const watcher = watchFiles(root, {
    ignored: (path) => ignored.test(path.slice(root.length)),
    ignoreInitial: true,
  });
  await new Promise<void>((done, fail) => {
    const next = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        running = running.then(again);
        running.catch(fail);
      }, settleMilliseconds);
    };
    watcher.on("all", next).on("error", fail);
    stop.addEventListener("abort", () => done(), { once: true });
  }).finally(() => {
    clearTimeout(timer);
    return watcher.close();
  });
  await running;
  return code;
}
