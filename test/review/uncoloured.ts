/** A text without colours and other styles, and with everything else that it has. */
export function uncoloured(text: string): string {
  return Array.from({ length: 108 }, (_, code) => `\u001b[${code}m`).reduce(
    (rest, style) => rest.replaceAll(style, ""),
    text,
  );
}

/** The characters that a terminal obeys or does not show, line ends among them. */
export const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
