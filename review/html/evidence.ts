import { short } from "../../config/hash";
import { counted, readable, signedMargin } from "../../config/numbers";
import type { Criterion } from "../../lifecycle/kind";
import { isAmount, urgency } from "../criteria";
import type { EvidenceStatus } from "../releaseStatus";
import type { Review } from "../review";
import { latencyFigure } from "./latency";
import {
  code,
  cut,
  figure,
  folded,
  html,
  joined,
  type Markup,
  mark,
  nothing,
  type Part,
  type Section,
  section,
  table,
} from "./markup";
import { strip } from "./strip";

/** How many criteria are shown before all of them, by kind. */
const closest = 8;

/** The evidence about what production will be, against its thresholds. */
export function evidenceSection(review: Review, at: Section): Markup {
  const { proof, latency } = review;
  if (proof === undefined && latency === undefined) return nothing;
  return section(
    at,
    "evidence",
    "Evidence",
    html`${
      proof === undefined
        ? html`<p>No release proves production's behaviour.</p>`
        : html`<p>About production's behaviour, ${code(short(proof.hash))}.</p>${bullets(proof.evidence)}`
    }${latency === undefined ? nothing : latencyFigure(latency, proof?.evidence ?? [])}`,
  );
}

/** The criteria closest to their thresholds, and behind them every kind with all of its own. */
export function bullets(evidence: readonly EvidenceStatus[]): Markup {
  const all = evidence.flatMap(({ kind, criteria }) => criteria.map((criterion) => ({ kind, criterion })));
  const tight = all
    .filter(
      ({ criterion }) =>
        criterion.outcome !== "passes" || (criterion.margin !== undefined && !isAmount(criterion)),
    )
    .sort((a, b) => urgency(a.criterion) - urgency(b.criterion))
    .slice(0, closest);
  return html`${
    tight.length === 0
      ? nothing
      : figure(
          `The ${tight.length === 1 ? "criterion" : `${tight.length} criteria`} closest to failing.`,
          html`What was measured as a share of its threshold, which is the line; the tinted side is the good one. ● passes, ◇ is inconclusive, × fails.`,
          criteriaTable("Closest criteria", tight),
        )
  }${evidence.map(ofKind)}`;
}

function ofKind({ kind, file, ageDays, maxAgeDays, criteria, shortfalls }: EvidenceStatus): Markup {
  const failed = criteria.filter(({ outcome }) => outcome !== "passes").length;
  const margins = criteria.flatMap((one) => (isAmount(one) ? [] : (one.margin ?? [])));
  const state =
    shortfalls.length === 0 && failed === 0
      ? mark("passes")
      : file === undefined
        ? mark("fails", "nothing counts")
        : failed > 0 && criteria.every(({ outcome }) => outcome !== "fails")
          ? mark("inconclusive")
          : mark("fails", "does not pass");
  const facts = [
    ...(criteria.length === 0 ? [] : [counted(criteria.length, "criterion", "criteria")]),
    ...(margins.length === 0 ? [] : [`least room ${signedMargin(Math.min(...margins))}`]),
    ...(ageDays === undefined ? [] : [`${Math.floor(ageDays)} of ${counted(maxAgeDays, "day")} old`]),
  ];
  const summary = html`<strong>${kind}</strong> ${state} <span class="muted">${facts.join(", ")}</span>`;
  const { kept, rest } = cut(shortfalls);
  const sorted = [...criteria].sort((a, b) => rank(a) - rank(b)).map((criterion) => ({ criterion }));
  const rows = cut(sorted, 300);
  return folded(
    summary,
    html`${file === undefined ? nothing : html`<p>${code(file)}</p>`}${
      kept.length === 0
        ? nothing
        : html`<ul class="plain">${kept.map(({ found, allowed }) => html`<li>${found}; allowed is ${allowed}</li>`)}</ul>${rest}`
    }${criteria.length === 0 ? nothing : criteriaTable(`Criteria of ${kind}`, rows.kept)}${rows.rest}`,
  );
}

const rank = ({ outcome }: Criterion) => ["fails", "inconclusive", "passes"].indexOf(outcome);

function criteriaTable(label: string, rows: readonly { kind?: string; criterion: Criterion }[]): Markup {
  return html`<div class="wide">${table(
    label,
    [
      { head: "criterion", kind: "name" },
      { head: "share of threshold", kind: "chart" },
      { head: "measured" },
      { head: "required" },
      { head: "margin", kind: "number" },
      { head: "outcome" },
    ],
    rows.map(({ kind, criterion }): Part[] => {
      const { name, subject, measured, required, outcome, margin } = criterion;
      const words = [kind, subject].filter((one) => one !== undefined).map((one) => html`${one}`);
      return [
        html`${code(name)}${words.length === 0 ? nothing : html`<br><span class="note">${joined(words, ", ")}</span>`}`,
        bullet(criterion),
        measured,
        required,
        margin === undefined ? "" : signedMargin(margin),
        mark(outcome),
      ];
    }),
  )}</div>`;
}

/** A measured value as a share of its threshold: shape and words tell what the colour does. */
function bullet({ margin, required, outcome }: Criterion): Markup {
  if (margin === undefined) return nothing;
  const isFloor = required.startsWith("at least");
  const share = Math.max(0, isFloor ? 1 + margin : 1 - margin);
  const look = {
    passes: { symbol: "circle", color: "good" },
    fails: { symbol: "times", color: "bad" },
    inconclusive: { symbol: "diamond2", color: "ink" },
  } as const;
  return strip({
    label: `${readable(Number((share * 100).toPrecision(3)))} % of the threshold, ${outcome}`,
    end: 2,
    bars: [],
    lines: [{ at: 1, color: "ink" }],
    good: isFloor ? [1, 2] : [0, 1],
    shape: { at: share, ...look[outcome] },
  });
}
