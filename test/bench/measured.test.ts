import { describe, expect, it } from "vitest";
import { ratios } from "../../bench/inTurn";
import { exponent, type Measured, ratioFigure, section, time, withPart } from "../../bench/measured";
import { picture } from "../../bench/picture";

const met = ratioFigure({ what: "A preview", label: "preview", limit: 1.6 }, 1.5, "3 s to 2 s");
const missed = ratioFigure({ what: "A pack", label: "our <pack>", limit: 1.15 }, 3.4567, "7 s to 2 s");
const measured: Measured = { date: "2026-11-21", where: "2 cores; Node 20.20.2", figures: [met, missed] };

describe("a ratio", () => {
  it.each([
    [1.6, 1.6, true, "at most 1.6 times"],
    [1.601, 1.6, false, "at most 1.6 times"],
    [0.999, 1, true, "less than 1 times"],
    [1, 1, false, "less than 1 times"],
  ])("of %d with the limit %d: %s", (ratio, limit, holds, goal) => {
    const figure = ratioFigure({ what: "w", label: "l", limit }, ratio, "a to b");
    expect([figure.met, figure.goal]).toEqual([holds, goal]);
  });

  it("that is no number is missed", () => {
    expect(ratioFigure({ what: "w", label: "l", limit: 1.6 }, Number.NaN, "").met).toBe(false);
    expect(ratioFigure({ what: "w", label: "l", limit: 1 }, Number.NaN, "").met).toBe(false);
  });

  it("is taken of the runs that followed each other", () => {
    expect(ratios([4, 9, 1], [2, 3, 4])).toEqual([2, 3, 0.25]);
    expect(ratios([4, 9], [2])).toEqual([2, Number.NaN]);
  });
});

describe("growth", () => {
  it.each([
    ["linear", [1, 10, 100], 1],
    ["quadratic", [1, 100, 10_000], 2],
    ["none", [5, 5, 5], 0],
  ])("that is %s", (_, seconds, slope) => {
    const points = [1, 10, 100].map((size, index) => ({ size, seconds: seconds[index] ?? 0 }));
    expect(exponent(points)).toBeCloseTo(slope, 10);
  });
});

it.each([
  [12.345, "12.3 s"],
  [1, "1 s"],
  [0.9994, "999 ms"],
  [0.0012345, "1.23 ms"],
  [0.0000052, "5.2 µs"],
])("writes %d seconds as %s", (seconds, text) => {
  expect(time(seconds)).toBe(text);
});

describe("a part's section", () => {
  it("has the machine, the day and a row a figure", () => {
    expect(section(measured)).toBe(
      [
        "2 cores; Node 20.20.2; 2026-11-21",
        "",
        "| figure | measured | goal | |",
        "|---|---|---|---|",
        "| A preview | 1.50 times (3 s to 2 s) | at most 1.6 times | met |",
        "| A pack | 3.46 times (7 s to 2 s) | at most 1.15 times | missed |",
      ].join("\n"),
    );
  });

  it("says why it was kept, and no longer does after it was measured again", () => {
    const kept = withPart({ pack: measured }, "pack", "there is no pulumi");
    expect(kept.pack && section(kept.pack).split("\n")[0]).toBe(
      "Kept from 2026-11-21, because the last run could not measure it: there is no pulumi",
    );
    expect(kept.pack?.figures).toEqual([met, missed]);
    expect(withPart(kept, "pack", measured)).toEqual({ pack: measured });
  });

  it("is not made up where nothing was ever measured", () => {
    expect(withPart({ preview: measured }, "pack", "there is no pulumi")).toEqual({ preview: measured });
  });
});

describe("the picture", () => {
  const svg = picture({ preview: measured });

  it("draws a bar for each figure on the scale of its goal, met or missed", () => {
    const bars = [...svg.matchAll(/<rect x="400" y="\d+" width="([\d.]+)" height="16" class="(\w+)"\/>/g)];
    expect(bars.map(([, width, kind]) => [width, kind])).toEqual([
      ["178.1", "met"],
      ["380", "missed"],
    ]);
    expect(svg).toContain('<line x1="590" x2="590"');
  });

  it("has each label, number and day as text, and nothing as markup", () => {
    const words = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    expect(words).toEqual([
      "Measured ratios beside their goals: shorter is better",
      "goal",
      "lockstep preview, 2026-11-21",
      "preview",
      "1.5 of 1.6",
      "our &#60;pack&#62;",
      "3.46 of 1.15",
    ]);
  });

  it("is higher with more figures, and leaves out parts that were never measured", () => {
    const height = (text: string) => Number(/ height="(\d+)" role/.exec(text)?.[1]);
    expect(height(picture({ preview: measured, pack: measured })) - height(svg)).toBe(30 + 2 * 26 + 10);
    expect(picture({})).not.toContain('height="16"');
  });
});
