/**
 * The bytes with as much left out as can be while the same thing is wrong: pieces of lines first, then of characters,
 * each half as long as those before (delta debugging: Zeller and Hildebrandt, 2002).
 */
export async function minimised(
  bytes: Uint8Array,
  fails: (bytes: Uint8Array) => Promise<boolean>,
  mostTries = 3_000,
): Promise<Uint8Array> {
  let tries = 0;
  let best = bytes;
  const shrink = async (parts: readonly string[]): Promise<string[]> => {
    let kept = [...parts];
    for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < kept.length && tries < mostTries; ) {
        const less = [...kept.slice(0, at), ...kept.slice(at + size)];
        const smaller = Buffer.from(less.join(""), "latin1");
        tries += 1;
        if (await fails(smaller)) {
          kept = less;
          best = smaller;
        } else at += size;
      }
    }
    return kept;
  };
  const lines = await shrink(
    Buffer.from(bytes)
      .toString("latin1")
      .split(/(?<=\n)/),
  );
  await shrink(lines.join("").match(/[\s\S]/g) ?? []);
  return best;
}
