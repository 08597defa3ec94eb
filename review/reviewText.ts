import { short } from "../config/hash";
import { counted, readable } from "../config/numbers";
import { visible } from "../config/visible";
import { daysText } from "../policies/finding";
import { commonChanges } from "./changes";
import { coldStartText, deltaTexts } from "./moneyText";
import { statusText } from "./release";
import type { Review } from "./review";
import { columns, distanceText, findingsText, indent, type Paint, type RuleHead } from "./terminal";
import { changesSeconds, secondsText, tradeoffHead, tradeoffRows, tradeoffSources } from "./tradeoff";
import {
  blockText,
  changeCount,
  movesBehaviour,
  productionTexts,
  removalText,
  sidesText,
  sideText,
  verdictNotes,
  verdictOf,
} from "./verdict";

/** A review for a terminal: what changes first, the verdict last, where a person looks. */
export function reviewText(review: Review, rules: readonly RuleHead[], style: Paint): string {
  const { findings, releases, distance } = review;
  const part = (head: string, body: string) =>
    body === "" ? "" : `${title(head, style)}\n\n${indent(body)}`;
  const sections = [
    environmentsText(review, style),
    changesText(review, style),
    moneyText(review, style),
    ...releases.map((one) => part("Release", statusText(one, rules, style, isTold(one, review)))),
    part("Exceptions", exceptionsText(review)),
    part(
      "Findings",
      findingsText(
        findings.map(({ stacks, isNew, ...finding }) => ({ finding, stacks, isNew })),
        rules,
        style,
      ),
    ),
    distance.after ? part("Distance between the environments", distanceText(distance.after, style)) : "",
    part("The change edits what the rules ask for", settingsText(review, style)),
    verdict(review, style),
  ];
  return `${sections.filter(Boolean).join("\n\n")}\n`;
}

/** What keeps a release from production that carries it already stands among the findings. */
const isTold = ({ carriedBy }: Review["releases"][number], { environments }: Review) =>
  environments.some(({ tier, name }) => tier === "production" && carriedBy.includes(name));

const settingsText = ({ settings }: Review, style: Paint): string =>
  settings.length === 0
    ? ""
    : columns(
        settings.map(({ path, before, after }) => [
          style("yellow", visible(path)),
          `${visible(before)} → ${visible(after)}`,
        ]),
        [0, 1],
      );

const title = (text: string, style: Paint) => style(["bold", "underline"], text);

function environmentsText(review: Review, style: Paint): string {
  const rows = review.environments.map((one) => {
    const { name, tier, hash, carries, worstCase } = one;
    const behaviour = (side: "before" | "after") => {
      const known = hash[side];
      return known === undefined ? sideText(one, side) : short(known);
    };
    return [
      style("bold", visible(name)) + (name === tier ? "" : ` ${tier}`),
      sidesText(behaviour("before"), behaviour("after")),
      (carries.after ?? []).length === 0 ? "" : `carries ${carries.after?.join(", ")}`,
      hash.before !== undefined && hash.after !== undefined
        ? counted(one.changes.length, "change")
        : changeCount(one),
      worstCase.after ? `at most ${readable(Math.round(worstCase.after.usd))} USD a month by its limits` : "",
    ];
  });
  const back = productionTexts(review, visible).map((text) => `\n${style("dim", `${text}.`)}`);
  return rows.length === 0 ? "" : `${columns(rows, [0, 1, 2, 3, 4])}${back.join("")}`;
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

function moneyText(review: Review, style: Paint): string {
  const { coldStarts, releases, routes } = review;
  const lines = [
    ...deltaTexts(releases, visible),
    ...coldStarts.map((one) => coldStartText(one, visible)),
    ...routes.filter(changesSeconds).map((route) => `${visible(route.route)}: ${secondsText(route)}`),
  ];
  const rows = routes.flatMap(tradeoffRows).map((row) => row.map(visible));
  const head = tradeoffHead.map((text) => style("bold", text));
  return [
    lines.length === 0 ? "" : `${title("Money and time", style)}\n\n${indent(lines.join("\n"))}`,
    movesBehaviour(review) && rows.some(([, , , score]) => score !== "not measured")
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
  exceptions.length === 0
    ? ""
    : columns(
        exceptions.map(({ tier, rule, path, owner, ticket, expires, daysLeft, isNew }) => [
          `${tier}${isNew ? ", new" : ""}`,
          rule,
          visible(path),
          visible(owner),
          visible(ticket),
          daysLeft < 0 ? `expired on ${expires}` : `until ${expires}, ${daysText(daysLeft)}`,
        ]),
        [0, 1, 2, 3, 4, 5],
      );

function verdict(review: Review, style: Paint): string {
  const { state, stacks } = verdictOf(review);
  const names = stacks.map(visible).join(" and ");
  if (state === "removed") return style(["yellow", "bold"], `! The change removes ${names}: ${removalText}.`);
  const notes = verdictNotes(review, visible);
  const more = notes.length === 0 ? "." : `: ${notes.join("; ")}.`;
  return state === "passes"
    ? style(["green", "bold"], `✓ Nothing blocks ${names}${more}`)
    : style(["red", "bold"], `✗ ${blockText(review)} ${names}${more}`);
}
