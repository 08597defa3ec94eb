import { short } from "../../config/hash";
import { percent, readable } from "../../config/numbers";
import { relations } from "../../config/relation";
import type { EnvironmentReview, Review } from "../review";
import { changeCount, productionTexts, sideText } from "../verdict";
import {
  code,
  codes,
  cut,
  figure,
  folded,
  fromTo,
  html,
  type Markup,
  mark,
  nothing,
  type Part,
  type Section,
  section,
  table,
} from "./markup";
import { strip } from "./strip";

export const dollars = (usd: number): string => `${readable(Math.round(usd))} USD`;

/** Both environments, before and after, in two columns. */
export function environmentsSection(review: Review, at: Section): Markup {
  const { environments } = review;
  if (environments.length === 0) return nothing;
  const row = (title: string, of: (one: EnvironmentReview) => Part) =>
    html`<tr><th scope="row">${title}</th>${environments.map((one) => html`<td>${of(one)}</td>`)}</tr>\n`;
  const hash = (text: string | undefined) => (text === undefined ? undefined : code(short(text)));
  const ids = (all: readonly string[] | undefined) => all && codes(all, "no release");
  // Of what was not there nothing is told: the count of values says so.
  const was = (one: EnvironmentReview) =>
    one.files.before === "unreadable" ? html`${sideText(one, "before") ?? ""}` : undefined;
  const spent = (usd: number | undefined) => (usd === undefined ? undefined : html`${dollars(usd)}`);
  const back = [...productionTexts(review, String)].map((text) => html`<p>${text}.</p>`);
  return section(
    at,
    "environments",
    "Environments",
    html`<table class="sides"><thead><tr><td></td>${environments.map(
      ({ tier, name }) =>
        html`<th scope="col" class="${tier}">${tier}${name === tier ? nothing : html` ${code(name)}`}</th>`,
    )}</tr></thead><tbody>${[
      row("behaviour", (one) =>
        fromTo(
          hash(one.hash.before) ?? was(one),
          hash(one.hash.after) ?? html`${sideText(one, "after") ?? ""}`,
        ),
      ),
      row("carries", (one) =>
        fromTo(
          ids(one.carries.before) ?? was(one),
          ids(one.carries.after) ?? html`${sideText(one, "after") ?? ""}`,
        ),
      ),
      row("values changed", changeCount),
      row("spend at most, a month", ({ worstCase }) =>
        fromTo(spent(worstCase.before?.usd), spent(worstCase.after?.usd) ?? html`cannot be told`),
      ),
      row("monthly budget", ({ worstCase }) =>
        fromTo(spent(worstCase.before?.budgetUsd), spent(worstCase.after?.budgetUsd) ?? html`cannot be told`),
      ),
    ]}</tbody></table>${back}`,
  );
}

/** How far the environments are apart: limits as bars, and the counts of all relations. */
export function limitsSection({ limits, distance: { before, after } }: Review, at: Section): Markup {
  if (after === undefined) return nothing;
  // What is broken comes first and is never folded; the limits of teams are many.
  const sorted = [...limits].sort((a, b) => Number(a.holds) - Number(b.holds));
  const isOpen = (one: Review["limits"][number]) => !one.holds || !one.path.startsWith("limits.teams");
  const teams = sorted.filter((one) => !isOpen(one));
  const counts = relations.map((relation) => {
    const [was, is] = [before?.[relation], after[relation]];
    const change = (of: (one: typeof is) => number) => fromTo(was && html`${of(was)}`, html`${of(is)}`);
    return [relation, change((one) => one.leaves), change((one) => one.differ), change((one) => one.broken)];
  });
  return section(
    at,
    "limits",
    "Limits",
    html`${
      limits.length === 0
        ? nothing
        : figure(
            "Staging's limits as a share of production's.",
            html`The line is production's limit. Staging's has to be tighter: lower, or higher where more is stricter. A broken one has a dashed outline.`,
            html`${limitRows("Limits", sorted.filter(isOpen))}${
              teams.length === 0
                ? nothing
                : folded(
                    `${readable(teams.length)} limits of teams, all of which hold`,
                    limitRows("Limits of teams", teams),
                  )
            }`,
          )
    }${folded(
      "How many values each relation has",
      table(
        "Values by relation",
        [
          { head: "relation", kind: "name" },
          { head: "values", kind: "number" },
          { head: "differ", kind: "number" },
          { head: "broken", kind: "number" },
        ],
        counts,
      ),
    )}`,
  );
}

function limitRows(label: string, limits: Review["limits"]): Markup {
  const { kept, rest } = cut(limits, 300);
  const rows = kept.map(({ path, unit, staging, production, holds }) => {
    const comparable = staging !== undefined && production !== undefined && production > 0;
    const value = (one: number | undefined) => (one === undefined ? "none" : html`${readable(one)}`);
    return [
      code(path),
      comparable
        ? strip({
            label: `${percent(staging, production)} of production's`,
            end: 1.25,
            bars: [
              { to: staging / production, color: "staging", ...(holds ? {} : { as: "broken" as const }) },
            ],
            lines: [{ at: 1, color: "production" }],
          })
        : nothing,
      value(staging),
      value(production),
      comparable ? percent(staging, production) : "",
      unit,
      holds ? mark("passes", "stricter") : mark("fails", "not stricter"),
    ];
  });
  return html`${table(
    label,
    [
      { head: "limit", kind: "name" },
      { head: "staging against production", kind: "chart" },
      { head: "staging", kind: "number" },
      { head: "production", kind: "number" },
      { head: "share", kind: "number" },
      { head: "unit" },
      { head: "relation" },
    ],
    rows,
  )}${rest}`;
}

/** What the limits let each model cost, against the budget that alarms and stops nobody. */
export function spendSection({ environments }: Review, at: Section): Markup {
  const known = environments.filter(({ worstCase: { after } }) => after !== undefined);
  if (known.length === 0) return nothing;
  const figures = known.map(({ tier, worstCase: { after } }) => {
    const { byModel = [], budgetUsd = 0 } = after ?? {};
    const end = 1.05 * Math.max(budgetUsd, ...byModel.map(({ usd }) => usd), 1);
    const { kept, rest } = cut(byModel, 100);
    return figure(
      `Spend in ${tier} by model.`,
      html`Were all of the limits used for one model alone, for 30 days. The line is the budget, ${dollars(budgetUsd)} a month, which alarms and stops nobody.`,
      html`${table(
        `Spend in ${tier} by model`,
        [
          { head: "model", kind: "name" },
          { head: "a month", kind: "chart" },
          { head: "USD a month", kind: "number" },
          { head: "of the budget", kind: "number" },
        ],
        kept.map(({ model, usd }) => [
          code(model),
          strip({
            label: `${ofBudget(usd, budgetUsd)} of the budget`,
            end,
            bars: [{ to: usd, color: tier }],
            lines: [{ at: budgetUsd, color: "ink" }],
          }),
          html`${readable(Math.round(usd))}`,
          ofBudget(usd, budgetUsd),
        ]),
      )}${rest}`,
    );
  });
  return section(
    at,
    "spend",
    "Spend if limits are used to the full",
    html`<div class="columns">${figures}</div>`,
  );
}

/** Beyond ten times the budget percents say little. */
const ofBudget = (usd: number, budgetUsd: number): string =>
  budgetUsd > 0 && usd >= 10 * budgetUsd
    ? `${readable(Math.round(usd / budgetUsd))} times`
    : percent(usd, budgetUsd);
