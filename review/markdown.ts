import { counted, readable } from "../config/numbers";
import { sections } from "./markdownSections";
import type { LinkTo } from "./markdownText";

import type { Review } from "./review";

/** The longest that a comment may be; GitHub takes 65,536 characters. */
export const longestComment = 60_000;

/**
 * The reviews of all pairs as one Markdown comment: the verdict and what blocks first, the rest folded. However
 * large the change, it has at most 60,000 characters; what does not fit is counted.
 *
 * Every text that comes from a file stands in a code span, in which neither Markdown, HTML nor a mention is one.
 */
export function reviewMarkdown(reviews: readonly Review[], link: LinkTo = () => undefined): string {
  const parts = reviews.flatMap((review) => sections(review, link));
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
