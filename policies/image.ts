/** Why an image is not fixed; undefined when it is named by digest, which is the only name that cannot move. */
export function floatingImage(image: string): string | undefined {
  if (/^[^\s@]+@sha256:[0-9a-f]{64}$/.test(image)) return undefined;
  const name = image.split("@")[0] ?? "";
  const tag = /:([\w][\w.-]*)$/.exec(name)?.[1];
  if (image.includes("@")) return "a digest that is not sha256 with 64 hexadecimal digits";
  if (tag === undefined) return "no tag and no digest, which means latest";
  return tag === "latest" ? "the tag latest" : `the tag ${tag}, which can be moved`;
}
