/** Runs what Ctrl-C, or the machine's end, aborts by its signal. */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await run(stopped.signal);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}
