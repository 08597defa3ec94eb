import { memoryFiles } from "../../config/files";
import { projectRuleset } from "../../policies/ruleset";
import { reviewHtml } from "../../review/html/report";
import type { LinkTo } from "../../review/markdownText";
import { type Review, reviewPair } from "../../review/review";
import { proven } from "../evidence";
import * as releases from "../policies/stack/releases";
import { append, type Edit, type Entries, edited, replace } from "../shipped";

export const now = new Date("2026-11-23T12:00:00Z");
const ruleset = projectRuleset(memoryFiles({}));

const between = (base: Entries, head: Entries): Review =>
  reviewPair({
    base: memoryFiles(base),
    head: memoryFiles(head),
    stack: "production",
    ruleset,
    baseRuleset: ruleset,
    now,
  });

/** A review of some edits of the shipped pair, whose first release has synthetic evidence. */
export function reviewOf(...edits: Edit[]): Review {
  const base = edited(proven);
  return between(
    base,
    edits.reduce((entries, edit) => edit(entries), base),
  );
}

const evidenceOfFirst: Edit = (entries) => ({ ...entries, ...releases.evidenceOf(releases.steady) });

/** Production takes over a release that staging carries already. */
export const promotion = (change?: releases.Change): Review =>
  between(
    edited(...releases.promoting(releases.upgradeText(releases.firstHash)).slice(0, -1), evidenceOfFirst),
    edited(...releases.whole(releases.promotion, change), evidenceOfFirst),
  );

/** Two limits that are broken, a prompt that changes, and the rules' settings. */
export const blocked = (): Review =>
  reviewOf(
    replace("Pulumi.staging.yaml", "monthlyUsd: 2000\n", "monthlyUsd: 20000\n"),
    replace("Pulumi.staging.yaml", "    requestsPerMinute: 120\n", "    requestsPerMinute: 1500\n"),
    append("prompts/ticket-triage.md", "Be brief.\n"),
    (entries) => ({ ...entries, "policies/config.json": '{"release-complete":{"minimumSignOffs":0}}' }),
  );

export const pageOf = (reviews: readonly Review[], link?: LinkTo): string =>
  reviewHtml(reviews, { now, version: "1.2.3", link });
