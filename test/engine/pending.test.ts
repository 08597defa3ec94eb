import { describe, expect, it } from "vitest";
import { pendingOperations, pendingText } from "../../engine/pending";

const urn = "urn:pulumi:staging::lockstep::lockstep:index:Secrets$aws:kms/key:Key::";
const operation = (type: string, name: string) => ({
  type,
  resource: { urn: urn + name, type: "aws:kms/key:Key", custom: true },
});
const state = (deployment: unknown) => Buffer.from(JSON.stringify({ version: 3, deployment }));

describe("what an update left open", () => {
  it("is read of an exported state", () => {
    const listed = [operation("creating", "a"), operation("deleting", "b")];
    expect(pendingOperations(state({ pending_operations: listed }))).toEqual([
      { doing: "creating", type: "aws:kms/key:Key", name: "a" },
      { doing: "deleting", type: "aws:kms/key:Key", name: "b" },
    ]);
    expect(pendingOperations(state({ resources: [] }))).toEqual([]);
    expect(pendingOperations(state(null))).toEqual([]);
  });

  it("is told apart: what may be there unknown, and what may be another than the state says", () => {
    const listed = [
      ...["creating", "creating"].map((doing, index) => ({
        doing,
        type: "aws:sns/topic:Topic",
        name: `t${index}`,
      })),
      { doing: "updating", type: "aws:kms/key:Key", name: "k" },
      { doing: "updating", type: "aws:kms/key:Key", name: "k" },
    ];
    expect(pendingText(listed, "staging")).toBe(
      `An update was ended while it was creating aws:sns/topic:Topic t0, aws:sns/topic:Topic t1: in the cloud it may be there, and the next update makes another. Look for it, then run pulumi refresh -s staging in a terminal: it asks whether to take it in by its id or to forget it.
An update was ended while it was changing aws:kms/key:Key k: the state may not say how it is now. pulumi refresh -s staging reads it.`,
    );
    expect(pendingText([], "staging")).toBeUndefined();
  });

  it("is named up to ten, and without characters that a terminal obeys", () => {
    const listed = Array.from({ length: 12 }, (_, index) => operation("updating", `k${index}\u001b[2J`));
    expect(pendingText(pendingOperations(state({ pending_operations: listed })), "staging")).toMatch(
      /aws:kms\/key:Key k9\\u\{1b\}\[2J, 2 more: the state/,
    );
  });
});
