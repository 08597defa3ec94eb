import { describe, expect, it } from "vitest";
import type { Config } from "../../config/schema";
import { compare } from "../../measure/conform/compare";
import { traces } from "./traces";

const config = { routes: { chat: {}, economy: {} } } as unknown as Config;
const options = { jitterSeconds: 0.25, timeScale: 1 };
const differences = (staging: string[], production: string[]) =>
  compare(traces(...staging), traces(...production), config, options).map(
    ({ fault, route, difference }) => `${route}, ${fault}: ${difference}`,
  );

describe("of requests one after the other", () => {
  const one = "500/chat alone: chat.large.1@0 chat.large.1@0.3 economy.fast.1@0.9 -> 200 @1";

  it("the same calls with the same answer are alike", () => {
    expect(differences([one], [one])).toEqual([]);
  });

  it("one retry fewer is not", () => {
    const fewer = "500/chat alone: chat.large.1@0 economy.fast.1@0.9 -> 200 @1";
    expect(differences([one], [fewer])).toEqual([
      "chat, 500: request 1: staging 200 after large ×2, then fast of economy; production 200 after large, then fast of economy",
    ]);
  });

  it("fallbacks in another order are not", () => {
    const before = "500/chat alone: a.m.1@0 b.m.1@0.1 -> 200 @1";
    const after = "500/chat alone: b.m.1@0 a.m.1@0.1 -> 200 @1";
    expect(differences([before], [after])).toEqual([
      "chat, 500: request 1: staging 200 after m of a, then m of b; production 200 after m of b, then m of a",
    ]);
  });

  it("another answer after the same calls is not", () => {
    expect(differences([one], [one.replace("-> 200", "-> 200, breaker open")])).toEqual([
      "chat, 500: request 1: staging 200 after large ×2, then fast of economy; production 200, breaker open after large ×2, then fast of economy",
    ]);
  });

  it("a request that was not made in production is none that went well", () => {
    expect(differences([one, one], [one])).toEqual([
      "chat, 500: request 2: staging 200 after large ×2, then fast of economy; production was not asked",
    ]);
    expect(differences([one], [])).toEqual([
      "chat, 500: request 1: staging 200 after large ×2, then fast of economy; production was not asked",
    ]);
    expect(differences([], [one])).toEqual(["chat, 500: only production was asked"]);
  });

  it("targets of one order take turns by chance", () => {
    const mine = "500/chat alone: chat.large.1@0 chat.small.1@0.1 -> 200 @1";
    const theirs = "500/chat alone: chat.small.1@0 chat.small.1@0.1 -> 200 @1";
    expect(differences([mine], [theirs])).toEqual([]);
    const other = "500/chat alone: chat.small.1@0 chat.small.2@0.1 -> 200 @1";
    expect(differences([mine], [other])).toHaveLength(1);
  });

  it("a cool-down that does not open shows afterwards", () => {
    const left = "500/chat after: economy.fast.1@0 -> 200 @1";
    const called = "500/chat after: chat.large.1@0 economy.fast.1@0.1 -> 200 @1";
    expect(differences([one, left], [one, called])).toEqual([
      "chat, 500: afterwards, request 1: staging 200 after fast of economy; production 200 after large, then fast of economy",
    ]);
  });

  it("tells of each fault and route once, in the order of the routes", () => {
    const pairs = ["500/economy", "500/chat", "429/chat"];
    const found = differences(
      pairs.flatMap((name) => [`${name} alone: a.m.1@0 -> 200 @1`, `${name} after: a.m.1@0 -> 200 @1`]),
      pairs.flatMap((name) => [`${name} alone: -> 500 @1`, `${name} after: -> 500 @1`]),
    );
    expect(found).toEqual([
      "chat, 500: request 1: staging 200 after m of a; production 500 after none",
      "chat, 429: request 1: staging 200 after m of a; production 500 after none",
      "economy, 500: request 1: staging 200 after m of a; production 500 after none",
    ]);
  });
});

describe("of requests at once", () => {
  const whole = "500/chat together: chat.large.1@0 chat.large.1@0.3 economy.fast.1@0.9 -> 200 @1";
  const shorter = "500/chat together: chat.large.1@0 economy.fast.1@0.9 -> 200 @1";
  const cooled = "500/chat together: economy.fast.1@0 -> 200 @1";

  it("chance decides how many attempts find the target before it cools down", () => {
    expect(differences([whole, whole, whole], [whole, shorter, cooled])).toEqual([]);
  });

  it("a target that none of them called was left out", () => {
    expect(differences([whole, whole], [cooled, cooled])).toEqual([
      "chat, 500: 2 requests at once: staging 200 after large ×2, then fast of economy; production 200 after fast of economy",
    ]);
  });

  it("another answer is another one, though only one got it", () => {
    expect(differences([whole, whole], [whole, whole.replace("-> 200", "-> 500")])).toEqual([
      "chat, 500: 2 requests at once: staging 200 after large ×2, then fast of economy; production 200 after large ×2, then fast of economy or 500 after large ×2, then fast of economy",
    ]);
  });
});

describe("of how far apart calls are", () => {
  const at = (seconds: number) =>
    `500/chat alone: chat.large.1@0 chat.large.1@${seconds} -> 500 @${seconds + 0.5}`;
  const three = (...seconds: number[]) => seconds.map(at);

  it("what jitter and a busy machine explain is alike: of the jitter a part, 0.15 s and a tenth", () => {
    expect(differences(three(0.3, 0.3, 0.3), three(0.7, 0.7, 0.7))).toEqual([]);
  });

  it("what they do not is not", () => {
    expect(differences(three(0.3, 0.3, 0.3), three(0.72, 0.72, 0.72))).toEqual([
      "chat, 500: from large to large (wait 2 of 3): staging 0.30 s; production 0.72 s; no more than 0.41 s apart are alike",
    ]);
    expect(differences(three(0.72, 0.72, 0.72), three(0.3, 0.3, 0.3))).toHaveLength(1);
  });

  it("the shortest of several counts, as a busy machine only ever adds to a wait", () => {
    expect(differences(three(0.3, 0.3, 0.3), three(0.3, 3, 3))).toEqual([]);
    expect(differences(three(0.3, 3, 3), three(3, 3, 3))).toHaveLength(1);
  });

  it("one or two may have been delayed: by 0.6 s", () => {
    expect(differences(three(0.3, 0.3), three(1.25, 1.25))).toEqual([]);
    expect(differences(three(0.3, 0.3), three(1.3, 1.3))).toHaveLength(1);
  });

  it("the more there are the less does jitter explain", () => {
    const many = (seconds: number) => Array.from({ length: 11 }, () => at(seconds));
    expect(differences(many(0.3), many(0.56))).toEqual([]);
    expect(differences(many(0.3), many(0.6))).toHaveLength(1);
  });

  it("jitter is scaled as the gateways' times are", () => {
    const [one, other] = [traces(...three(0.3, 0.3, 0.3)), traces(...three(0.6, 0.6, 0.6))];
    expect(compare(one, other, config, { ...options, timeScale: 0.1 })).toHaveLength(1);
    expect(compare(one, other, config, options)).toEqual([]);
  });

  it("the wait before the answer counts, where nobody was called", () => {
    expect(
      differences(
        ["connection refused/chat alone: -> 500 @0.3"],
        ["connection refused/chat alone: -> 500 @2"],
      ),
    ).toEqual([
      "chat, connection refused: from the request to the answer (wait 1 of 1): staging 0.30 s; production 2.00 s; no more than 1.05 s apart are alike",
    ]);
  });
});
