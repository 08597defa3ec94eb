import type { Client } from "../client";
import type { Journal } from "../journal";
import type { CanaryPlan } from "./plan";
import type { CanaryRecord } from "./record";
import { type CanaryContext, runCanary } from "./run";
import { joined, readServed, type ServedFound, servedModels } from "./served";

/** What the providers named in one stretch of a measurement, however it ended. */
export interface StretchRecord {
  served: ServedFound;
}
export type JournalRecord = CanaryRecord | StretchRecord;

export const canaryRecords = (records: readonly JournalRecord[]): CanaryRecord[] =>
  records.filter((record) => "cell" in record);

export interface StretchContext extends Omit<CanaryContext, "client" | "journal"> {
  client: Pick<Client, "full" | "embeddings" | "metrics">;
  journal: Pick<Journal<JournalRecord>, "earlier" | "add">;
}

/** Asks what is still to be asked, and reads before and after which models the gateway has seen answer. */
export async function runStretch(
  plan: CanaryPlan,
  context: StretchContext,
): Promise<{ records: CanaryRecord[]; served: ServedFound }> {
  const { config, client, journal } = context;
  const stretches = journal.earlier.flatMap((record) => ("served" in record ? [record.served] : []));
  const earlier = canaryRecords(journal.earlier);
  const added: CanaryRecord[] = [];
  const before = await readServed(client);
  const end = async () => {
    if (added.length === 0 && stretches.length > 0) return;
    const served = servedModels(config, plan.cells, added, before, await readServed(client));
    journal.add({ served });
    stretches.push(served);
  };
  const add = (record: CanaryRecord) => {
    journal.add(record);
    added.push(record);
  };
  let records: CanaryRecord[];
  try {
    records = await runCanary(plan, { ...context, journal: { earlier, add } });
  } finally {
    await end();
  }
  return { records, served: joined(stretches) };
}
