/**
 * The shortest of five runs, in milliseconds of processor time and at least five: what else runs on a machine makes a
 * run wait, which does not count, and can only make it longer.
 */
export function fastest(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const started = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000;
  });
  return Math.max(5, Math.min(...times));
}

/** How much longer a run takes for four times the size: 4 where time grows linearly, 16 where quadratically. */
export function growth(run: (size: number) => void, size: number): number {
  return fastest(() => run(4 * size)) / fastest(() => run(size));
}
