import { Counts } from "../traffic/counts";
import { dimensions } from "../traffic/dimensions";
import { eachPart, type Reading, withDuckDB } from "../traffic/readLog";
import { describedSql, type Question } from "../traffic/sql";
import type { Logged } from "./request";

/** One request that was drawn, with production's answer to it. */
export interface Drawn extends Logged {
  id: string;
  stratum: string;
  /** Seconds since 1970. */
  startedAt: number;
  outputTokens: number | null;
  /** The answer as JSON; null where the log keeps none. */
  response: string | null;
  /** The value of each dimension, by its column. */
  bins: Readonly<Record<string, string | null>>;
}

/** Requests alike in route, length (to a factor of two) and quarter of the day. */
const stratumSql = `concat(route, '|', CAST(floor(log2(coalesce(prompt_tokens, 0) + 1)) AS varchar), '|',
  CAST(CAST(floor(starttime / 21600) AS bigint) % 4 AS varchar))`;
/** The same for the same request in every run, and even over all of them. */
const rankSql = "md5(id)";
const ranks = 2 ** 32;

/** What of a record is kept of a request that is drawn. */
const kept = ["id", "prompt_tokens", "completion_tokens", "messages", "model_parameters", "response"];

/** How many of each stratum are drawn: its share of the sample, by the largest remainders. */
export function allotted(strata: ReadonlyMap<string, number>, size: number): Map<string, number> {
  const all = [...strata.values()].reduce((sum, count) => sum + count, 0);
  const most = Math.min(size, all);
  const shares = [...strata]
    .map(([stratum, count]) => ({
      stratum,
      exact: (most * count) / all,
      whole: Math.floor((most * count) / all),
    }))
    .sort((a, b) => b.exact - b.whole - (a.exact - a.whole) || (a.stratum < b.stratum ? -1 : 1));
  let left = most - shares.reduce((sum, { whole }) => sum + whole, 0);
  return new Map(shares.map(({ stratum, whole }) => [stratum, left-- > 0 ? whole + 1 : whole]));
}

/**
 * A sample of a log's requests, the same in every run: of each stratum its share, and within it those whose ids have the
 * lowest hashes. Two looks at the log, neither of which keeps more than about the sample.
 */
export function drawSample(
  folder: string,
  question: Question,
  size: number,
  reading: Reading,
): Promise<Drawn[]> {
  return withDuckDB(reading, async (connection) => {
    const strata = new Map<string, number>();
    const ignored = () => {};
    const counting = (table: string) =>
      `SELECT ${stratumSql} AS stratum, count(*) AS requests FROM (${describedSql(question, table, ["prompt_tokens"])})
        WHERE state = 'counted' GROUP BY 1`;
    await eachPart(connection, folder, question, reading, counting, {
      row: ({ stratum, requests }) =>
        void strata.set(String(stratum), (strata.get(String(stratum)) ?? 0) + Number(requests)),
      broken: ignored,
    });
    const wanted = allotted(strata, size);
    await connection.run("CREATE OR REPLACE TEMP TABLE cut (stratum VARCHAR, most VARCHAR)");
    for (const [stratum, count] of wanted)
      if (count > 0)
        await connection.run("INSERT INTO cut VALUES ($1, $2)", [
          stratum,
          cut(count, strata.get(stratum) ?? 0),
        ]);
    const drawn: Ranked[] = [];
    const drawing = (table: string) => `
      SELECT id, stratum, rank, starttime, messages, model_parameters, response, completion_tokens,
        ${dimensions.map(({ column }) => `CAST(${column} AS varchar) AS ${column}`).join(", ")}
      FROM (SELECT *, ${stratumSql} AS stratum, ${rankSql} AS rank FROM (${describedSql(question, table, kept)})
        WHERE state = 'counted') JOIN cut USING (stratum) WHERE substr(rank, 1, 8) <= most`;
    await eachPart(connection, folder, question, reading, drawing, {
      row: (row) => void drawn.push({ rank: String(row.rank), one: drawnOf(row) }),
      broken: ignored,
    });
    return trimmed(drawn, wanted);
  });
}

/** A few more than are wanted, so that there are hardly ever fewer: the hashes below a bound are binomial. */
function cut(wanted: number, all: number): string {
  const share = Math.min(1, (wanted + 5 * Math.sqrt(wanted) + 5) / all);
  return Math.min(ranks - 1, Math.floor(share * ranks))
    .toString(16)
    .padStart(8, "0");
}

const text = (value: unknown): string | null =>
  value === null || value === undefined ? null : String(value);

const drawnOf = (row: Record<string, unknown>): Drawn => ({
  id: String(row.id),
  stratum: String(row.stratum),
  route: String(row.route),
  startedAt: Number(row.starttime),
  messages: text(row.messages),
  parameters: text(row.model_parameters),
  response: text(row.response),
  outputTokens: row.completion_tokens === null ? null : Number(row.completion_tokens),
  bins: Object.fromEntries(dimensions.map(({ column }) => [column, text(row[column])])),
});

interface Ranked {
  rank: string;
  one: Drawn;
}

/** Those with the lowest hashes of each stratum, in the order in which they came. */
function trimmed(drawn: readonly Ranked[], wanted: ReadonlyMap<string, number>): Drawn[] {
  const byStratum = new Map<string, Ranked[]>();
  for (const ranked of drawn) {
    const { stratum } = ranked.one;
    const own = byStratum.get(stratum) ?? [];
    byStratum.set(stratum, own);
    own.push(ranked);
  }
  return [...byStratum]
    .flatMap(([stratum, own]) =>
      own
        .sort((a, b) => (a.rank < b.rank ? -1 : 1))
        .slice(0, wanted.get(stratum) ?? 0)
        .map(({ one }) => one),
    )
    .sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
}

/** Requests counted as a log's are, so that what was replayed is compared with all of production's. */
export function countsOfSample(sample: readonly Drawn[]): Counts {
  const counts = new Counts();
  for (const { bins, startedAt } of sample) {
    const row = { requests: 1, first: startedAt, last: startedAt };
    counts.add({ dimension: "state", bin: "counted", ...row });
    for (const [column, bin] of Object.entries(bins))
      if (bin !== null) counts.add({ dimension: column, bin, ...row });
  }
  return counts;
}
