import { isRecord } from "../config/record";

/**
 * What the pack tells whoever drives the engine about one of its policies: that it was called in this run, and the
 * level that the engine had configured for it. The engine's own summaries count a policy as passed whether it was
 * called or not, and do not tell an advisory policy that found nothing from a mandatory one.
 */
export interface Receipt {
  policy: string;
  /** "none" where the engine configured none. */
  level: string;
}

/** The variable with the file that the receipts go to, which the driver makes for one run; without it none are written. */
export const receiptVariable = "LOCKSTEP_RECEIPT";

/**
 * Tells of each policy once, when it is called for the first time, and before it judges.
 *
 * @param append adds a text to the driver's file
 */
export function receiptTeller(
  levelOf: (policy: string) => string | undefined,
  append: (text: string) => void,
): (policy: string) => void {
  const told = new Set<string>();
  return (policy) => {
    if (told.has(policy)) return;
    told.add(policy);
    const receipt: Receipt = { policy, level: levelOf(policy) ?? "none" };
    append(`${JSON.stringify(receipt)}\n`);
  };
}

/** The receipts of a driver's file. A line that is none counts for nothing: then a policy is missing. */
export function readReceipts(text: string): Receipt[] {
  return text.split("\n").flatMap((line) => {
    try {
      const data: unknown = JSON.parse(line);
      if (!isRecord(data)) return [];
      const { policy, level } = data;
      return typeof policy === "string" && typeof level === "string" ? [{ policy, level }] : [];
    } catch {
      return [];
    }
  });
}
