import { statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { credentialIn } from "../config/credentialPattern";
import { sentence } from "../config/schema/names";
import { hash } from "../config/schema/release";
import type { Stack } from "../config/stack";
import { quote } from "../config/visible";
import { Client } from "../measure/client";
import { UsageError } from "./exit";
import { runCommand } from "./runCommand";

/** How a run of another tool is bound to the gateway that it asked. */
export interface AroundOptions {
  cwd: string;
  url?: string;
  run?: string;
  hashBefore?: string;
  hashAfter?: string;
  started?: string;
  ended?: string;
  command?: string;
}

export interface Around {
  gateway: { before: string; after: string };
  started: Date;
  ended: Date;
  command: string;
}

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  now: () => Date;
  err: (text: string) => void;
  /** What else is looked at right before the command and right after it, between the two questions for the hash. */
  beside?: () => Promise<void>;
}

/**
 * Asks the gateway for its behaviour hash, lets the tool run, and asks again; or takes both hashes and times from the
 * options, where the tool ran elsewhere. Undefined where neither is asked for.
 *
 * @param files what the command has to write: what lies there already is of another run
 */
export async function measuredAround(
  options: AroundOptions,
  files: readonly string[],
  staging: Stack,
  surroundings: Surroundings,
): Promise<Around | undefined> {
  const { url, run } = options;
  const told = (["hashBefore", "hashAfter", "started", "ended", "command"] as const).filter(
    (name) => options[name] !== undefined,
  );
  if (url === undefined && run === undefined) {
    if (told.length === 0) return undefined;
    return elsewhere(options, staging);
  }
  if (url === undefined || run === undefined)
    throw new UsageError("--url and --run go together: the gateway is asked before and after the command.");
  if (told.length > 0)
    throw new UsageError("--url and --run find out what --hash-before, --started and the like would say.");
  return here({ ...options, url, run }, files, staging, surroundings);
}

function elsewhere(options: AroundOptions, staging: Stack): Around {
  const { hashBefore, hashAfter, started, ended, command } = options;
  if (
    hashBefore === undefined ||
    hashAfter === undefined ||
    started === undefined ||
    ended === undefined ||
    command === undefined
  )
    throw new UsageError(
      "A run made elsewhere needs --hash-before, --hash-after, --started, --ended and --command, all of them.",
    );
  for (const [flag, value] of [
    ["--hash-before", hashBefore],
    ["--hash-after", hashAfter],
  ] as const)
    if (!hash().safeParse(value).success)
      throw new UsageError(`${flag} is no behaviour hash: 64 hexadecimal digits in lower case.`);
  for (const [flag, value] of [
    ["--started", started],
    ["--ended", ended],
  ] as const)
    if (!z.iso.datetime().safeParse(value).success)
      throw new UsageError(`${flag} has to be a time in UTC, such as "2026-11-21T12:00:00Z".`);
  checkCommand("--command", command);
  checkDeclared(hashBefore, staging);
  checkSame(hashBefore, hashAfter);
  return {
    gateway: { before: hashBefore, after: hashAfter },
    started: new Date(started),
    ended: new Date(ended),
    command,
  };
}

async function here(
  { cwd, url, run }: { cwd: string; url: string; run: string },
  files: readonly string[],
  staging: Stack,
  { env, now, err, beside }: Surroundings,
): Promise<Around> {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new UsageError("--url is no http or https URL.");
  const key = env.LOCKSTEP_GATEWAY_KEY;
  if (key === undefined || key === "")
    throw new UsageError("LOCKSTEP_GATEWAY_KEY is not set: the key with which the gateway is asked.");
  checkCommand("--run", run);
  const client = new Client(url, key);
  try {
    const before = await asked(client);
    checkDeclared(before, staging);
    const old = files.map((file) => stamp(cwd, file));
    await beside?.();
    const started = now();
    const code = await runCommand(run, cwd);
    const ended = now();
    await beside?.();
    if (code !== 0) err(`lockstep: the command exited with ${code}; its results are read all the same.\n`);
    const after = await asked(client);
    checkSame(before, after);
    for (const [index, file] of files.entries())
      if (stamp(cwd, file) === old[index])
        throw new UsageError(
          `The command did not write ${quote(file)}: what lies there is of another run, or nothing does.`,
        );
    return { gateway: { before, after }, started, ended, command: run };
  } finally {
    client.close();
  }
}

/** Changes whenever a file is written. */
function stamp(cwd: string, file: string): string {
  const stats = statSync(resolve(cwd, file), { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? "" : `${stats.ino} ${stats.mtimeNs} ${stats.size}`;
}

async function asked(client: Client): Promise<string> {
  try {
    return await client.behaviourHash();
  } catch (error) {
    // The client's own words: a path and a status, or a system's error code.
    const why = error instanceof Error ? error.message.split("\n")[0] : "";
    throw new UsageError(
      `The gateway does not say what it runs; does it run, and may this key ask for /model/info? ${why}`,
    );
  }
}

function checkCommand(flag: string, command: string): void {
  const credential = credentialIn(command);
  if (credential !== undefined)
    throw new UsageError(
      `${flag} has ${credential} in it, and it becomes part of the evidence: give it by the environment.`,
    );
  if (!sentence(1, 2_000).safeParse(command).success)
    throw new UsageError(`${flag} has to be one line of at most 2,000 characters.`);
}

function checkDeclared(before: string, staging: Stack): void {
  if (before !== staging.behaviourHash)
    throw new UsageError(
      `The gateway runs another behaviour than the stack ${staging.name} declares: deploy the present files, and measure that.`,
    );
}

function checkSame(before: string, after: string): void {
  if (before !== after)
    throw new UsageError(
      "The gateway's behaviour hash was another one afterwards: its configuration changed meanwhile. Nothing was written; run it again.",
    );
}
