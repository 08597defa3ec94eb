/**
 * Draws docs/images/dashboard.svg: the queries of staging's dashboard, as a real Prometheus answers them about a
 * real gateway with stand-ins for its providers. Run by hand; takes five minutes:
 *
 *     node --require tsx/cjs scripts/dashboardPicture.ts [--again]
 *
 * With --again what the last run has measured is drawn once more.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Plot from "@observablehq/plot";
import { escapeText } from "../review/html/markup";
import { chart } from "../review/html/svg";
import { type Panel, Watched } from "../test/gateway/watched";

interface Line {
  name: string;
  points: { seconds: number; value: number }[];
}
interface Drawn {
  title: string;
  type: string;
  unit: string;
  limit?: number;
  lines: Line[];
}

const minutes = 4;
const root = join(__dirname, "..");
const measured = join(root, "node_modules", ".cache", "dashboard.json");

async function main(): Promise<void> {
  if (!process.argv.includes("--again")) writeFileSync(measured, JSON.stringify(await measure()));
  const panels = JSON.parse(readFileSync(measured, "utf8")) as Drawn[];
  writeFileSync(join(root, "docs", "images", "dashboard.svg"), picture(panels));
}

/** Ordinary traffic, with a fault of each kind in its second half. */
async function measure(): Promise<Drawn[]> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-dashboard-"));
  const watched = await Watched.start(folder, true);
  try {
    const from = Date.now() / 1000;
    const faults: [second: number, begin: () => Promise<void>][] = [
      [100, () => watched.otherModel("claude-sonnet-5-20260901")],
      [120, () => watched.invalid(5)],
      [145, () => watched.failed(3)],
      [170, () => watched.refused(4)],
    ];
    for (let second = 0; second < minutes * 60; second = Date.now() / 1000 - from) {
      await watched.usual();
      if (faults[0] !== undefined && second >= faults[0][0]) await faults.shift()?.[1]();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
    await watched.scraped();
    const drawn: Drawn[] = [];
    for (const panel of watched.panels) drawn.push(...(await answered(watched, panel, from)));
    return drawn;
  } finally {
    await watched.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answered(watched: Watched, panel: Panel, from: number): Promise<Drawn[]> {
  const targets = (panel.targets ?? []).filter(({ expr }) => expr !== undefined);
  if (targets.length === 0) return [];
  const lines: Line[] = [];
  for (const { expr = "", legendFormat = "" } of targets) {
    const results = (await watched.prometheus?.range(expr, from, from + minutes * 60, 4)) ?? [];
    for (const { metric, values } of results)
      lines.push({
        name: legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? "").trim(),
        points: values.map(([at, value]) => ({ seconds: at - from, value: Number(value) })),
      });
  }
  const { unit = "short", thresholds } = panel.fieldConfig.defaults;
  const limit = thresholds?.steps.at(-1)?.value;
  const { title, type } = panel;
  return [{ title, type, unit, lines, ...(typeof limit === "number" ? { limit } : {}) }];
}

const colours = ["#2563a8", "#c2571a", "#3d7f4b", "#8a4fa3", "#7a6a12", "#5b6670"];
const ink = "#1d2329";
const muted = "#5b6670";
const rule = "#d8dde2";
const bad = "#b3261e";
const [columns, width, gap, margin] = [3, 392, 20, 24];
const full = columns * width + (columns - 1) * gap + 2 * margin;

function picture(panels: readonly Drawn[]): string {
  const stats = panels.filter(({ type }) => type === "stat");
  const graphs = panels.filter(({ type }) => type !== "stat");
  const [head, tile] = [84, 84];
  const top = head + tile + gap;
  const tileWidth = (full - 2 * margin - (stats.length - 1) * gap) / Math.max(1, stats.length);
  const rows = Array.from({ length: Math.ceil(graphs.length / columns) }, (_, row) =>
    graphs.slice(row * columns, (row + 1) * columns),
  ).map((row) => ({ row, height: 210 + Math.max(...row.map(({ lines }) => legend(lines).height)) }));
  const starts = rows.map((_, index) =>
    rows.slice(0, index).reduce((sum, { height: one }) => sum + one + gap, top),
  );
  const height = rows.reduce((sum, { height: one }) => sum + one + gap, top) + margin - gap;
  const parts = [
    text(margin, 40, "LLM gateway: staging", { size: 22, weight: 600 }),
    text(
      margin,
      64,
      "Drawn from the dashboard's own queries, answered by a Prometheus that scraped a real gateway with stand-ins for its providers; not Grafana.",
      { fill: muted },
    ),
    ...stats.map((panel, index) =>
      moved(margin + index * (tileWidth + gap), head, number(panel, tileWidth, tile)),
    ),
    ...rows.flatMap(({ row, height: one }, index) =>
      row.map((panel, column) =>
        moved(margin + column * (width + gap), starts[index] ?? 0, graph(panel, one)),
      ),
    ),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${full} ${height}" width="${full}" height="${height}" ` +
    `font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" font-size="12" fill="${ink}" color="${ink}">\n` +
    `<rect width="100%" height="100%" fill="#f5f7f9"/>\n${parts.join("\n")}\n</svg>\n`
  );
}

const moved = (x: number, y: number, content: string) => `<g transform="translate(${x},${y})">${content}</g>`;

const card = (cardWidth: number, height: number) =>
  `<rect width="${cardWidth}" height="${height}" rx="6" fill="#fff" stroke="${rule}"/>`;

function text(x: number, y: number, words: string, { size = 12, weight = 400, fill = ink } = {}): string {
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escapeText(words)}</text>`;
}

function number({ title, unit, limit, lines }: Drawn, tileWidth: number, height: number): string {
  const value = lines[0]?.points.at(-1)?.value ?? Number.NaN;
  const colour = limit !== undefined && value >= limit ? bad : "#3d7f4b";
  const of = limit === undefined ? "" : `of ${shown(limit, unit)}`;
  return [
    card(tileWidth, height),
    text(16, 26, title, { fill: muted }),
    text(16, 60, shown(value, unit), { size: 24, weight: 600, fill: colour }),
    `<text x="${tileWidth - 16}" y="60" text-anchor="end" fill="${muted}">${of}</text>`,
  ].join("");
}

function graph({ title, unit, limit, lines }: Drawn, height: number): string {
  const finite = lines.map(({ name, points }) => ({
    name,
    points: points.filter(({ value }) => Number.isFinite(value)),
  }));
  const largest = Math.max(...finite.flatMap(({ points }) => points.map(({ value }) => value)), 1e-9);
  // A line far above everything would make everything flat: then it is said and not drawn.
  const near = limit !== undefined && limit <= largest * 4;
  const top = Math.max(largest, near ? limit : 0) * 1.08;
  const names = legend(finite);
  const plotHeight = height - 44 - names.height;
  const far = limit === undefined || near ? "" : ` (limit ${shown(limit, unit)})`;
  const plot = chart(title, {
    width: width - 16,
    height: plotHeight,
    marginLeft: 52,
    marginRight: 26,
    marginTop: 8,
    marginBottom: 24,
    x: {
      domain: [0, minutes * 60],
      ticks: [0, 60, 120, 180, 240],
      tickFormat: (at) => `${at / 60} min`,
      label: null,
      tickSize: 4,
    },
    y: { domain: [0, top], ticks: 4, tickFormat: (value) => shown(value, unit), label: null, tickSize: 0 },
    marks: [
      Plot.gridY({ stroke: rule, strokeOpacity: 1, ticks: 4 }),
      ...(near ? [Plot.ruleY([limit], { stroke: bad, strokeDasharray: "5 4" })] : []),
      ...finite.map(({ points }, index) =>
        Plot.line(points, {
          x: "seconds",
          y: "value",
          stroke: colours[index % colours.length] ?? ink,
          strokeWidth: 2,
        }),
      ),
    ],
  });
  return [
    card(width, height),
    text(16, 26, title + far, { weight: 600 }),
    moved(8, 36, plot.text),
    moved(16, height - names.height - 4, names.text),
  ].join("");
}

/** Names in their lines' colours, as many in a row as there is room for. */
function legend(lines: readonly Pick<Line, "name">[]): { text: string; height: number } {
  let [x, y] = [0, 12];
  const parts = lines.map(({ name }, index) => {
    const wide = 18 + name.length * 6.1;
    if (x > 0 && x + wide > width - 32) [x, y] = [0, y + 16];
    const colour = colours[index % colours.length] ?? ink;
    const one = `<rect x="${x}" y="${y - 7}" width="10" height="4" fill="${colour}"/>${text(x + 14, y, name, { size: 11 })}`;
    x += wide + 8;
    return one;
  });
  return { text: parts.join(""), height: y + 6 };
}

function shown(value: number, unit: string): string {
  if (!Number.isFinite(value)) return "no data";
  const digits = (factor: number) => `${Number((value * factor).toPrecision(3))}`;
  if (unit === "currencyUSD") return `$${value === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(2)}`;
  if (unit === "percentunit") return `${digits(100)}%`;
  if (unit === "s") return value < 1 ? `${digits(1000)} ms` : `${digits(1)} s`;
  return value >= 1000 ? `${digits(1 / 1000)}k` : digits(1);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
