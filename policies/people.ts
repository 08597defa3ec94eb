/** A name without what does not make another person of it: case, spaces, invisible and compatibility forms. */
const bare = (name: string) =>
  name
    .normalize("NFKC")
    .toUpperCase()
    .toLowerCase()
    .replace(/[\s\p{Cf}]/gu, "");

/** Whether two names are written for one person. */
export const samePerson = (one: string, other: string): boolean => bare(one) === bare(other);

/** Whether a text has at least three characters that a name could be made of. */
export const isPerson = (name: string): boolean => /\p{L}/u.test(name) && [...bare(name)].length >= 3;
