import * as Plot from "@observablehq/plot";
import { readable } from "../../config/numbers";
import type { EvidenceStatus } from "../releaseStatus";
import type { Latency, Percentiles } from "../routes";
import { code, figure, html, type Markup, nothing, table } from "./markup";
import { sourceNote } from "./source";
import { chart } from "./svg";

const ranks = [
  ["p50", "p50Seconds"],
  ["p95", "p95Seconds"],
  ["p99", "p99Seconds"],
] as const;

/** Latency under load, with the lines that it was held against. */
export function latencyFigure(latency: Latency, evidence: readonly EvidenceStatus[]): Markup {
  const { firstToken, total, requests, requestsPerSecond, source } = latency;
  // A threshold belongs to the measurement that was held against it.
  const criteria = evidence.find(({ file }) => file === source.file)?.criteria ?? [];
  const asked = new Map(
    criteria.flatMap(({ name, required }) => {
      const [, rank] = /^maxFirstToken(P\d+)Seconds$/.exec(name) ?? [];
      const [, seconds] = /^at most ([\d,.]+) seconds$/.exec(required) ?? [];
      return rank && seconds ? [[rank.toLowerCase(), Number(seconds.replaceAll(",", ""))] as const] : [];
    }),
  );
  const seconds = (value: number) => `${readable(Number(value.toPrecision(3)))} s`;
  return figure(
    "Latency under load.",
    html`${readable(requests)} requests at ${readable(Number(requestsPerSecond.toPrecision(3)))} a second, in ${code(source.file)}. ${sourceNote(source)}`,
    html`<div class="columns">${[panel("First token", firstToken, asked), panel("Whole answer", total, new Map())]}</div>${table(
      "Latency under load",
      [
        { head: "latency", kind: "name" },
        ...ranks.map(([rank]) => ({ head: rank, kind: "number" as const })),
        ...(asked.size === 0 ? [] : [{ head: "at most" }]),
      ],
      [
        [
          "first token",
          ...ranks.map(([, key]) => seconds(firstToken[key])),
          asked.size === 0
            ? nothing
            : [...asked].map(([rank, most]) => `${rank} ${seconds(most)}`).join(", "),
        ],
        ["whole answer", ...ranks.map(([, key]) => seconds(total[key])), nothing],
      ],
    )}`,
  );
}

function panel(title: string, measured: Percentiles, asked: ReadonlyMap<string, number>): Markup {
  const rows = ranks.map(([rank, key]) => ({ rank, value: measured[key], most: asked.get(rank) }));
  const largest = Math.max(...rows.flatMap(({ value, most = 0 }) => [value, most]), 1e-3);
  const limits = rows.flatMap(({ most, ...row }) => (most === undefined ? [] : [{ ...row, most }]));
  const words = rows.map(({ rank, value }) => `${rank} ${readable(Number(value.toPrecision(3)))} seconds`);
  const label = ({ most }: { most: number }) => `at most ${readable(most)}`;
  const beside = { x: "most", y: "rank", text: label, fontSize: 12, fill: "var(--muted)" } as const;
  return html`<div><p class="side-title">${title}</p>${chart(`${title}: ${words.join(", ")}`, {
    width: 360,
    height: 122,
    marginLeft: 36,
    marginRight: 16,
    marginTop: 4,
    marginBottom: 36,
    x: {
      domain: [0, largest * (limits.length > 0 ? 1.35 : 1.1)],
      label: "seconds",
      labelAnchor: "right",
      labelArrow: "none",
      ticks: 4,
      tickSize: 4,
    },
    y: { domain: ranks.map(([rank]) => rank), label: null, tickSize: 0 },
    marks: [
      Plot.ruleY(rows, {
        x1: 0,
        x2: largest * (limits.length > 0 ? 1.35 : 1.1),
        y: "rank",
        stroke: "var(--line)",
      }),
      Plot.ruleY(rows, { x1: 0, x2: "value", y: "rank", stroke: "var(--staging)", strokeWidth: 2 }),
      Plot.dot(rows, { x: "value", y: "rank", r: 4.5, fill: "var(--staging)", stroke: "var(--page)" }),
      Plot.tickX(limits, { x: "most", y: "rank", stroke: "var(--ink)", strokeWidth: 2.5, inset: 4 }),
      Plot.text(
        limits.filter(({ most, value }) => value <= most),
        { ...beside, textAnchor: "start", dx: 6 },
      ),
      Plot.text(
        limits.filter(({ most, value }) => value > most),
        { ...beside, textAnchor: "end", dx: -6, dy: -9 },
      ),
    ],
  })}</div>`;
}
