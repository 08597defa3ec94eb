import type { Pair } from "../config/pair";
import type { Release } from "../config/release";

/**
 * What makes production's behaviour one that staging has proven: the closed releases that have its hash, or the
 * open ones that it carries.
 */
export interface Proof {
  /** Production's behaviour hash. */
  hash: string;
  /** The releases whose evidence is asked, the one that names the proof last. */
  releases: readonly Release[];
  /** The time at which evidence has to be fresh: when the first of them was closed, or now. */
  at: Date;
  /** True where production is to become something that no closed release proved. */
  promotion: boolean;
  /** True where no other release was closed before: production has no traffic yet that staging could be like. */
  first: boolean;
}

/** How far the clock of whoever wrote a time may be ahead: five minutes. */
export const skewMilliseconds = 5 * 60_000;

/** Undefined where production's behaviour hash is that of no release. */
export function proofOf({ production, releases }: Pair, now: Date): Proof | undefined {
  const hash = production.behaviourHash;
  const closed = closedReleases(releases.values()).filter(({ at }) => at <= now.getTime() + skewMilliseconds);
  const same = closed.filter(({ release }) => release.data.closed?.behaviourHash === hash);
  const [earliest] = same;
  if (earliest !== undefined) {
    // Going back and closing the way back leads to a hash that was proven before, and asks for nothing anew.
    const proven = same.map(({ release }) => release).reverse();
    const first = closed.every(({ at, release }) => proven.includes(release) || at > earliest.at);
    return { hash, releases: proven, at: new Date(earliest.at), promotion: false, first };
  }
  if (production.carried.length === 0) return undefined;
  return { hash, releases: production.carried, at: now, promotion: true, first: closed.length === 0 };
}

/** Closed releases, the oldest first. */
export function closedReleases(releases: Iterable<Release>): { release: Release; at: number }[] {
  return [...releases]
    .flatMap((release) => {
      const { closed } = release.data;
      return closed === undefined ? [] : [{ release, at: Date.parse(closed.at) }];
    })
    .sort((a, b) => a.at - b.at || (a.release.id < b.release.id ? -1 : 1));
}
