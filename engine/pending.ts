import { isRecord } from "../config/record";
import { visible } from "../config/visible";

/** An operation that an update began and that the state does not know the end of. */
export interface PendingOperation {
  /** creating, updating, deleting, reading or importing (sdk/go/common/apitype/core.go, OperationType). */
  doing: string;
  type: string;
  name: string;
}

/** Those of an exported stack. */
export function pendingOperations(state: Uint8Array): PendingOperation[] {
  const { deployment } = recordOf(JSON.parse(Buffer.from(state).toString("utf8")));
  const { pending_operations: listed } = recordOf(deployment);
  if (!Array.isArray(listed)) return [];
  return listed.map(recordOf).map(({ type, resource }) => {
    const { urn, type: resourceType } = recordOf(resource);
    return { doing: text(type), type: text(resourceType), name: text(urn).split("::").slice(3).join("::") };
  });
}

const recordOf = (value: unknown) => (isRecord(value) ? value : {});
const text = (value: unknown): string => (typeof value === "string" ? visible(value) : "");

const mostNamed = 10;

/**
 * What they mean for a person; undefined where there are none. The engine goes on without a word: it makes what was
 * being made once more, under another id.
 */
export function pendingText(operations: readonly PendingOperation[], stack: string): string | undefined {
  const [created, others] = [true, false].map((isCreate) =>
    operations.filter(({ doing }) => (doing === "creating") === isCreate),
  );
  const texts = [
    created?.length &&
      `An update was ended while it was creating ${named(created)}: in the cloud it may be there, and the next update makes another. Look for it, then run pulumi refresh -s ${stack} in a terminal: it asks whether to take it in by its id or to forget it.`,
    others?.length &&
      `An update was ended while it was changing ${named(others)}: the state may not say how it is now. pulumi refresh -s ${stack} reads it.`,
  ];
  return texts.filter(Boolean).join("\n") || undefined;
}

function named(operations: readonly PendingOperation[]): string {
  // What was ended so twice stands in the state twice.
  const all = [...new Set(operations.map(({ type, name }) => `${type} ${name}`))];
  const shown = all.slice(0, mostNamed);
  const more = all.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
