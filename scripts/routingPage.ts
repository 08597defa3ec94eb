import type { ProjectFiles } from "../config/files";
import { short } from "../config/hash";
import type { Pair } from "../config/pair";
import { isRecord } from "../config/record";
import { evidenceFolder, evidenceStore } from "../lifecycle/evidence";
import { requiredFaults } from "../lifecycle/kinds/routing";
import type { RawTraces } from "../measure/conform/evidence";
import { pathText } from "../measure/conform/path";
import type { Phase, Trace } from "../measure/conform/trace";

/**
 * What each route does under faults, from the newest evidence about staging's present behaviour;
 * undefined where there is none, so that a page is never about something else than the configuration.
 */
export function routingPage(files: ProjectFiles, { staging, releases }: Pair): string | undefined {
  const store = evidenceStore(files);
  const [newest] = [...releases.keys()]
    .flatMap((id) => store.of(id).evidence)
    .filter(({ kind, hash, rawFault }) => kind === "routing" && hash === staging.behaviourHash && !rawFault)
    .sort((a, b) => Date.parse(b.statement.predicate.ended) - Date.parse(a.statement.predicate.ended));
  if (newest === undefined) return undefined;
  const read = files.read(`${evidenceFolder(newest.release)}/${newest.statement.predicate.raw.file}`);
  if (!read.found) return undefined;
  const raw = JSON.parse(Buffer.from(read.bytes).toString("utf8")) as RawTraces;
  const routes = Object.keys(staging.config.routes);
  const { results } = newest.statement.predicate;
  const same = isRecord(results) && Array.isArray(results.differences) && results.differences.length === 0;
  return `${head(newest.file, raw, newest.hash, newest.statement.predicate.ended, same)}
${routes.map((route) => section(route, raw.traces.staging)).join("\n")}`;
}

const head = (
  file: string,
  { gateway, timeScale }: RawTraces,
  hash: string,
  ended: string,
  same: boolean,
) => `# What each route does under faults

<!-- Generated from the evidence about routing by \`npm run generate\`. -->

What arrived at the providers' side, in order, while calls to a route's first target failed ("all targets down": calls
to all targets of the route and of those that it falls back to). Measured by [\`lockstep conform\`](conform.md) on
LiteLLM ${gateway.litellm} with staging's rendered configuration (behaviour ${short(hash)}) on ${ended.slice(0, 10)}, against
stand-ins for the providers${timeScale === 1 ? "" : `, all times scaled by ${timeScale}`}. ${same ? "Production's gateway did the same." : "Production's gateway did not do the same everywhere: the statement says where."} The raw output is beside
[the statement](../${file}).

"At once" are requests sent together; "afterwards" are those sent when the cool-down, or the breaker, should be open.
\`×3\` is three calls to the same target: the first and two retries. Without a call, nobody was there to take it, or
all targets were cooling down. "Takes" is from the request to the end of the answer.
`;

function section(route: string, traces: readonly Trace[]): string {
  const own = traces.filter((trace) => trace.route === route);
  const faults = [...new Set(own.map(({ fault }) => fault))].sort(
    (a, b) => requiredFaults.indexOf(a) - requiredFaults.indexOf(b),
  );
  const rows = faults.flatMap((fault) =>
    rowsOf(own.filter((trace) => trace.fault === fault)).map(
      ({ which, calls, client, takes }, index) =>
        `| ${index === 0 ? fault : ""} | ${which} | ${calls} | ${client} | ${takes} |`,
    ),
  );
  return `## ${route}

| fault | request | calls | the client gets | takes |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

interface Row {
  which: string;
  calls: string;
  client: string;
  takes: string;
}

/** One row for requests of a phase that went the same way. That a target is called again afterwards is no news. */
function rowsOf(traces: readonly Trace[]): Row[] {
  const phases: [Phase, (count: number, all: number) => string][] = [
    ["alone", () => "one"],
    ["together", (count, all) => (count === all ? `${all} at once` : `${count} of ${all} at once`)],
    ["after", (count, all) => (count === all && all > 1 ? "afterwards, all" : "afterwards")],
  ];
  return phases.flatMap(([phase, name]) => {
    const all = traces.filter((trace) => trace.phase === phase);
    const groups = new Map<string, Trace[]>();
    for (const trace of all) {
      const key = `${pathText(trace.route, trace.calls, "`")} | ${trace.client}`;
      groups.set(key, [...(groups.get(key) ?? []), trace]);
    }
    return Array.from(groups.values(), (group): Row => {
      const [first] = group as [Trace];
      const seconds = group.map((trace) => trace.seconds);
      const [least, most] = [Math.min(...seconds).toFixed(1), Math.max(...seconds).toFixed(1)];
      return {
        which: name(group.length, all.length),
        calls: pathText(first.route, first.calls, "`"),
        client: first.client,
        takes: least === most ? `${least} s` : `${least} to ${most} s`,
      };
    });
  });
}
