/** What connections and caches get before anything counts: so often each lane's share. */
const warmRounds = 2;

/**
 * Runs as many at once as there are lanes, each one after the other (a closed loop), until `count` of them are done that
 * count. Warming up before does not count, nor what keeps the other lanes busy until the last is done; of that there
 * is at most one for each lane.
 *
 * @param once runs one; false where no more are to be run
 * @returns false where it was ended so
 */
export async function closedLoop(
  lanes: number,
  count: number,
  once: (index: number, counts: boolean) => Promise<boolean>,
): Promise<boolean> {
  const first = warmRounds * lanes;
  let [started, left, going] = [0, count, true];
  const lane = async () => {
    while (going && left > 0 && started < mostRuns(lanes, count)) {
      const index = started++;
      const counts = index >= first && index < first + count;
      try {
        if (!(await once(index, counts))) going = false;
        else if (counts) left--;
      } catch (error) {
        going = false;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return going;
}

/** How many it runs at the most. */
export const mostRuns = (lanes: number, count: number): number => (warmRounds + 1) * lanes + count;
