import type { Measured } from "../measurement";
import { rounded, wilson } from "../statistics";

/** The answers of one environment: how many, how many pass, and why the others do not. */
export class Tally {
  responses = 0;
  passed = 0;
  /** Successes whose record has no answer in it. */
  unknown = 0;
  readonly causes = new Map<string, number>();
  readonly byRoute = new Map<string, { responses: number; passed: number }>();

  add(route: string, cause: string | undefined): void {
    const own = this.byRoute.get(route) ?? { responses: 0, passed: 0 };
    this.byRoute.set(route, own);
    this.responses++;
    own.responses++;
    if (cause === undefined) {
      this.passed++;
      own.passed++;
    } else this.causes.set(cause, (this.causes.get(cause) ?? 0) + 1);
  }
}

/**
 * The difference of two independent proportions with Newcombe's interval, from Wilson's of each (his method 10).
 * Newcombe (1998), https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
 */
export function newcombe(one: Tally, other: Tally): { value: number; low: number; high: number } {
  const [p, q] = [ratio(one), ratio(other)];
  const [a, b] = [wilson(p, one.responses), wilson(q, other.responses)];
  return {
    value: rounded(p - q),
    low: rounded(p - q - Math.sqrt((p - a.low) ** 2 + (b.high - q) ** 2)),
    high: rounded(p - q + Math.sqrt((a.high - p) ** 2 + (q - b.low) ** 2)),
  };
}

const ratio = ({ passed, responses }: Tally): number => (responses === 0 ? 0 : passed / responses);

/** Production's pass rate less staging's: what is lost by what staging carries. */
export function validityResults(staging: Tally, production: Tally, notes: readonly string[]): Measured {
  const silent = (environment: string, { unknown, responses }: Tally) =>
    unknown > (responses + unknown) / 100
      ? [`${unknown} of ${responses + unknown} records of ${environment} have no answer in them.`]
      : [];
  const lacking = [...production.byRoute.keys()].filter((route) => !staging.byRoute.has(route));
  return {
    samples: Math.min(staging.responses, production.responses),
    repeats: 1,
    inconclusive: [
      ...silent("staging", staging),
      ...silent("production", production),
      ...lacking.map((route) => `Staging answered no request to ${route}, which production did.`),
    ],
    results: {
      staging: { responses: staging.responses, passed: staging.passed },
      production: { responses: production.responses, passed: production.passed },
      drop: newcombe(production, staging),
      confidence: 0.95,
      method: "Newcombe's interval for a difference of proportions, from Wilson's score intervals",
      causes: sorted(staging.causes),
    },
    raw: {
      notes: [
        ...notes,
        "Answers of one conversation are not independent of each other, so that the interval is a little narrow.",
      ],
      staging: told(staging),
      production: told(production),
    },
  };
}

const told = ({ unknown, causes, byRoute }: Tally) => ({
  unknown,
  causes: sorted(causes),
  byRoute: sorted(byRoute),
});

const sorted = <T>(map: ReadonlyMap<string, T>): Record<string, T> =>
  Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
