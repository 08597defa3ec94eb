import type { Wanted } from "../measure/drift/audit";
import { DriftInputError } from "../measure/drift/json";
import type { RunningGateway } from "../measure/drift/running";
import { hashesOf, readDeployments } from "../measure/drift/running";
import { readServed } from "../measure/fingerprint/served";
import type { MeasuredGateway } from "../measure/measurement";
import { UsageError } from "./exit";
import { type Environment, type Measuring, type MeasuringOptions, measuringOf, VoidError } from "./measuring";

/** What the gateway was asked, and what it was around the audit; undefined where it did not say which it is. */
export interface Asked {
  source: Wanted<RunningGateway>;
  around(tool: MeasuredGateway["tool"], started: Date): Promise<MeasuredGateway | undefined>;
  close(): void;
}

/** Asks the running gateway of a stack what it runs, where one is named. */
export async function askGateway(root: string, options: MeasuringOptions, env: Environment): Promise<Asked> {
  const url = options.url ?? env.LOCKSTEP_GATEWAY_URL;
  if (url === undefined || url === "")
    return notAsked("The running gateway was not asked: name it with --gateway, or in LOCKSTEP_GATEWAY_URL.");
  const measuring = measuringOf(root, options, env);
  try {
    const deployments = readDeployments(await measuring.client.modelInfo());
    const served = await readServed(measuring.client);
    const hashes = hashesOf(deployments);
    return {
      source: { value: { hashes, deployments, served, providers: measuring.providers } },
      around: (tool, started) => around(measuring, hashes, tool, started),
      close: () => measuring.client.close(),
    };
  } catch (error) {
    measuring.client.close();
    return notAsked(`The running gateway does not tell what it runs: ${reasonOf(error)}.`);
  }
}

/** A gateway that was not asked, or did not answer; without a reason where nobody wanted it asked. */
export const notAsked = (why: string | null): Asked => ({
  source: why === null ? null : { why },
  around: async () => undefined,
  close: () => {},
});

/** The client's own words, a status or a system's error; a parser's words quote what came. */
function reasonOf(error: unknown): string {
  if (error instanceof DriftInputError) return error.message;
  const message = error instanceof Error ? error.message : "";
  const [known] =
    /\/model\/info answered \d{3}|\bE[A-Z]{4,20}\b|no answer in 300 seconds/.exec(message) ?? [];
  return known ?? "its answer cannot be read";
}

async function around(
  { environment, stack, client, providers }: Measuring,
  before: readonly unknown[],
  tool: MeasuredGateway["tool"],
  started: Date,
): Promise<MeasuredGateway | undefined> {
  const after = hashesOf(readDeployments(await client.modelInfo()));
  if (JSON.stringify(before) !== JSON.stringify(after))
    throw new VoidError("The gateway's behaviour hash was another one after the audit: run it again.");
  const [hash] = before;
  if (before.length !== 1 || typeof hash !== "string") return undefined;
  return {
    environment,
    stack: stack.name,
    gateway: { before: hash, after: hash },
    providers,
    tool,
    started,
    ended: new Date(),
  };
}

/** Evidence is about one behaviour, and it is the gateway that says which. */
export function needsGateway(
  release: string | undefined,
  gateway: MeasuredGateway | undefined,
  { source }: Asked,
): void {
  if (release === undefined || gateway !== undefined) return;
  const why = source !== null && "why" in source ? ` ${source.why}` : "";
  throw new UsageError(`Evidence is about what a running gateway reports, and none did.${why}`);
}
