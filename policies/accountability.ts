import type { Exception } from "../config/schema/exceptions";
import { describeValue } from "../config/value";
import { day, days } from "./days";
import { samePerson } from "./people";

/** What is wrong with one field of an exception. */
export interface Fault {
  field: keyof Exception;
  found: string;
  allowed: string;
  remedy: string;
}

export const longestDays = 90;
/** How far the clock that `created` was written by may be ahead. */
const skew = 5 * 60_000;
/** The fewest characters that say something, of those fields that the schema gives a length. */
const shortest = { reason: 20, owner: 3, approver: 3, ticket: 2, compensatingControl: 10 } as const;

/**
 * Why nobody can be held to an exception. One with any fault exempts nothing, wherever it is read. What
 * cannot be known from here: whether the people exist, and whether the ticket does.
 */
export function accountabilityFaults(exception: Exception, now: Date): Fault[] {
  return [...textFaults(exception), ...approvalFaults(exception), ...dateFaults(exception, now)];
}

function textFaults(exception: Exception): Fault[] {
  const faults: Fault[] = [];
  if (/[*?]/.test(exception.path)) {
    faults.push({
      field: "path",
      found: `${describeValue(exception.path)}, which has a wildcard`,
      allowed: "the exact path of one finding",
      remedy: "Write one exception for each finding, with the path that the finding names.",
    });
  }
  for (const [field, least] of Object.entries(shortest) as [keyof typeof shortest, number][]) {
    const length = [...exception[field].replace(/[\s\p{Cf}]+/gu, " ").trim()].length;
    if (length >= least) continue;
    faults.push({
      field,
      found: `${length} ${length === 1 ? "character" : "characters"} besides spaces around them`,
      allowed: `at least ${least} characters`,
      remedy: `Write ${field} out.`,
    });
  }
  return faults;
}

function approvalFaults({ owner, approver }: Exception): Fault[] {
  if (!samePerson(owner, approver)) return [];
  return [
    {
      field: "approver",
      found: `${describeValue(approver)}, the owner`,
      allowed: "somebody else than the owner",
      remedy: "Let somebody else approve it, and name them.",
    },
  ];
}

function dateFaults({ created, expires }: Exception, now: Date): Fault[] {
  const faults: Fault[] = [];
  const length = (Date.parse(expires) - Date.parse(created)) / day;
  if (Date.parse(created) > now.getTime() + skew) {
    faults.push({
      field: "created",
      found: `${created}, which is in the future`,
      allowed: `at most ${today(now)}, today (UTC)`,
      remedy: "Write the day on which it was approved.",
    });
  }
  if (length < 0 || length > longestDays) {
    faults.push({
      field: "expires",
      found: `${expires}, ${days(Math.abs(length))} ${length < 0 ? "before" : "after"} it was created`,
      allowed: `0 to ${longestDays} days after ${created}`,
      remedy: "Shorten it; what takes longer is approved anew when it ends.",
    });
  } else if (daysLeft(expires, now) < 0) {
    faults.push({
      field: "expires",
      found: `${expires}, which was ${days(-daysLeft(expires, now))} ago`,
      allowed: `${today(now)}, today (UTC), or later`,
      remedy: "End what it excuses and remove it, or have it approved anew with new dates.",
    });
  }
  return faults;
}

/** Whole days from today to a day, in UTC: 0 on the day itself, negative after it. */
export function daysLeft(date: string, now: Date): number {
  return Date.parse(date) / day - Math.floor(now.getTime() / day);
}

const today = (now: Date) => now.toISOString().slice(0, 10);
