import { short } from "../config/hash";
import { counted, readable } from "../config/numbers";
import { visible } from "../config/visible";
import { blocks, daysText } from "../policies/finding";
import { commonChanges } from "./changes";
import { coldStartText, deltaTexts } from "./moneyText";
import { statusText } from "./release";
import { blockedStacks, passes, type Review } from "./review";
import { columns, distanceText, findingsText, indent, type Paint, type RuleHead } from "./terminal";
import { changesSeconds, secondsText, tradeoffHead, tradeoffRows, tradeoffSources } from "./tradeoff";

/** A review for a terminal: what changes first, the verdict last, where a person looks. */
export function reviewText(review: Review, rules: readonly RuleHead[], style: Paint): string {
  const { findings, releases, distance, exceptions } = review;
  const sections = [
    environmentsText(review, style),
    changesText(review, style),
    moneyText(review, style),
    ...releases.map((one) => `${title("Release", style)}\n\n${indent(statusText(one, rules, style))}`),
    exceptions.length === 0 ? "" : `${title("Exceptions", style)}\n\n${indent(exceptionsText(review))}`,
    findings.length === 0
      ? ""
      : `${title("Findings", style)}\n\n${indent(
          findingsText(
            findings.map(({ stacks, isNew, ...finding }) => ({ finding, stacks })),
            rules,
            style,
          ),
        )}`,
    distance.after
      ? `${title("Distance between the environments", style)}\n\n${indent(distanceText(distance.after, style))}`
      : "",
    verdict(review, style),
  ];
  return `${sections.filter(Boolean).join("\n\n")}\n`;
}

const title = (text: string, style: Paint) => style(["bold", "underline"], text);

function environmentsText({ environments, rollback }: Review, style: Paint): string {
  const rows = environments.map(({ name, tier, hash, carries, changes, worstCase }) => [
    style("bold", visible(name)),
    tier,
    fromTo(hash.before && short(hash.before), hash.after && short(hash.after)),
    carries.after.length === 0 ? "" : `carries ${carries.after.join(", ")}`,
    counted(changes.length, "change"),
    worstCase.after ? `at most ${readable(Math.round(worstCase.after.usd))} USD a month by its limits` : "",
  ]);
  const back =
    rollback === undefined
      ? ""
      : `\nProduction goes back to ${short(rollback.hash)}, release ${rollback.release}.`;
  return rows.length === 0 ? "" : `${columns(rows, [0, 1, 2, 3, 4, 5])}${style("dim", back)}`;
}

function fromTo(before: string | undefined, after: string | undefined): string {
  if (after === undefined) return "cannot be read";
  return before === undefined || before === after ? after : `${before} → ${after}`;
}

function changesText({ environments }: Review, style: Paint): string {
  const rows = commonChanges(environments)
    .sort((a, b) => b.tiers.length - a.tiers.length)
    .map(({ tiers, relation, words, at }) => [
      tiers.join(" and "),
      style("dim", relation),
      visible(words),
      style("cyan", `${at.file}:${at.line}`),
    ]);
  return rows.length === 0 ? "" : `${title("What changes", style)}\n\n${indent(columns(rows, [0, 1, 2, 3]))}`;
}

function moneyText({ coldStarts, releases, routes }: Review, style: Paint): string {
  const lines = [
    ...deltaTexts(releases, visible),
    ...coldStarts.map((one) => coldStartText(one, visible)),
    ...routes.filter(changesSeconds).map((route) => `${visible(route.route)}: ${secondsText(route)}`),
  ];
  const rows = routes.flatMap(tradeoffRows).map((row) => row.map(visible));
  const head = tradeoffHead.map((text) => style("bold", text));
  return [
    lines.length === 0 ? "" : `${title("Money and time", style)}\n\n${indent(lines.join("\n"))}`,
    rows.some(([, , , score]) => score !== "not measured")
      ? `${title("Quality against cost", style)}\n\n${indent(columns([head, ...rows], [0, 1, 2, 3, 6]))}\n${indent(style("dim", sourcesText(routes)))}`
      : "",
  ]
    .filter(Boolean)
    .join("\n\n");
}

const sourcesText = (routes: Review["routes"]) =>
  tradeoffSources(routes)
    .map(({ file, note }) => `From ${visible(file)}${note === "" ? "" : `, ${note}`}.`)
    .join("\n");

const exceptionsText = ({ exceptions }: Review): string =>
  columns(
    exceptions.map(({ tier, rule, path, owner, daysLeft, isNew }) => [
      `${tier}${isNew ? ", new" : ""}`,
      rule,
      visible(path),
      visible(owner),
      daysLeft < 0 ? "expired" : daysText(daysLeft),
    ]),
    [0, 1, 2, 3, 4],
  );

function verdict(review: Review, style: Paint): string {
  const blocking = review.findings.filter(blocks);
  if (review.isRemoved)
    return style(
      ["yellow", "bold"],
      `! The change removes ${review.stacks.join(" and ")}: what they have deployed stays, and nobody can update or destroy it.`,
    );
  if (passes(review)) return style(["green", "bold"], `✓ Nothing blocks ${review.stacks.join(" and ")}.`);
  const fresh = blocking.filter(({ isNew }) => isNew).length;
  return style(
    ["red", "bold"],
    `✗ ${counted(blocking.length, "finding")} would block ${blockedStacks(review).join(" and ")}, ${readable(fresh)} of them new.`,
  );
}
