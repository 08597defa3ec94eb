/** Numbers in [0, 1) that are the same in every run. */
export type Random = () => number;

/** mulberry32: small, fast and good enough for variation and arrivals; nothing here is about secrecy. */
export function random(...seed: (string | number)[]): Random {
  let state = fnv(seed.join("\u0000"));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** FNV-1a over UTF-16 code units, 32 bits. */
export function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** An exponential gap with this mean: arrivals that know nothing of each other. */
export const exponential = (next: Random, mean: number): number => -Math.log(1 - next()) * mean;

/** A log-normal value with this median: a bulk and a long tail, as answer times have. */
export const logNormal = (next: Random, median: number, sigma: number): number =>
  median * Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()));

export function pick<T>(next: Random, items: readonly T[]): T {
  const item = items[Math.floor(next() * items.length)];
  if (item === undefined) throw new Error("Nothing to pick from.");
  return item;
}

/** In place, Fisher and Yates. */
export function shuffle<T>(next: Random, items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
