import type { ProjectFiles } from "../config/files";
import { short } from "../config/hash";
import type { Pair } from "../config/pair";
import { evidenceFolder, evidenceStore } from "../lifecycle/evidence";

/** One request as the raw output of `routing` evidence has it; see scripts/evidence/measure/routing.ts. */
interface Seen {
  status: number;
  /** The deployments that were called, in order: "<route>.<model>.<order>". */
  calls: string[];
}

interface Raw {
  gateway: { litellm: string };
  requests: { staging: Record<string, Record<string, Seen[]>> };
}

/**
 * What each route does when its first target fails, from the newest evidence about staging's present behaviour;
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
  const { gateway, requests } = JSON.parse(Buffer.from(read.bytes).toString("utf8")) as Raw;
  const routes = Object.keys(staging.config.routes);
  return `${head(newest.file, gateway.litellm, newest.hash, newest.statement.predicate.ended)}
${routes.map((route) => section(route, requests.staging)).join("\n")}`;
}

const head = (
  file: string,
  litellm: string,
  hash: string,
  ended: string,
) => `# What each route does under faults

<!-- Generated from the evidence about routing by \`npm run generate\`. -->

What arrived at the providers' side, in order, when every call to a route's first target failed: measured on
LiteLLM ${litellm} with staging's rendered configuration (behaviour ${short(hash)}) on ${ended.slice(0, 10)}, against
stand-ins for the providers. Requests were sent one after the other, as many as it takes to open the target's
cool-down and one more. The raw output is beside [the statement](../${file}).

\`×3\` is three calls to the same target: the first and two retries. A request that called nobody found all targets
cooling down.
`;

function section(route: string, byFault: Raw["requests"]["staging"]): string {
  const rows = Object.entries(byFault).flatMap(([fault, byRoute]) =>
    runs(byRoute[route] ?? []).map(({ from, to, seen }, index) => {
      const which = from === to ? `${from}` : `${from} to ${to}`;
      return `| ${index === 0 ? fault : ""} | ${which} | ${callsText(route, seen.calls)} | ${seen.status} |`;
    }),
  );
  return `## ${route}

| fault | request | calls | the client gets |
|---|---|---|---|
${rows.join("\n")}
`;
}

/** Requests in a row that went the same way, by their numbers. */
function runs(all: readonly Seen[]): { from: number; to: number; seen: Seen }[] {
  const found: { from: number; to: number; seen: Seen }[] = [];
  all.forEach((seen, index) => {
    const last = found.at(-1);
    if (last && JSON.stringify(last.seen) === JSON.stringify(seen)) last.to = index + 1;
    else found.push({ from: index + 1, to: index + 1, seen });
  });
  return found;
}

function callsText(route: string, calls: readonly string[]): string {
  const grouped: { target: string; count: number }[] = [];
  for (const call of calls) {
    const target = targetOf(route, call);
    const last = grouped.at(-1);
    if (last?.target === target) last.count++;
    else grouped.push({ target, count: 1 });
  }
  if (grouped.length === 0) return "none";
  return grouped.map(({ target, count }) => (count === 1 ? target : `${target} ×${count}`)).join(", then ");
}

/** "chat-large", or "chat-fast of economy-chat" for a fallback's. Neither routes nor models have dots. */
function targetOf(route: string, call: string): string {
  const [caller = "", model = ""] = call.split(".");
  return caller === route ? `\`${model}\`` : `\`${model}\` of \`${caller}\``;
}
