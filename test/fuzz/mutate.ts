import fc from "fast-check";
import { pieces, scalars } from "./dictionary";

/** One change of a text; positions count round, so that every number is one. */
export type Change =
  | { kind: "byte"; at: number; byte: number }
  | { kind: "insert"; at: number; piece: string }
  | { kind: "scalar"; at: number; by: string }
  | {
      kind: "lines";
      what: "drop" | "double" | "swap" | "in" | "out" | "move";
      at: number;
      to: number;
      count: number;
    }
  | { kind: "repeat"; at: number; piece: string; times: number }
  | { kind: "cut"; at: number; length: number }
  | { kind: "whole"; what: "crlf" | "mark" | "utf16" | "noEnd" | "tabs" };

const position = fc.nat(1_000_000);

export const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("scalar" as const),
      at: position,
      by: fc.constantFrom(...scalars),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("insert" as const),
      at: position,
      piece: fc.constantFrom(...pieces, ...scalars),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("lines" as const),
      what: fc.constantFrom(
        "drop" as const,
        "double" as const,
        "swap" as const,
        "in" as const,
        "out" as const,
        "move" as const,
      ),
      at: position,
      to: position,
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("byte" as const), at: position, byte: fc.nat(255) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("cut" as const),
      at: position,
      length: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("repeat" as const),
      at: position,
      piece: fc.constantFrom(
        "[",
        "{a: ",
        "- ",
        "a: ",
        "  ",
        "((",
        '"',
        "'",
        "#",
        "\n",
        "x",
        "0",
        "1_",
        "&a [*a,",
        "é",
        "!",
        "? ",
      ),
      times: fc.constantFrom(3, 65, 1_000, 50_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("whole" as const),
      what: fc.constantFrom(
        "crlf" as const,
        "mark" as const,
        "utf16" as const,
        "noEnd" as const,
        "tabs" as const,
      ),
    }),
  },
);

/** One of the seeds with a few changes. */
export const mutation = (seeds: number): fc.Arbitrary<{ seed: number; changes: Change[] }> =>
  fc.record({ seed: fc.nat(seeds - 1), changes: fc.array(change, { minLength: 1, maxLength: 5 }) });

/** The bytes of a seed after its changes; every byte is a character meanwhile. */
export function mutated(seed: Uint8Array, changes: readonly Change[]): Uint8Array {
  const text = changes.reduce(changed, Buffer.from(seed).toString("latin1"));
  return Buffer.from(text, "latin1");
}

const bytesOf = (text: string) => Buffer.from(text, "utf8").toString("latin1");

function changed(text: string, one: Change): string {
  switch (one.kind) {
    case "byte":
      return splice(text, one.at % (text.length + 1), 1, String.fromCharCode(one.byte));
    case "insert":
      return splice(text, one.at % (text.length + 1), 0, bytesOf(one.piece));
    case "repeat":
      return splice(text, one.at % (text.length + 1), 0, bytesOf(one.piece).repeat(one.times));
    case "cut":
      return splice(text, one.at % (text.length + 1), one.length, "");
    case "scalar": {
      const found = [...text.matchAll(/[^\s,{}[\]"'#]+/g)];
      const match = found[one.at % Math.max(1, found.length)];
      if (match === undefined) return text + bytesOf(one.by);
      // A key goes on being one.
      const colon = match[0].endsWith(":") ? 1 : 0;
      return splice(text, match.index, match[0].length - colon, bytesOf(one.by));
    }
    case "lines":
      return lines(text, one);
    case "whole":
      return whole(text, one.what);
  }
}

const splice = (text: string, at: number, length: number, by: string) =>
  text.slice(0, at) + by + text.slice(at + length);

function lines(text: string, { what, at, to, count }: Extract<Change, { kind: "lines" }>): string {
  const all = text.split("\n");
  const from = at % all.length;
  const some = all.slice(from, from + count);
  const rest = [...all.slice(0, from), ...all.slice(from + count)];
  const other = to % (rest.length + 1);
  const put = (place: number, into: string[], those: string[]) => [
    ...into.slice(0, place),
    ...those,
    ...into.slice(place),
  ];
  switch (what) {
    case "drop":
      return rest.join("\n");
    case "double":
      return put(to % all.length, all, some).join("\n");
    case "move":
      return put(other, rest, some).join("\n");
    case "swap":
      return put(from, rest, [...some].reverse()).join("\n");
    case "in":
      return put(
        from,
        rest,
        some.map((line) => `  ${line}`),
      ).join("\n");
    case "out":
      return put(
        from,
        rest,
        some.map((line) => line.replace(/^ {1,2}/, "")),
      ).join("\n");
  }
}

function whole(text: string, what: Extract<Change, { kind: "whole" }>["what"]): string {
  switch (what) {
    case "crlf":
      return text.replace(/\r?\n/g, "\r\n");
    case "mark":
      return bytesOf("\ufeff") + text;
    case "utf16":
      return Buffer.from(`\ufeff${text}`, "utf16le").toString("latin1");
    case "noEnd":
      return text.replace(/\s+$/, "");
    case "tabs":
      return text.replace(/^ {2}/gm, "\t");
  }
}
