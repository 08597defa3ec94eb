import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../measure/proxy";
import { PgvectorSearch, postgres } from "../../measure/retrieval/pgvector";
import { wait } from "../../measure/standIn/reply";

/** Debian's package "postgresql"; its programs are not on the PATH. */
const packages = "/usr/lib/postgresql";
const bin = existsSync(packages)
  ? readdirSync(packages)
      .map((version) => join(packages, version, "bin"))
      .find((folder) => existsSync(join(folder, "initdb")))
  : undefined;
// Postgres refuses to be run by root; the package has a user for it.
const isRoot = process.getuid?.() === 0;
const number = (flag: string) => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
const user = isRoot ? { uid: number("-u"), gid: number("-g") } : {};
if (bin === undefined)
  process.stderr.write("Postgres is not installed: pgvector's adapter has met no real one.\n");

let folder: string;
let server: ChildProcess;
let address: string;

beforeAll(async () => {
  if (bin === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "lockstep-pg-"));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const init = ["-D", data, "-U", "lockstep", "-A", "trust", "--no-sync"];
  const made = spawnSync(join(bin, "initdb"), init, { ...user, encoding: "utf8", cwd: folder });
  if (made.status !== 0) throw new Error(made.stderr);
  const port = await freePort();
  const options = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"];
  server = spawn(join(bin, "postgres"), options, { ...user, stdio: "ignore", cwd: folder });
  address = `postgres://lockstep@127.0.0.1:${port}/postgres`;
  const pool = new Pool({ connectionString: address });
  pool.on("error", () => undefined);
  for (let tries = 0; ; tries++) {
    try {
      await pool.query("SELECT 1");
      break;
    } catch (error) {
      if (tries > 100) throw error;
      await wait(100);
    }
  }
  // The extension is in no package here: its type and its operator as far as the adapter uses them.
  await pool.query(`
    CREATE DOMAIN vector AS text;
    CREATE FUNCTION distance(text, text) RETURNS float8 LANGUAGE sql AS
      $$ SELECT sum((a - b) ^ 2) FROM unnest(translate($1, '[]', '{}')::float8[], translate($2, '[]', '{}')::float8[]) AS t(a, b) $$;
    CREATE OPERATOR <-> (LEFTARG = text, RIGHTARG = text, FUNCTION = distance);
    CREATE SCHEMA "odd ""name";
    CREATE TABLE "odd ""name".chunks (doc int, "the vector" vector, written timestamptz);
    INSERT INTO "odd ""name".chunks VALUES
      (1, '[0,0]', '2026-11-20T10:00:00Z'), (2, '[1,1]', '2026-11-20T12:00:00+02:00'), (3, '[9,9]', NULL);
    CREATE TABLE empty (id text, embedding vector, updated_at timestamptz);`);
  await pool.end();
}, 60_000);
afterAll(async () => {
  if (server !== undefined && server.exitCode === null) {
    const exit = new Promise<void>((resolve) => server.once("exit", () => resolve()));
    server.kill("SIGINT");
    await exit;
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const columns = { id: "doc", vector: "the vector", time: "written", distance: "l2" } as const;
const chunks = 'odd "name.chunks';

describe.skipIf(bin === undefined)(
  `an index in a real Postgres${bin === undefined ? " (skipped: Postgres is not installed)" : ""}`,
  () => {
    it("finds the nearest, from many connections at once, and tells its newest document", async () => {
      const search = new PgvectorSearch(postgres(address, 3), chunks, columns, 2);
      const queries = [
        { text: "a", vector: [0, 0] },
        { text: "b", vector: [8, 8] },
      ];
      const found = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          search.search(queries[index % 2] as { text: string; vector: number[] }),
        ),
      );
      expect(found.slice(0, 2)).toEqual([
        ["1", "2"],
        ["3", "2"],
      ]);
      expect(new Set(found.map(String)).size).toBe(2);
      expect(await search.newest()).toEqual(new Date("2026-11-20T10:00:00Z"));
      await search.close();
    });

    it("says by its code what is wrong, and nothing of the address", async () => {
      const missing = new PgvectorSearch(postgres(address, 1), "nowhere", columns, 2);
      await expect(missing.search({ text: "a", vector: [0, 0] })).rejects.toThrow(
        "It did not answer: 42P01.",
      );
      await missing.close();
      const empty = new PgvectorSearch(
        postgres(address, 1),
        "empty",
        { id: "id", vector: "embedding", time: "updated_at", distance: "l2" },
        2,
      );
      expect(await empty.search({ text: "a", vector: [0, 0] })).toEqual([]);
      await expect(empty.newest()).rejects.toThrow("No document has a time in the column that is named");
      await empty.close();
      const closed = new PgvectorSearch(postgres("postgres://a:hidden@127.0.0.1:1/b", 1), "c", columns, 2);
      await expect(closed.newest()).rejects.toThrow(/^It did not answer: ECONNREFUSED\.$/);
      await closed.close();
    });
  },
);
