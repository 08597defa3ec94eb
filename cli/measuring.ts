import { accessSync, constants, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { short } from "../config/hash";
import type { Stack } from "../config/stack";
import type { KindName } from "../lifecycle/kind";
import { type Bounds, Budget } from "../measure/budget";
import { Client } from "../measure/client";
import { type Heading, Journal, JournalError } from "../measure/journal";
import type { MeasuredGateway } from "../measure/measurement";
import { SchemaError } from "../measure/schema";
import type { AddingOptions } from "./addMeasured";
import { UsageError } from "./exit";
import { interruptible } from "./interruptible";
import { providersOf } from "./measuredText";
import { refusing } from "./orUsage";
import { stackOrOwn } from "./pairAhead";

/** The options of every command that measures a running gateway. */
export interface MeasuringOptions extends AddingOptions {
  stack?: string;
  url?: string;
  providers: string;
  maxRequests?: string;
  maxSeconds?: string;
  maxUsd?: string;
  journal?: string;
}

export interface Measuring {
  environment: "staging" | "production";
  stack: Stack;
  client: Client;
  url: string;
  providers: "real" | "stub";
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The stack that is measured, staging's unless one is named, by a job in LOCKSTEP_STACK, and its running gateway. */
export function measuringOf(
  root: string,
  options: MeasuringOptions,
  env: Environment,
  userAgent?: string,
): Measuring {
  const { environment, stack } = stackOrOwn(root, options.stack, env, "It cannot be measured");
  const url = options.url ?? env.LOCKSTEP_GATEWAY_URL;
  if (url === undefined || url === "")
    throw new UsageError("Name the gateway with --url, or in LOCKSTEP_GATEWAY_URL.");
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError("The gateway's address is no http or https URL.");
  const { username, password } = new URL(url);
  if (username !== "" || password !== "")
    throw new UsageError(
      "The gateway's address has a user or a password in it: its key is LOCKSTEP_GATEWAY_KEY.",
    );
  const key = env.LOCKSTEP_GATEWAY_KEY;
  if (key === undefined || key === "")
    throw new UsageError("LOCKSTEP_GATEWAY_KEY is not set: the key with which the gateway is asked.");
  const providers = providersOf(options.providers);
  return {
    environment,
    stack,
    client: new Client(url, key, userAgent),
    url,
    providers,
  };
}

/** The bounds that the options set, over what is planned. What costs money has to be bounded by whoever pays it. */
export function boundsOf(
  { maxRequests, maxSeconds, maxUsd, providers }: MeasuringOptions,
  planned: Omit<Bounds, "usd">,
): Bounds {
  const bound = (name: string, text: string | undefined, otherwise: number): number => {
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || !(value > 0))
      throw new UsageError(`${name} has to be a number above zero.`);
    return value;
  };
  if (maxUsd === undefined && providers !== "stub")
    throw new UsageError("--max-usd is missing: what may be spent at the most, in USD.");
  return {
    requests: bound("--max-requests", maxRequests, planned.requests),
    seconds: bound("--max-seconds", maxSeconds, planned.seconds),
    usd: bound("--max-usd", maxUsd, Number.MAX_SAFE_INTEGER),
  };
}

/**
 * The journal of a measurement: beside others of the project, unless it is named. A job's project is read-only: there
 * it is in the temporary folder. `window`: of what is measured anew for each.
 */
export function journalOf<T>(
  root: string,
  name: KindName | "baseline" | "sample",
  options: Pick<MeasuringOptions, "cwd" | "journal">,
  heading: Heading,
  hash: string,
  window?: string,
) {
  const path =
    options.journal === undefined
      ? join(
          journalFolder(root),
          `${name}-${hash.slice(0, 12)}${window === undefined ? "" : `-${window}`}.jsonl`,
        )
      : resolve(options.cwd, options.journal);
  return refusing(JournalError)(() => ({ path, journal: new Journal<T>(path, heading) }));
}

export function journalFolder(root: string): string {
  try {
    accessSync(root, constants.W_OK);
    return join(root, ".lockstep");
  } catch {
    return tmpdir();
  }
}

export const budgetOf = (bounds: Bounds, used: Bounds): Budget =>
  new Budget(bounds, () => performance.now() / 1000, used);

/** What was measured is of more than one behaviour: neither it nor its journal is of use. */
export class VoidError extends UsageError {}

/** Asks the running gateway before and after what it is: another behaviour than the stack's is not measured. */
export async function between<T>(
  { environment, stack, client, providers }: Measuring,
  tool: MeasuredGateway["tool"],
  run: () => Promise<T>,
): Promise<{ gateway: MeasuredGateway; found: T }> {
  const hash = async () => {
    try {
      return await client.behaviourHash();
    } catch (error) {
      const why = error instanceof Error ? error.message.split("\n")[0] : "";
      throw new UsageError(
        `The gateway does not say what it runs; does it run, and is this its master key? ${why}`,
      );
    }
  };
  const before = await hash();
  if (before !== stack.behaviourHash)
    throw new UsageError(
      `The gateway runs another behaviour (${short(before)}) than the stack ${stack.name} declares (${short(stack.behaviourHash)}): update it first.`,
    );
  const started = new Date();
  const found = await run();
  const ended = new Date();
  const gateway = { before, after: await hash() };
  if (gateway.after !== before)
    throw new VoidError(
      "The gateway's behaviour hash was another one after the measurement: what was measured is void, and was thrown away.",
    );
  return { found, gateway: { environment, stack: stack.name, gateway, providers, tool, started, ended } };
}

/** Ctrl-C ends the sending; what was measured stays in the journal, unless it is void or nothing. */
export function stoppable<T>(
  { path, journal }: { path: string; journal: Pick<Journal<unknown>, "empty"> },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return interruptible(async (signal) => {
    try {
      return await run(signal);
    } catch (error) {
      if (error instanceof VoidError) rmSync(path, { force: true });
      if (signal.aborted)
        throw new UsageError(
          `Stopped. What was measured is in ${path}: the same command goes on from there.`,
        );
      throw error instanceof JournalError ? new UsageError(error.message) : error;
    } finally {
      // The corrected command is another measurement.
      if (journal.empty) rmSync(path, { force: true });
    }
  });
}

/** A schema by which no answer can be judged is said before anything is asked or read. */
export const orSchema = refusing(SchemaError);
