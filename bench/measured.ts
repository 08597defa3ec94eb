import { type Figure, report } from "./figures";

/** A figure that is a ratio, as the picture shows it beside its goal. */
export interface Ratio extends Figure {
  /** A few words for the picture. */
  label: string;
  ratio: number;
  /** The ratio at which the goal is just met; more is worse. */
  limit: number;
}

/** What one part of `make bench` has measured. */
export interface Measured {
  /** The day (UTC). */
  date: string;
  /** The machine and the versions. */
  where: string;
  figures: readonly Ratio[];
  /** Why the last run measured nothing and these figures are an earlier run's. */
  kept?: string;
}

export const parts = ["preview", "pack", "resources", "program"] as const;
export type PartName = (typeof parts)[number];
export type Results = Partial<Record<PartName, Measured>>;

/** The results after a part was measured, or, with a reason, could not be: then the earlier ones stay. */
export function withPart(results: Results, part: PartName, outcome: Measured | string): Results {
  if (typeof outcome !== "string") return { ...results, [part]: outcome };
  const before = results[part];
  return before === undefined ? results : { ...results, [part]: { ...before, kept: outcome } };
}

/** A part's section of docs/benchmarks.md, between its marks. */
export function section({ date, where, figures, kept }: Measured): string {
  const note =
    kept === undefined ? "" : `Kept from ${date}, because the last run could not measure it: ${kept}\n\n`;
  return `${note}${report(figures, `${where}; ${date}`)}`;
}

/** A ratio with what it was made of, against its goal. */
export function ratioFigure(
  { what, label, limit }: { what: string; label: string; limit: number },
  ratio: number,
  made: string,
): Ratio {
  return {
    ...{ what, label, ratio, limit },
    value: `${ratio.toPrecision(3)} times (${made})`,
    goal: limit === 1 ? "less than 1 times" : `at most ${limit} times`,
    met: limit === 1 ? ratio < 1 : ratio <= limit,
  };
}

/** The slope of a straight line through the logarithms, by least squares: 1 where twice as much takes twice as long. */
export function exponent(points: readonly { size: number; seconds: number }[]): number {
  const logs = points.map(({ size, seconds }) => [Math.log(size), Math.log(seconds)] as const);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(logs.map(([a]) => a)), mean(logs.map(([, b]) => b))];
  return mean(logs.map(([a, b]) => (a - x) * (b - y))) / mean(logs.map(([a]) => (a - x) ** 2));
}

/** A time as a person reads it: in the unit that leaves three digits. */
export function time(seconds: number): string {
  const [factor, unit] = seconds >= 1 ? [1, "s"] : seconds >= 1e-3 ? [1e3, "ms"] : [1e6, "µs"];
  return `${Number((seconds * factor).toPrecision(3))} ${unit}`;
}
