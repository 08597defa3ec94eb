import { fnv, random } from "../standIn/random";

const buckets = 128;

/** Words and pairs of them, hashed into buckets and counted: near texts have near sketches, and no text is in one. */
export function sketchOf(text: string): Uint8Array {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const sketch = new Uint8Array(buckets);
  for (const [index, word] of words.entries()) {
    count(sketch, word);
    if (index > 0) count(sketch, `${words[index - 1]} ${word}`);
  }
  return sketch;
}

function count(sketch: Uint8Array, gram: string): void {
  const place = fnv(gram) % buckets;
  sketch[place] = Math.min(255, (sketch[place] ?? 0) + 1);
}

/** Hellinger's distance between the shares of the buckets, from 0 to 1; an empty text is 1 from every other. */
export function sketchDistance(a: Uint8Array, b: Uint8Array): number {
  const [all, other] = [sum(a), sum(b)];
  if (all === 0 || other === 0) return all === other ? 0 : 1;
  let shared = 0;
  for (let place = 0; place < buckets; place++) shared += Math.sqrt((a[place] ?? 0) * (b[place] ?? 0));
  return Math.sqrt(Math.max(0, 1 - shared / Math.sqrt(all * other)));
}

const sum = (counts: Uint8Array): number => counts.reduce((total, one) => total + one, 0);

const projected = 32;
const signs = new Map<number, Int8Array[]>();

/**
 * An embedding at unit length in 32 random directions (Achlioptas 2003), which keep distances nearly and the text not
 * at all. The directions are the same in every run.
 */
export function project(embedding: readonly number[]): Float32Array {
  const size = embedding.length;
  const length = Math.hypot(...embedding) || 1;
  const directions =
    signs.get(size) ??
    Array.from({ length: projected }, (_, direction) => {
      const next = random("projection", direction, size);
      return Int8Array.from({ length: size }, () => (next() < 0.5 ? -1 : 1));
    });
  signs.set(size, directions);
  return Float32Array.from(directions, (direction) => {
    let along = 0;
    for (let place = 0; place < size; place++)
      along += (direction[place] as number) * (embedding[place] as number);
    return along / length / Math.sqrt(projected);
  });
}

export const euclidean = (a: Float32Array, b: Float32Array): number =>
  Math.sqrt(a.reduce((total, value, place) => total + (value - (b[place] ?? 0)) ** 2, 0));

export const encodeBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
export const decodeBytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));

/** Little-endian, as base64. */
export const encodeFloats = (floats: Float32Array): string =>
  Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString("base64");
export const decodeFloats = (text: string): Float32Array =>
  new Float32Array(decodeBytes(text).buffer.slice(0));
