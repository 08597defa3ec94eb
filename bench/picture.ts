import { escapeText } from "../review/html/markup";
import { parts, type Results } from "./measured";

const width = 900;
const rowHeight = 26;
const headHeight = 30;
const barsFrom = 400;
const barsTo = 780;
const titles = {
  preview: "lockstep preview",
  pack: "The pack in the engine",
  resources: "A resource, a rule",
  program: "The program",
};

/**
 * Each ratio as a bar on a scale of its own goal: a bar that ends left of the line has met it. A bar of more than two
 * goals is cut, with its number beside it.
 */
export function picture(results: Results): string {
  const lines: string[] = [];
  let y = 46;
  const goalX = (barsFrom + barsTo) / 2;
  for (const part of parts) {
    const measured = results[part];
    if (measured === undefined) continue;
    lines.push(text(20, y + 18, `${titles[part]}, ${measured.date}`, "head"));
    y += headHeight;
    for (const { label, ratio, limit, goal, met } of measured.figures) {
      const hasGoal = !goal.startsWith("none");
      const share = Math.max(0, Math.min(ratio / limit, 2) / 2);
      lines.push(
        text(20, y + 15, label, "label"),
        `<rect x="${barsFrom}" y="${y + 3}" width="${round(share * (barsTo - barsFrom))}" height="16" class="${!hasGoal ? "beside" : met ? "met" : "missed"}"/>`,
        text(
          barsTo + 10,
          y + 15,
          hasGoal ? `${told(ratio)} of ${limit}` : `${told(ratio)}, no goal`,
          "label",
        ),
      );
      y += rowHeight;
    }
    y += 10;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 10}" width="${width}" height="${y + 10}" role="img" aria-label="Measured ratios beside their goals">`,
    `<style>text{font:13px system-ui,sans-serif;fill:#1f2328}.head{font-weight:600}.note{fill:#59636e}.met{fill:#2da44e}.missed{fill:#cf222e}.beside{fill:#8c959f}line{stroke:#1f2328;stroke-dasharray:3 3}</style>`,
    `<rect width="${width}" height="${y + 10}" fill="#fff"/>`,
    text(20, 28, "Measured ratios beside their goals: shorter is better", "note"),
    text(goalX - 14, 28, "goal", "note"),
    ...lines,
    `<line x1="${goalX}" x2="${goalX}" y1="36" y2="${y}"/>`,
    "</svg>\n",
  ].join("\n");
}

const text = (x: number, y: number, words: string, kind: string) =>
  `<text x="${x}" y="${y}" class="${kind}">${escapeText(words)}</text>`;
const round = (value: number) => Math.round(value * 10) / 10;
const told = (ratio: number) => Number(ratio.toPrecision(3));
