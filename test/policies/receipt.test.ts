import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { describe, expect, it } from "vitest";
import { configuredLevels } from "../../policies/configuredLevels";
import { readReceipts, receiptTeller } from "../../policies/receipt";

describe("what the pack tells of its policies", () => {
  it("is each policy once, with its level, in the order of their calls", () => {
    let text = "";
    const called = receiptTeller(
      (policy) => ({ "limits-stricter": "mandatory", "evals-passed": "advisory" })[policy],
      (more) => {
        text += more;
      },
    );
    for (const policy of ["limits-stricter", "evals-passed", "limits-stricter", "our-own"]) called(policy);
    expect(readReceipts(text)).toEqual([
      { policy: "limits-stricter", level: "mandatory" },
      { policy: "evals-passed", level: "advisory" },
      { policy: "our-own", level: "none" },
    ]);
  });

  it("counts for nothing where it is cut off or something else", () => {
    const whole = '{"policy":"a","level":"mandatory"}';
    expect(
      readReceipts(`${whole}\n{"policy":"b","lev\n[]\n{"policy":1,"level":"mandatory"}\nnull\n`),
    ).toEqual([{ policy: "a", level: "mandatory" }]);
    expect(readReceipts("")).toEqual([]);
  });
});

describe("the level of a policy", () => {
  it("is what the engine sends to the pack, which still reads it", () => {
    const levelOf = configuredLevels();
    expect(levelOf("a")).toBe(undefined);
    const request = new proto.ConfigureAnalyzerRequest();
    const { ADVISORY, MANDATORY, DISABLED, REMEDIATE } = proto.EnforcementLevel;
    for (const [policy, level] of [
      ["a", ADVISORY],
      ["b", MANDATORY],
      ["c", DISABLED],
      ["d", REMEDIATE],
    ] as const) {
      const config = new proto.PolicyConfig();
      config.setEnforcementlevel(level);
      request.getPolicyconfigMap().set(policy, config);
    }
    const read = AnalyzerService.configure.requestDeserialize(Buffer.from(request.serializeBinary()));
    expect(read.toObject()).toEqual(request.toObject());
    expect(["a", "b", "c", "d"].map(levelOf)).toEqual(["advisory", "mandatory", "disabled", "remediate"]);
  });
});
