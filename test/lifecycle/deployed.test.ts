import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { type Deployed, formatDeployed, readDeployed } from "../../lifecycle/deployed";
import { deployedRecord } from "./deployedRecord";

const file = "deployed/production.json";
const read = (text: string) => readDeployed(memoryFiles({ [file]: text }), "production");
const changed = (more: object) => read(JSON.stringify({ ...deployedRecord(), ...more }));

describe("the record of an update", () => {
  it("is read as it was written", () => {
    expect(read(formatDeployed(deployedRecord()))).toEqual(deployedRecord());
    const { commit: _, behaviourHash: __, ...least } = deployedRecord();
    expect(read(formatDeployed(least))).toEqual(least);
  });

  it("may be missing", () => {
    expect(readDeployed(memoryFiles({}), "production")).toBe(undefined);
    expect(readDeployed(memoryFiles({ [file]: formatDeployed(deployedRecord()) }), "staging")).toBe(
      undefined,
    );
  });

  it.each<[string, object, string]>([
    ["a URN that is none", { resources: ["urn:pulumi:a::b::c::d", "d"] }, "resources[1]"],
    ["another version", { version: 2 }, "version"],
    ["a short hash", { behaviourHash: "c7050e" }, "behaviourHash"],
    ["a key more", { secret: "x" }, "secret"],
    ["a key less", { policies: undefined }, "policies"],
    ["a branch in place of a commit", { commit: "main" }, "commit"],
  ])("is refused with %s", (_, more, path) => {
    expect(() => changed(more)).toThrow(`${file}: ${path} is not what lockstep up writes there.`);
  });

  it("is refused where it is no JSON, no record, or another stack's", () => {
    expect(() => read("{")).toThrow(`${file} is not JSON.`);
    expect(() => read("[]")).toThrow(`${file} is not what lockstep up writes there.`);
    expect(() => changed({ stack: "staging" })).toThrow(`${file} is the record of "staging".`);
  });

  it("is never written otherwise", () => {
    expect(() => formatDeployed({ ...deployedRecord(), time: "today" } as Deployed)).toThrow();
  });
});
