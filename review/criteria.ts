import type { Criterion } from "../lifecycle/kind";

/** How much was measured: as much as was asked for is no narrow escape. */
export const isAmount = ({ name }: Criterion): boolean =>
  /^(min(Cases|Repeats|Samples|Requests|Responses|Days|PeakMultiple)|maxFalseAlarmRate)$/.test(name);

/** Orders criteria: what fails comes first, then what is not decided, then the least room. */
export const urgency = ({ outcome, margin = 0 }: Criterion): number =>
  (outcome === "fails" ? -2e9 : outcome === "inconclusive" ? -1e9 : 0) +
  Math.max(-1e8, Math.min(margin, 1e8));

/** "minScore, support-chat on chat-large" */
export const criterionName = ({ name, subject }: Criterion): string =>
  subject === undefined ? name : `${name}, ${subject}`;
