/** A file that is not taken: the rest of a sentence about it, without any value of it. */
export class DriftInputError extends Error {
  override readonly name = "DriftInputError";
}

/** The deepest that lists and maps may lie in one another. */
const deepest = 200;

/**
 * JSON that can only be read in one way: UTF-8 (a byte order mark is passed over), without a key that stands twice in
 * one map, and not deeper than any tool writes it.
 */
export function readJson(bytes: Uint8Array): unknown {
  const text = decoded(bytes);
  checkForm(text);
  try {
    return JSON.parse(text);
  } catch {
    // V8's own words quote the text.
    throw new DriftInputError("is no JSON");
  }
}

function decoded(bytes: Uint8Array): string {
  if (bytes.byteLength === 0) throw new DriftInputError("is empty");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (text.includes("\0")) throw new DriftInputError("has a NUL character in it");
    return text;
  } catch (error) {
    if (error instanceof DriftInputError) throw error;
    throw new DriftInputError("is not UTF-8 text");
  }
}

/** One pass over the text: strings are skipped, keys are kept by map. What is no JSON is left to `JSON.parse`. */
function checkForm(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
        open.push(new Set());
        break;
      case 0x5b: // [
        open.push(undefined);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        break;
      case 0x22: {
        const end = endOfString(text, at);
        if (end < 0) return;
        const keys = open.at(-1);
        if (keys !== undefined && isKey(text, end + 1)) {
          const key = keyIn(text.slice(at, end + 1));
          if (keys.has(key)) throw new DriftInputError("has a key twice in one map");
          keys.add(key);
        }
        at = end;
      }
    }
    if (open.length > deepest) throw new DriftInputError(`is deeper than ${deepest} levels`);
  }
}

/** The index of the closing quotation mark; -1 where there is none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

function isKey(text: string, from: number): boolean {
  let at = from;
  while (" \n\r\t".includes(text.charAt(at)) && at < text.length) at++;
  return text.charAt(at) === ":";
}

/** "a" and "\u0061" are one key. */
function keyIn(quoted: string): string {
  if (!quoted.includes("\\")) return quoted;
  try {
    return JSON.stringify(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
