import * as Plot from "@observablehq/plot";
import { counted, readable } from "../../config/numbers";
import type { Review } from "../review";
import type { Measured, RouteReview, TargetReview } from "../routes";
import { against } from "../tradeoff";
import {
  code,
  cut,
  figure,
  html,
  type Markup,
  mark,
  nothing,
  type Part,
  type Section,
  section,
  table,
} from "./markup";
import { sourceNote } from "./source";
import { strip } from "./strip";
import { chart } from "./svg";

/** How many routes are drawn; a chart each. */
const drawn = 50;

/** The longest time of each route, and what its models give up against each other. */
export function routesSection({ routes }: Review, at: Section): Markup {
  if (routes.length === 0) return nothing;
  const { kept, rest } = cut(routes, drawn);
  return section(at, "routes", "Routes and models", html`${longest(routes)}${kept.map(tradeOff)}${rest}`);
}

function longest(routes: readonly RouteReview[]): Markup {
  const end =
    1.08 *
    Math.max(
      ...routes.flatMap(({ deadlineSeconds = 0, worstSeconds: { before = 0, after } }) => [
        deadlineSeconds,
        before,
        after,
      ]),
      1,
    );
  const { kept, rest } = cut(routes, 300);
  const seconds = (value: number | undefined) =>
    value === undefined ? "" : readable(Number(value.toFixed(1)));
  return figure(
    "The longest time that a request can take,",
    html`with all its attempts, waits and fallbacks, against the deadline, which is the line. Where it changes, the thin bar below is the time before.`,
    html`${table(
      "The longest time of each route",
      [
        { head: "route", kind: "name" },
        { head: "longest time", kind: "chart" },
        { head: "before, s", kind: "number" },
        { head: "after, s", kind: "number" },
        { head: "deadline, s", kind: "number" },
        { head: "deadline held" },
      ],
      kept.map(({ route, deadlineSeconds, worstSeconds: { before, after } }): Part[] => {
        const isOver = deadlineSeconds !== undefined && after > deadlineSeconds;
        return [
          code(route),
          strip({
            label: `${seconds(after)} seconds${deadlineSeconds === undefined ? "" : ` of ${readable(deadlineSeconds)}`}`,
            end,
            bars: [
              { to: after, color: "staging", ...(isOver ? { as: "broken" as const } : {}) },
              ...(before === undefined || before === after
                ? []
                : [{ to: before, color: "muted", as: "before" as const }]),
            ],
            lines: deadlineSeconds === undefined ? [] : [{ at: deadlineSeconds, color: "ink" }],
          }),
          before === undefined ? "none" : seconds(before),
          seconds(after),
          deadlineSeconds === undefined ? "none" : readable(deadlineSeconds),
          deadlineSeconds === undefined
            ? ""
            : isOver
              ? mark("fails", "over it")
              : mark("passes", "within it"),
        ];
      }),
    )}${rest}`,
  );
}

interface Point {
  letter: string;
  target: TargetReview;
  measured: Measured;
}

const letterOf = (index: number) =>
  index < 26
    ? String.fromCodePoint(65 + index)
    : `${String.fromCodePoint(65 + (index % 26))}${Math.floor(index / 26)}`;

