import { expect, it } from "vitest";
import { trafficRepresented } from "../../../policies/stack/traffic-represented";
import { asked, evidenceFile, results } from "./releases";

const told = (values: Record<string, unknown>) =>
  asked(trafficRepresented, results("traffic", values)).map(({ path, found, allowed }) => [
    path,
    found,
    allowed,
  ]);
const path = (criterion: string) => `releases.chat-upgrade.traffic.${criterion}`;

it("traffic-represented refuses a dimension that is distributed otherwise, and accepts one at the bound", () => {
  expect(told({ "dimensions.0.psi": 0.2 })).toEqual([]);
  expect(asked(trafficRepresented, results("traffic", { "dimensions.0.psi": 0.25 }))).toEqual([
    {
      rule: "traffic-represented",
      status: "violation",
      object: "the traffic evidence of release chat-upgrade, maxPsi",
      path: 'releases.chat-upgrade.traffic.maxPsi["input length"]',
      found: "input length: 0.25, off by 25 %",
      allowed: "at most 0.2",
      remedy:
        "Mend the cause and measure again, or drop the release. Then: lockstep evidence traffic --release <id> (docs/traffic.md).",
      at: { file: evidenceFile("traffic"), line: 1, column: 1 },
    },
  ]);
});

it.each([
  ["days", 7, 6, "minDays", "6 days, off by 14 %", "at least 7 days"],
  [
    "productionRequests",
    5_000,
    4_950,
    "minRequests",
    "4,950 requests, off by 1 %",
    "at least 5,000 requests",
  ],
])(
  "traffic-represented asks for %s of %d, and refuses %d",
  (field, enough, short, criterion, found, allowed) => {
    expect(told({ [field]: enough })).toEqual([]);
    expect(told({ [field]: short })).toEqual([[path(criterion), found, allowed]]);
  },
);

it("traffic-represented wants something to be compared, and judges each of it", () => {
  expect(told({ dimensions: [] })).toEqual([[path("dimensions"), "0 dimensions", "at least one dimension"]]);
  expect(
    told({
      dimensions: [
        { name: "language", psi: 0.1 },
        { name: "route", psi: 0.3 },
      ],
    }),
  ).toEqual([[path("maxPsi.route"), "route: 0.3, off by 50 %", "at most 0.2"]]);
});
