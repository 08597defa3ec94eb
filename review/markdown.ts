import { counted, readable } from "../config/numbers";
import { heading, sections, settingsText } from "./markdownSections";
import type { LinkTo } from "./markdownText";

import { passes, type Review } from "./review";

/** The longest that a comment may be; GitHub takes 65,536 characters. */
export const longestComment = 60_000;

/**
 * The reviews of all pairs as one Markdown comment: the verdict and what blocks first, the rest folded. Of several
 * pairs all verdicts come first, and of one that passes as it was there is no more to say. However large the
 * change, it has at most 60,000 characters; what does not fit is counted.
 *
 * Every text that comes from a file stands in a code span, in which neither Markdown, HTML nor a mention is one.
 */
export function reviewMarkdown(reviews: readonly Review[], link: LinkTo = () => undefined): string {
  const [only] = reviews;
  const parts =
    reviews.length === 1 && only
      ? sections(only, link, true)
      : [
          overview(reviews),
          ...ordered(reviews)
            .filter(isTold)
            .flatMap((review) => sections(review, link, false)),
        ];
  const footer = "\n<sub>Lockstep judges files alone: what is deployed it does not see.</sub>\n";
  let room = longestComment - footer.length - 200;
  let left = 0;
  const kept: string[] = [];
  for (const part of parts) {
    const fitted = part.length <= room ? part : cut(part, room);
    if (fitted === "") left++;
    else kept.push(fitted);
    room -= fitted.length + 1;
  }
  const rest =
    left === 0 ? "" : `\n_${counted(left, "section")} did not fit: \`lockstep review\` has everything._\n`;
  return `${kept.join("\n")}${rest}${footer}`;
}

/** What blocks first, then what changes. */
const ordered = (reviews: readonly Review[]) =>
  [...reviews].sort((a, b) => Number(passes(a)) - Number(passes(b)) || Number(isTold(b)) - Number(isTold(a)));

/** Most verdicts that are listed; more pairs than that are counted. */
const mostVerdicts = 200;

function overview(reviews: readonly Review[]): string {
  const blocked = reviews.filter((review) => !passes(review)).length;
  const head =
    blocked === 0
      ? `### ✅ Lockstep: nothing blocks any of ${counted(reviews.length, "pair")}`
      : `### ❌ Lockstep: ${counted(blocked, "pair")} of ${readable(reviews.length)} ${blocked === 1 ? "is" : "are"} blocked`;
  const lines = ordered(reviews)
    .slice(0, mostVerdicts)
    .map((review) => `- ${heading(review).replace(/^### (\S+) Lockstep: /, "$1 ")}`);
  const more =
    reviews.length > mostVerdicts ? [`- … and ${readable(reviews.length - mostVerdicts)} more`] : [];
  const [first] = reviews;
  const settings = first === undefined ? [] : settingsText(first);
  return `${[head, ...settings, "", ...lines, ...more].join("\n")}\n`;
}

/** Whether there is more to say of a pair than that nothing blocks it. */
const isTold = (review: Review) =>
  !passes(review) ||
  review.isRemoved ||
  review.environments.some(({ changes, files }) => changes.length > 0 || files.before !== files.after);

/** The lines of a section that fit, with the count of the others; "" where hardly any do. */
function cut(part: string, room: number): string {
  const lines = part.split("\n");
  const end = lines.at(-2) === "</details>" ? "\n</details>\n" : "\n";
  let length = 0;
  let fit = 0;
  while (fit < lines.length && length + (lines[fit]?.length ?? 0) + 1 < room - 120) {
    length += (lines[fit]?.length ?? 0) + 1;
    fit++;
  }
  return fit < 4
    ? ""
    : `${lines.slice(0, fit).join("\n")}\n\n_… and ${readable(lines.length - fit)} more lines._\n${end}`;
}
