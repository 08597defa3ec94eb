import type { Stack } from "../../config/stack";
import type { KindName } from "../../lifecycle/kind";
import type { Client } from "../../measure/client";
import { conform } from "../../measure/conform/conform";
import { evidenceOf } from "../../measure/conform/evidence";
import type { Side } from "../../measure/conform/side";
import type { StandIn } from "../../measure/standIn/standIn";

/** What every measurement is given: a running gateway and the stand-ins behind it. */
export interface Subject {
  stack: Stack;
  client: Client;
  standIn: StandIn;
  /** What was changed in the rendered gateway so that it runs here. */
  adaptations: readonly string[];
}

/** What a measurement found out; the rest of a statement is the same for all. */
export interface Measured {
  results: Record<string, unknown>;
  samples: number;
  repeats: number;
  /** Why the data do not decide; empty where they do. */
  inconclusive?: string[];
  /** What the results were computed from, and what a reader has to know of it. */
  raw: { notes: string[]; [key: string]: unknown };
}

/** A measurement with the times and the hash that the gateway reported around it. */
export interface Finished extends Measured {
  kind: KindName;
  command: string;
  started: Date;
  ended: Date;
  gateway: { before: string; after: string };
  adaptations: readonly string[];
}

/** Measures, and asks the running gateway before and after what it is. */
export async function finished(
  kind: KindName,
  subject: Subject,
  measure: (subject: Subject) => Promise<Measured>,
): Promise<Finished> {
  const started = new Date();
  console.log(`${clock(started)}  ${kind} …`);
  const before = await subject.client.behaviourHash();
  const measured = await measure(subject);
  const after = await subject.client.behaviourHash();
  const ended = new Date();
  console.log(`${clock(ended)}  ${kind} measured`);
  return {
    ...measured,
    kind,
    command,
    started,
    ended,
    gateway: { before, after },
    adaptations: subject.adaptations,
  };
}

/** Compares two running gateways, which report themselves what they are, before and after. */
export async function conformed(staging: Side, production: Side): Promise<Finished> {
  console.log(`${clock(new Date())}  routing …`);
  const found = await conform(staging, production, { timeScale: 1 });
  console.log(`${clock(found.ended)}  routing measured`);
  const { adaptations, stack } = staging;
  const tool = { name: "", version: "", command };
  const { predicate, raw } = evidenceOf(found, { stack: stack.name, adaptations, timeScale: 1, tool });
  const { samples, repeats, results } = predicate;
  const { notes, timeScale, traces } = raw;
  return {
    kind: "routing",
    command,
    started: found.started,
    ended: found.ended,
    gateway: { before: found.behaviourHash, after: found.behaviourHash },
    adaptations,
    samples,
    repeats,
    results,
    raw: { notes, timeScale, traces },
  };
}

const command = [
  "npm run evidence",
  ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : []),
].join(" ");

const clock = (time: Date) => time.toISOString().slice(11, 19);
