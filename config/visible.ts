/**
 * A text without characters that a terminal obeys or that do not show (C0 and C1 controls, bidirectional
 * overrides, line separators): each is written as its escape.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** A text in double quotes, on one line; `JSON.stringify` alone lets DEL, C1 and bidirectional controls through. */
export const quote = (text: string) => visible(JSON.stringify(text));
