import { Pool } from "pg";
import { Made, type Query, type Search, SearchError } from "./search";

/** A connection, or a pool of them, as the package pg has them. */
export interface Sql {
  query(text: string, values: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}

/** pgvector's operators: an index is used only where the distance is the one that it was made for. */
export const operators = { cosine: "<=>", l2: "<->", inner: "<#>" } as const;

export interface Columns {
  id: string;
  vector: string;
  time: string;
  distance: keyof typeof operators;
}

/** A table in Postgres with a column of pgvector. */
export class PgvectorSearch implements Search {
  private readonly searching: string;
  private readonly asking: string;
  private closed: Promise<void> | undefined;
  private readonly vectors = new Made(({ vector }: Query) => `[${(vector ?? []).join(",")}]`);

  /** @param table its name, with its schema before a point where it has another than the connection's. */
  constructor(
    private readonly sql: Sql,
    table: string,
    { id, vector, time, distance }: Columns,
    private readonly k: number,
  ) {
    const from = table.split(".").map(quoted).join(".");
    this.searching = `SELECT ${quoted(id)}::text AS id FROM ${from} ORDER BY ${quoted(vector)} ${operators[distance]} $1::vector LIMIT $2`;
    this.asking = `SELECT max(${quoted(time)}) AS newest FROM ${from}`;
  }

  async search(query: Query): Promise<string[]> {
    const rows = await this.ask(this.searching, [this.vectors.of(query), this.k]);
    return rows.map(({ id }) => {
      if (typeof id !== "string") throw new SearchError("A document has no id in the column that is named.");
      return id;
    });
  }

  async newest(): Promise<Date> {
    const [row] = await this.ask(this.asking, []);
    if (!(row?.newest instanceof Date))
      throw new SearchError("No document has a time in the column that is named: a timestamptz.");
    return row.newest;
  }

  /** A pool waits for what is in flight, and may be ended once only. */
  close(): Promise<void> {
    this.closed ??= this.sql.end();
    return this.closed;
  }

  private async ask(text: string, values: unknown[]) {
    try {
      return (await this.sql.query(text, values)).rows;
    } catch (error) {
      // SQLSTATE, or a connection's error code; a message may have values.
      const code = (error as { code?: unknown }).code;
      throw new SearchError(`It did not answer: ${typeof code === "string" ? code : "unknown"}.`);
    }
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Whoever waits so long has given up. */
const timeoutMs = 30_000;

/** The application's own way to Postgres: a pool of so many connections, which searches wait for. */
export function postgres(connectionString: string, connections: number): Sql {
  const pool = new Pool({
    connectionString,
    max: connections,
    statement_timeout: timeoutMs,
    connectionTimeoutMillis: timeoutMs,
    application_name: "lockstep evidence retrieval",
  });
  // A connection that ends while nobody uses it; the next search says what is wrong.
  pool.on("error", () => undefined);
  return pool;
}
