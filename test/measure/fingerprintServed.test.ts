import { describe, expect, it } from "vitest";
import type { CanaryRecord } from "../../measure/fingerprint/record";
import { joined, readServed, type Served, servedModels } from "../../measure/fingerprint/served";
import { cells, config } from "./canaryCells";

describe("what was served", () => {
  const text = (start: number, ...counts: [string, string, string, number][]) =>
    [
      `process_start_time_seconds ${start}.5`,
      ...counts.map(
        ([model, match, served, count]) =>
          `lockstep_served_answers_total{match="${match}",model="${model}",route="r",served="${served}"} ${count}.0`,
      ),
      'lockstep_other_total{model="x"} 1.0',
    ].join("\n");
  const [large, small] = ["gpt-5.4-2026-03-05", "gpt-5.4-mini-2026-03-17"];
  const read = async (...texts: (string | undefined)[]): Promise<Served> => {
    let next = 0;
    return readServed({ metrics: async () => texts[next++] }, texts.length);
  };
  const record: CanaryRecord = {
    cell: "support-chat.chat-in-account.2/a",
    atSeconds: 1,
    requests: 1,
    usd: 0,
    status: 200,
    deployment: "support-chat.chat-in-account.2",
  };

  it("is what grew in any process; of those that name none, what was asked for", async () => {
    const before = await read(
      text(1, [large, "pinned", large, 3], [small, "other", "old", 4]),
      text(2, [large, "other", "new", 0]),
    );
    const after = await read(
      text(2, [large, "other", "new", 1]),
      text(1, [large, "pinned", large, 4], [small, "other", "old", 4]),
      text(3, [small, "pinned", small, 1]),
    );
    expect(servedModels(config, cells, [record], before, after)).toEqual({
      models: [
        { model: "chat-large", served: [large, "new"] },
        { model: "chat-in-account", served: ["us.anthropic.claude-haiku-4-5-20251001-v1:0"], by: "request" },
        { model: "chat-small", served: [small] },
      ],
      inconclusive: [],
    });
  });

  it("is not known where the gateway does not count it, or an answer named nothing", async () => {
    const none = await read(undefined, "process_start_time_seconds 1.0");
    expect(servedModels(config, cells, [], none, none)).toEqual({
      models: [],
      inconclusive: [
        "The gateway does not count what was served: no lockstep_served_answers_total in /metrics/.",
      ],
    });
    const unknown = await read(text(1, [large, "unknown", "", 1]));
    expect(servedModels(config, cells, [], none, unknown)).toEqual({
      models: [],
      inconclusive: ["An answer for chat-large does not say which model served it."],
    });
  });

  it("is all of what was served in several stretches", () => {
    const of = (...served: string[]) => ({
      models: [{ model: "chat-large", served }],
      inconclusive: ["Why."],
    });
    expect(joined([of("b"), of("a", "b")])).toEqual({
      models: [{ model: "chat-large", served: ["a", "b"] }],
      inconclusive: ["Why."],
    });
  });
});
