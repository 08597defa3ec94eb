/** The shortest of three runs, in milliseconds and at least one: a busy machine only ever makes a run longer. */
export function fastest(run: () => void): number {
  const times = Array.from({ length: 3 }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return Math.max(1, Math.min(...times));
}

/** How much longer a run takes for four times the size: 4 where time grows linearly, 16 where quadratically. */
export function growth(run: (size: number) => void, size: number): number {
  return fastest(() => run(4 * size)) / fastest(() => run(size));
}
