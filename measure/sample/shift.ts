/** Sampled answers of which something is known: all, and the bad ones among them. */
export interface Counted {
  bad: number;
  all: number;
}

/**
 * How likely it is that so many of `now`'s answers or more are bad, if now and before are one source: the upper tail
 * of the hypergeometric distribution, given both totals. R. A. Fisher's exact test, one-sided (Statistical Methods for
 * Research Workers, 5th edition, 1934). It holds for any counts, and its true rate is at or below the nominal one.
 */
export function fisherGreater(now: Counted, before: Counted): number {
  const all = now.all + before.all;
  const bad = now.bad + before.bad;
  const most = Math.min(now.all, bad);
  let sum = 0;
  for (let count = now.bad; count <= most; count++)
    sum += Math.exp(logChoose(bad, count) + logChoose(all - bad, now.all - count) - logChoose(all, now.all));
  return Math.min(1, sum);
}

/** The smallest p-value that there could be: all of now's answers bad. */
export const smallestP = ({ all }: Counted, before: Counted): number =>
  fisherGreater({ bad: all, all }, before);

const logChoose = (all: number, some: number): number =>
  some < 0 || some > all
    ? Number.NEGATIVE_INFINITY
    : logFactorial(all) - logFactorial(some) - logFactorial(all - some);

const known: number[] = [0, 0];

function logFactorial(count: number): number {
  for (let next = known.length; next <= count; next++) known[next] = (known[next - 1] ?? 0) + Math.log(next);
  return known[count] ?? 0;
}

/** How many false alarms of a shift a month may have, over all routes of an environment. */
export const falseAlarmsAMonth = 1;
const monthHours = 720;

/**
 * The p-value at or below which one test is an alarm, by Bonferroni over a month's windows, the routes and the two
 * tests of each. Whatever depends on whatever, a month then has no more than so many false alarms in the mean.
 */
export const alarmRate = (hours: number, routes: number): number =>
  (falseAlarmsAMonth * hours) / monthHours / (2 * Math.max(1, routes));
