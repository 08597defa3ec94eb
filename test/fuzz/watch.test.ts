import { afterAll, describe, expect, it } from "vitest";
import { minimised } from "./minimise";
import { mutated } from "./mutate";
import { Watch } from "./watch";

const watch = new Watch({ faulty: true, endlessSeconds: 2.5 });
afterAll(() => watch.stop());

const bytes = (text: string) => Buffer.from(text, "utf8");
const text = (content: Uint8Array | undefined) => Buffer.from(content ?? []).toString("utf8");

describe("the fuzzer", () => {
  it("finds a crash, and the same one again with the same seed", async () => {
    const [first, again] = [await watch.fuzz("crashes", 7, 20_000), await watch.fuzz("crashes", 7, 20_000)];
    expect(first.failure?.what).toMatch(/^TypeError: nobody thought of it\n/);
    expect(text(first.failure?.bytes)).toContain("0x1F");
    expect(text(again.failure?.bytes)).toBe(text(first.failure?.bytes));
  }, 120_000);

  it("finds an invariant that is broken", async () => {
    const { failure } = await watch.fuzz("breaks", 7, 20_000);
    expect(failure?.what).toBe("a tab got through");
  }, 120_000);

  it("finds nothing where nothing is wrong, for as long as it is told to look", async () => {
    const { cases, failure } = await watch.fuzz("sound", 7, 300);
    expect(failure).toBeUndefined();
    expect(cases).toBeGreaterThan(20);
  }, 120_000);

  it("takes a second of the processor's time for too long, and less for none", async () => {
    expect(await watch.try("slow", bytes("b"))).toBe("it takes more than 1 s");
    expect(await watch.try("slow", bytes("a"))).toBeUndefined();
  }, 120_000);

  it("stops a case that has no end, keeps it, and goes on", async () => {
    const { failure } = await watch.fuzz("endless", 7, 60_000);
    expect(failure?.what).toBe("it has no end: stopped after 2.5 s");
    expect(text(failure?.bytes)).toContain("0x1F");
    expect(await watch.try("endless", bytes("a: 1\n"))).toBeUndefined();
    expect(await watch.try("endless", bytes("0x1F"))).toBe("it has no end: stopped after 2.5 s");
  }, 180_000);
});

describe("an input that fails", () => {
  it("is made as small as it can be", async () => {
    const long = `${"x: 1\n".repeat(200)}y: [0x1F, 2]\n${"z: 2\n".repeat(200)}`;
    const small = await minimised(bytes(long), async (one) => text(one).includes("0x1F"));
    expect(text(small)).toBe("0x1F");
  });

  it("stays as it is where nothing can be left out, or no try is left", async () => {
    const whole = bytes("ab\ncd\n");
    expect(text(await minimised(whole, async (one) => one.length === whole.length))).toBe("ab\ncd\n");
    expect(text(await minimised(whole, async () => true, 0))).toBe("ab\ncd\n");
  });
});

describe("a change of a text", () => {
  const seed = bytes("a: 1\nb: 2\nc: 3\n");

  it.each([
    ["a byte", { kind: "byte", at: 3, byte: 0x35 }, "a: 5\nb: 2\nc: 3\n"],
    ["a piece put in", { kind: "insert", at: 0, piece: "é" }, "éa: 1\nb: 2\nc: 3\n"],
    ["a scalar", { kind: "scalar", at: 1, by: "010" }, "a: 010\nb: 2\nc: 3\n"],
    ["a key, which stays one", { kind: "scalar", at: 2, by: "on" }, "a: 1\non: 2\nc: 3\n"],
    ["a cut", { kind: "cut", at: 5, length: 5 }, "a: 1\nc: 3\n"],
    ["a piece over and over", { kind: "repeat", at: 0, piece: "[", times: 3 }, "[[[a: 1\nb: 2\nc: 3\n"],
    ["a line dropped", { kind: "lines", what: "drop", at: 1, to: 0, count: 1 }, "a: 1\nc: 3\n"],
    ["a line doubled", { kind: "lines", what: "double", at: 0, to: 2, count: 1 }, "a: 1\nb: 2\na: 1\nc: 3\n"],
    ["a line moved", { kind: "lines", what: "move", at: 0, to: 2, count: 1 }, "b: 2\nc: 3\na: 1\n"],
    ["two lines swapped", { kind: "lines", what: "swap", at: 0, to: 0, count: 2 }, "b: 2\na: 1\nc: 3\n"],
    ["a line further in", { kind: "lines", what: "in", at: 1, to: 0, count: 1 }, "a: 1\n  b: 2\nc: 3\n"],
    ["other line ends", { kind: "whole", what: "crlf" }, "a: 1\r\nb: 2\r\nc: 3\r\n"],
    ["a mark", { kind: "whole", what: "mark" }, "\ufeffa: 1\nb: 2\nc: 3\n"],
    ["no last line end", { kind: "whole", what: "noEnd" }, "a: 1\nb: 2\nc: 3"],
  ] as const)("is %s", (_, change, expected) => {
    expect(text(mutated(seed, [change]))).toBe(expected);
  });
});
