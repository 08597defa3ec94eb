import { describe, expect, it } from "vitest";
import { recordedDrift } from "../../measure/drift/recorded";
import { readState } from "../../measure/drift/state";
import { deployedRecord } from "../lifecycle/deployedRecord";
import { bytesOf } from "./deployed";

const record = deployedRecord();
const [topic = "", stack = ""] = record.resources;

function differences(hash: string | undefined, ...urns: (string | { urn: string; delete: boolean })[]) {
  const resources = [...urns, stack].map((given) => {
    const { urn, ...more } = typeof given === "string" ? { urn: given } : given;
    const type = (urn.split("::")[2] ?? "").split("$").at(-1);
    return { urn, type, outputs: type === "pulumi:pulumi:Stack" ? { behaviourHash: hash } : {}, ...more };
  });
  return recordedDrift(record, readState(bytesOf({ version: 3, deployment: { resources } }))).flatMap(
    (found) => found.differences,
  );
}

describe("the state against the record of the last update", () => {
  it("has no difference where nothing has changed since", () => {
    expect(differences(record.behaviourHash, topic)).toEqual([]);
  });

  it("tells a behaviour that no recorded update made", () => {
    expect(differences("b".repeat(64), topic)).toEqual([
      {
        area: "behaviour",
        name: "the stack",
        difference: "the behaviour hash in the state is not that of the last recorded update",
        declared: "c7050e347c2b…",
        deployed: "bbbbbbbbbbbb…",
      },
    ]);
    expect(differences(undefined, topic).map(({ deployed }) => deployed)).toEqual(["none"]);
  });

  it("tells what came and what went since, and not what is being deleted", () => {
    const other = topic.replace("-alarms", "-more");
    expect(differences(record.behaviourHash, other, { urn: topic, delete: true })).toEqual([
      {
        area: "resources",
        name: "Topic production-more",
        difference: "it is in the state, and not in the record of the last update",
      },
      {
        area: "resources",
        name: "Topic production-alarms",
        difference: "the last recorded update left it, and it is not in the state",
      },
    ]);
  });
});
