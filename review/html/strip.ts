import * as Plot from "@observablehq/plot";
import type { Markup } from "./markup";
import { chart } from "./svg";

export interface Bar {
  to: number;
  /** A colour of the page: "staging". */
  color: string;
  /** `broken` is an outline in dashes, `before` a thin line: neither is told by colour alone. */
  as?: "broken" | "before";
}

export interface Strip {
  label: string;
  /** The value at the right end; what lies beyond is drawn up to it, with an arrow. */
  end: number;
  bars: readonly Bar[];
  /** Lines across: a threshold, a budget, a deadline. */
  lines?: readonly { at: number; color: string }[];
  /** The side of the threshold on which a value is good. */
  good?: readonly [number, number];
  /** A shape at a value. */
  shape?: { at: number; symbol: "circle" | "times" | "diamond2"; color: string };
}

const [width, height] = [240, 20];

/** One row of a chart, without text: its name and numbers stand in the row of the table that it is in. */
export function strip({ label, end, bars, lines = [], good, shape }: Strip): Markup {
  const x = (value: number) => Math.min(Math.max(value, 0), end);
  const wide = bars.filter(({ as }) => as !== "before");
  const beyond = [...bars.map(({ to }) => to), ...(shape ? [shape.at] : [])].some((value) => value > end);
  return chart(label, {
    width,
    height,
    marginTop: 0,
    marginBottom: 0,
    marginLeft: 7,
    marginRight: 9,
    x: { domain: [0, end], axis: null },
    y: { domain: [0, 1], axis: null },
    marks: [
      ...(good
        ? [
            Plot.rect([0], {
              x1: x(good[0]),
              x2: x(good[1]),
              y1: 0,
              y2: 1,
              fill: "var(--good-side)",
            }),
          ]
        : []),
      Plot.ruleY([0.5], { x1: 0, x2: end, stroke: "var(--line)" }),
      ...wide.map(({ to, color, as }, index) =>
        Plot.rect([0], {
          x1: 0,
          x2: x(to),
          y1: 1 - (index + 1) / wide.length + 0.18 / wide.length + 0.04,
          y2: 1 - index / wide.length - 0.18 / wide.length - 0.04,
          ...(as === "broken"
            ? { fill: "var(--page)", stroke: "var(--bad)", strokeWidth: 1.5, strokeDasharray: "4 2" }
            : { fill: `var(--${color})` }),
        }),
      ),
      ...bars
        .filter(({ as }) => as === "before")
        .map(({ to, color }) =>
          Plot.ruleY([0.06], { x1: 0, x2: x(to), stroke: `var(--${color})`, strokeWidth: 2 }),
        ),
      ...lines.map(({ at, color }) =>
        Plot.ruleX([x(at)], { y1: 0, y2: 1, stroke: `var(--${color})`, strokeWidth: 2.5 }),
      ),
      ...(shape
        ? [
            Plot.dot([0], {
              x: x(shape.at),
              y: 0.5,
              r: 4.5,
              symbol: shape.symbol,
              ...(shape.symbol === "circle"
                ? { fill: `var(--${shape.color})`, stroke: "var(--page)" }
                : { fill: "var(--page)", stroke: `var(--${shape.color})`, strokeWidth: 2.5 }),
            }),
          ]
        : []),
      ...(beyond
        ? [
            Plot.dot([0], {
              x: end,
              y: 0.5,
              dx: 5,
              r: 3,
              symbol: "triangle",
              rotate: 90,
              fill: "var(--ink)",
            }),
          ]
        : []),
    ],
  });
}