/** Quality against cost of the models that a request to one route can end at. */
function tradeOff({ route, targets }: RouteReview): Markup {
  const { kept, rest } = cut(targets, 52);
  const points = kept.flatMap((target, index): Point[] =>
    target.measured ? [{ letter: letterOf(index), target, measured: target.measured }] : [],
  );
  const notes = new Set(points.map(({ measured }) => sourceNote(measured.source).text));
  // One note for all of them, or each its own.
  const shared = notes.size === 1 && points[0] ? sourceNote(points[0].measured.source) : nothing;
  const first = kept[0]?.measured;
  const rows = kept.map((target, index): Part[] => {
    const { model, modelId, provider, region, route: called, measured } = target;
    const where = [provider, ...(region === undefined ? [] : [region])].join(", ");
    return [
      html`<strong>${letterOf(index)}</strong> ${code(model)}<br><span class="note">${modelId}<br>${where}${called === route ? "" : `, by way of ${called}`}</span>`,
      measured ? scoreText(measured) : "nothing measured it",
      measured ? `${readable(Number(measured.usdPerRequest.toPrecision(3)))} USD` : "",
      measured ? `${readable(Number(measured.latencyP95Seconds.toPrecision(3)))} s` : "",
      index === 0 ? html`<span class="muted">the first target</span>` : against(first, measured),
      ...(notes.size > 1 ? [measured ? sourceNote(measured.source) : nothing] : []),
    ];
  });
  const numbers = table(
    `Models of ${route}`,
    [
      { head: "model", kind: "name" },
      { head: "score (interval)" },
      { head: "a request", kind: "number" },
      { head: "p95", kind: "number" },
      { head: "against the first" },
      ...(notes.size > 1 ? [{ head: "measured" }] : []),
    ],
    rows,
  );
  return figure(
    `${route}: quality against cost.`,
    points.length === 0
      ? "Nothing measured any of its models."
      : html`Score with its interval, higher is better, against what a request costs. ${shared}`,
    points.length === 0
      ? html`${numbers}${rest}`
      : html`<div class="beside">${scatter(route, points)}<div>${numbers}${rest}</div></div>`,
  );
}

const scoreText = ({ score: { value, low, high }, cases }: Measured): Markup =>
  html`${rounded(value)}<br><span class="note">${rounded(low)} to ${rounded(high)}<br>${counted(cases, "case")}</span>`;

const rounded = (score: number) => readable(Number(score.toFixed(3)));

function scatter(route: string, points: readonly Point[]): Markup {
  const data = points.map(({ letter, measured: { score, usdPerRequest } }, index) => ({
    letter,
    x: usdPerRequest,
    ...score,
    isFirst: index === 0 && letter === "A",
  }));
  const widest = Math.max(...data.map(({ x }) => x));
  const end = widest === 0 ? 1 : widest * 1.15;
  const lowest = Math.min(...data.map(({ low }) => low));
  const bottom = Math.max(0, lowest - 0.15 * (1 - lowest) - 0.01);
  const top = Math.max(1, ...data.map(({ high }) => high));
  const labels = merged(data, end, top - bottom);
  const words = data.map(
    ({ letter, x, value }) => `${letter} ${rounded(value)} at ${readable(Number(x.toPrecision(3)))} USD`,
  );
  return chart(`${route}, score against USD per request: ${words.join("; ")}`, {
    width: 320,
    height: 220,
    marginLeft: 44,
    marginRight: 14,
    marginTop: 24,
    marginBottom: 40,
    x: {
      domain: [0, end],
      label: "USD per request",
      labelAnchor: "right",
      labelArrow: "none",
      ticks: 3,
      tickSize: 4,
      grid: true,
      tickFormat: (value: number) => readable(value),
    },
    y: { domain: [bottom, top], label: "score", labelArrow: "none", ticks: 5, tickSize: 0, grid: true },
    marks: [
      Plot.ruleX(data, { x: "x", y1: "low", y2: "high", stroke: "var(--staging)", strokeWidth: 2 }),
      Plot.dot(data, {
        x: "x",
        y: "value",
        r: 5,
        fill: (one: { isFirst: boolean }) => (one.isFirst ? "var(--staging)" : "var(--page)"),
        stroke: "var(--staging)",
        strokeWidth: 2,
      }),
      Plot.text(labels, {
        x: "x",
        y: "y",
        text: "text",
        dx: 9,
        textAnchor: "start",
        fontWeight: 700,
        fill: "var(--ink)",
        stroke: "var(--page)",
        strokeWidth: 4,
      }),
    ],
    color: { type: "identity" },
  });
}

/** Points that lie on each other have one label: "A, C". */
function merged(
  data: readonly { letter: string; x: number; value: number }[],
  width: number,
  height: number,
) {
  const labels: { x: number; y: number; letters: string[] }[] = [];
  for (const { letter, x, value } of data) {
    const near = labels.find(
      (one) => Math.abs(one.x - x) / width < 0.05 && Math.abs(one.y - value) / height < 0.08,
    );
    if (near) near.letters.push(letter);
    else labels.push({ x, y: value, letters: [letter] });
  }
  return labels.map(({ letters, ...at }) => ({ ...at, text: letters.join(", ") }));
}
