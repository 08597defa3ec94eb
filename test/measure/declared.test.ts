import { describe, expect, it } from "vitest";
import type { Config } from "../../config/schema";
import { undeclared } from "../../measure/conform/declared";
import { injections, planOf } from "../../measure/conform/faults";
import { configOf, pairOf } from "../components/shippedEnvironment";
import { traces } from "./traces";

const config = configOf(pairOf().staging);
const found = (...lines: string[]) =>
  undeclared(config, "staging", traces(...lines)).map(({ difference }) => difference);

describe("what is declared", () => {
  const retried = "500/economy-chat alone: economy-chat.chat-fast.1@0 economy-chat.chat-fast.1@0.3 -> 500 @1";

  it("are so many retries", () => {
    expect(found(retried)).toEqual([]);
    expect(found("500/economy-chat alone: economy-chat.chat-fast.1@0 -> 500 @1")).toEqual([
      "staging: 500 after chat-fast; declared: 1 retry of the first target",
    ]);
  });

  it("is a cool-down that opens", () => {
    const cooling = (calls: string) => `500/economy-chat after: ${calls} -> 429 @1`;
    const call = "economy-chat.chat-fast.1@0";
    expect(found(retried, cooling(call), cooling(""))).toEqual([]);
    expect(found(retried, cooling(""), cooling(call))).toEqual([
      "staging: 429 after chat-fast; by then the first target should be left alone",
    ]);
  });

  it("is one that is over again", () => {
    const recovered = (calls: string, client: string) =>
      `500/economy-chat recovered: ${calls} -> ${client} @1`;
    expect(found(recovered("economy-chat.chat-fast.1@0", "200"))).toEqual([]);
    expect(found(recovered("economy-chat.chat-fast.1@0", "200, breaker half-open"))).toEqual([]);
    expect(found(recovered("", "429"))).toEqual([
      "staging: 429 after none; by then the first target should be called again",
    ]);
    expect(found(recovered("economy-chat.chat-fast.1@0", "500"))).toHaveLength(1);
  });
});

describe("the plan of requests", () => {
  const route = (change: (own: Config["routes"][string]) => void) => {
    const own = structuredClone(config.routes["economy-chat"]);
    if (own === undefined) throw new Error("no such route");
    change(own);
    return own;
  };
  const plan = (fault: string, change: (own: Config["routes"][string]) => void = () => {}) => {
    const injection = injections.find((one) => one.fault === fault);
    if (injection === undefined) throw new Error(`no such fault: ${fault}`);
    return planOf(route(change), injection);
  };

  it("makes as many failures as are allowed, and the one that opens the cool-down afterwards", () => {
    expect(plan("500")).toEqual({ alone: 1, together: 2, after: 2, opens: true });
    expect(plan("429")).toEqual({ alone: 1, together: 4, after: 2, opens: true });
  });

  it("lets time-outs come at once, because they are forgotten before the next one", () => {
    expect(plan("timeout")).toEqual({ alone: 1, together: 4, after: 1, opens: true });
  });

  it("opens the breaker with its last invalid answer", () => {
    expect(plan("invalid answers")).toEqual({ alone: 1, together: 2, after: 1, opens: true });
    expect(
      plan("invalid answers", (own) => {
        if (own.breaker) own.breaker.invalidResponses = 6;
      }),
    ).toEqual({ alone: 1, together: 5, after: 1, opens: true });
    expect(
      plan("invalid answers", (own) => {
        delete own.breaker;
      }),
    ).toEqual({ alone: 1, together: 2, after: 0, opens: false });
  });

  it("does not send hundreds of requests to open a cool-down that allows hundreds of failures", () => {
    const allowing = (failures: number) => (own: Config["routes"][string]) => {
      own.coolDown.allowedFails.serverError = failures;
    };
    expect(plan("500", allowing(19))).toEqual({ alone: 1, together: 18, after: 2, opens: true });
    expect(plan("500", allowing(20))).toEqual({ alone: 1, together: 2, after: 0, opens: false });
  });
});
