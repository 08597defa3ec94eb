import type { Stack } from "../../config/stack";
import type { KindName } from "../../lifecycle/kind";
import type { Client } from "../../measure/client";
import { conform } from "../../measure/conform/conform";
import { measuredOf } from "../../measure/conform/evidence";
import type { Side } from "../../measure/conform/side";
import type { Measured as General } from "../../measure/measurement";
import type { StandIn } from "../../measure/standIn/standIn";

/** What every measurement is given: a running gateway and the stand-ins behind it. */
export interface Subject {
  stack: Stack;
  client: Client;
  standIn: StandIn;
  /** What was changed in the rendered gateway so that it runs here. */
  adaptations: readonly string[];
}

/** A measurement with the times and the hash that the gateway reported around it. */
/** What an example's measurement found out. */
export type Measured = Omit<General, "inconclusive"> & { inconclusive?: string[] };

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
  const { samples, repeats, results, raw } = measuredOf(found, { ...staging, timeScale: 1 });
  const { notes, timeScale, traces } = raw;
  return {
    kind: "routing",
    command,
    started: found.started,
    ended: found.ended,
    gateway: { before: found.behaviourHash, after: found.behaviourHash },
    adaptations: staging.adaptations,
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
