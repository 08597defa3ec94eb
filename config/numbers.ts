/** A number as people read it, with at most six decimals: 20,000. `Intl` takes as long to load as a file to read. */
export function readable(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const [whole = "", fraction] = String(Number(value.toFixed(6))).split(".");
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A share in percent, with as many digits as it takes not to look like zero. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const share = (100 * part) / whole;
  return `${share >= 10 || share === 0 ? readable(Math.round(share)) : share.toPrecision(2)} %`;
}

/** "1 finding", "2 findings". */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${readable(count)} ${count === 1 ? noun : plural}`;

/** How far a value lies from its threshold, as a share of it, in percent with two digits. */
export const margin = (share: number): string =>
  `${readable(Number((Math.abs(share) * 100).toPrecision(2)))} %`;

/** The same with its sign: + on the good side. */
export const signedMargin = (share: number): string => `${share < 0 ? "-" : "+"}${margin(share)}`;
