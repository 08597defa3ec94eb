import { describe, expect, it } from "vitest";
import type { Pair } from "../../config/pair";
import type { Release } from "../../config/release";
import { isAsked } from "../../lifecycle/assess";
import { type KindName, kindNames } from "../../lifecycle/kind";
import { kinds } from "../../lifecycle/kinds";
import { closedReleases, proofOf, skewMilliseconds } from "../../lifecycle/proof";
import { config, hash, now, other, proof, release } from "./samples";

const pair = (releases: readonly Release[], carried: readonly Release[] = [], behaviourHash = hash) =>
  ({
    production: { behaviourHash, carried },
    releases: new Map(releases.map((one) => [one.id, one])),
  }) as unknown as Pair;

const closed = (id: string, at: string, behaviourHash = hash) => release(id, { at, behaviourHash });
const found = (releases: readonly Release[], carried: readonly Release[] = []) => {
  const result = proofOf(pair(releases, carried), now);
  return (
    result && {
      ...result,
      releases: result.releases.map(({ id }) => id),
      at: result.at.toISOString(),
    }
  );
};
const initial = closed("initial", "2026-10-01T00:00:00Z", other);
const last = closed("last", "2026-11-01T00:00:00Z");

describe("what proves production's behaviour", () => {
  it("is nothing without a release", () => {
    expect(found([])).toBe(undefined);
  });

  it("is nothing where no closed release has the hash and production carries none", () => {
    expect(found([initial, release("open")])).toBe(undefined);
  });

  it("is the closed release that has the hash", () => {
    expect(found([initial, last])).toEqual({
      hash,
      releases: ["last"],
      at: "2026-11-01T00:00:00.000Z",
      promotion: false,
      first: false,
    });
  });

  it("is every closed release with the hash, at the time of the first: a way back needs no new evidence", () => {
    const earlier = closed("earlier", "2026-09-01T00:00:00Z");
    expect(found([last, earlier])).toEqual({
      hash,
      releases: ["last", "earlier"],
      at: "2026-09-01T00:00:00.000Z",
      promotion: false,
      first: true,
    });
    expect(found([last, initial, earlier])?.first).toBe(true);
    const before = closed("before", "2026-08-31T00:00:00Z", other);
    expect(found([last, before, earlier])?.first).toBe(false);
  });

  it("is all that were closed together", () => {
    const twin = closed("another", "2026-11-01T00:00:00Z");
    expect(found([last, twin, initial])).toMatchObject({ releases: ["last", "another"], first: false });
    expect(found([last, twin])).toMatchObject({ releases: ["last", "another"], first: true });
  });

  it("is the first one where others were closed only after it", () => {
    const first = closed("first", "2026-10-01T00:00:00Z");
    const later = closed("later", "2026-11-01T00:00:00Z", other);
    expect(found([later, first])).toMatchObject({ releases: ["first"], first: true });
    const before = closed("before", "2026-09-01T00:00:00Z", other);
    expect(found([before, first])).toMatchObject({ releases: ["first"], first: false });
    const together = closed("together", "2026-10-01T00:00:00Z", other);
    expect(found([together, first])).toMatchObject({ releases: ["first"], first: false });
  });

  it("is what production carries, judged now, where no closed release has the hash", () => {
    const [one, two] = [release("one"), release("two")];
    expect(found([initial, one, two], [two, one])).toEqual({
      hash,
      releases: ["two", "one"],
      at: now.toISOString(),
      promotion: true,
      first: false,
    });
    expect(found([one], [one])).toMatchObject({ promotion: true, first: true });
  });

  it("is the closed release rather than what production carries", () => {
    const open = release("open");
    expect(found([last, open], [open])).toMatchObject({ releases: ["last"], promotion: false });
  });

  it("is none that was closed in the future, save for a clock that is five minutes ahead", () => {
    const at = (offset: number) => new Date(now.getTime() + offset).toISOString();
    expect(skewMilliseconds).toBe(300_000);
    expect(found([closed("soon", at(300_000))])?.at).toBe(at(300_000));
    expect(found([closed("soon", at(300_001))])).toBe(undefined);
    const open = release("open");
    expect(found([closed("soon", at(300_001)), open], [open])).toMatchObject({
      promotion: true,
      first: true,
    });
  });
});

describe("closed releases", () => {
  it("stand in the order of their closing, then of their ids", () => {
    const b = closed("b", "2026-10-01T00:00:00Z");
    const a = closed("a", "2026-10-01T00:00:00Z");
    expect(closedReleases([last, b, release("open"), a]).map(({ release: { id }, at }) => [id, at])).toEqual([
      ["a", Date.parse("2026-10-01T00:00:00Z")],
      ["b", Date.parse("2026-10-01T00:00:00Z")],
      ["last", Date.parse("2026-11-01T00:00:00Z")],
    ]);
    expect(closedReleases([a, b]).map(({ release: { id } }) => id)).toEqual(["a", "b"]);
  });
});

describe("the kinds of evidence that are asked for", () => {
  const asked = (first: boolean, behaviour: object = {}) =>
    kindNames.filter((kind: KindName) =>
      isAsked(kinds[kind], proof({ first }), {
        ...config,
        behaviour: { ...config.behaviour, ...behaviour },
      } as typeof config),
    );
  it("leave out retrieval where nothing is retrieved", () => {
    expect(asked(false)).toEqual(kindNames.filter((kind) => kind !== "retrieval"));
    expect(asked(false, { retrieval: { embeddingModel: "small" } })).toEqual(kindNames);
  });
  it("leave out what is compared with production where there is none yet", () => {
    expect(asked(true)).toEqual(["eval", "fingerprint", "load", "cache", "routing", "drift"]);
    expect(asked(true, { retrieval: {} })).toEqual([
      "eval",
      "fingerprint",
      "load",
      "cache",
      "retrieval",
      "routing",
      "drift",
    ]);
  });
});
