import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readYaml, toPlain } from "../../config/yaml";
import { EditError, removeValue, setValue } from "../../lifecycle/edit";

const read = (text: string): unknown => {
  const { root, problems } = readYaml(text, "file.yaml");
  if (root === undefined) throw new Error(`${JSON.stringify(text)}: ${JSON.stringify(problems[0])}`);
  return toPlain(root);
};

describe("a random edit of a random document", () => {
  const key = fc.constantFrom("a", "b", "chat-large", "lockstep:x", "yes", "010", "with space", "üb");
  const scalar = fc.oneof(
    fc.constantFrom<unknown>("text", "no", "2026-11-21", "1_000", "", "a: b", "x # y", "it's", 'say "x"', "a, b", "~"),
    fc.constantFrom<unknown>("-1", "0x1f", "1e3", "{", "[a]", "@x", "%x", "&a", "*a", "!t", "null", "true", "12:30"),
    fc.integer({ min: -1_000, max: 1_000_000 }),
    fc.constantFrom<unknown>(0.25, 1e-7, 9007199254740991, -0, true, false, null),
    fc.string({ maxLength: 12 }).filter((text) => !/^\s[^]*\n/.test(text)),
  );
  const value = fc.letrec<{ node: unknown; map: unknown; list: unknown }>((tie) => ({
    node: fc.oneof({ depthSize: "small", withCrossShrink: true }, scalar, tie("map"), tie("list")),
    map: fc.dictionary(key, tie("node"), { maxKeys: 4, noNullPrototype: true }),
    list: fc.array(tie("node"), { maxLength: 4 }),
  }));
  const map = value.map.filter((data) => Object.keys(data as object).length > 0);

  /** Writes data with comments, blank lines, and each collection in one of both styles. */
  function write(data: unknown, random: () => number, eol: string): string {
    const plain = (one: unknown) =>
      typeof one === "number" ? (one === 0 ? "0" : setValue("a: 1", ["a"], one).slice(3)) : JSON.stringify(one);
    const flow = (one: unknown): string => {
      if (Array.isArray(one)) return `[${one.map(flow).join(", ")}${one.length > 0 && random() < 0.2 ? "," : ""}]`;
      if (typeof one !== "object" || one === null) return plain(one);
      return `{ ${Object.entries(one).map(([k, v]) => `${JSON.stringify(k)}: ${flow(v)}`).join(", ")} }`;
    };
    const noise = (pad: string): string[] => [
      ...(random() < 0.2 ? [""] : []),
      ...(random() < 0.3 ? [`${pad}# note ${Math.floor(random() * 1e6)}`] : []),
    ];
    const tail = () => (random() < 0.2 ? " # tail" : "");
    const block = (one: object, indent: number): string[] => {
      const pad = " ".repeat(indent);
      return Object.entries(one).flatMap(([k, v]) => {
        const head = Array.isArray(one) ? `${pad}-` : `${pad}${JSON.stringify(k)}:`;
        const nested = typeof v === "object" && v !== null && Object.keys(v).length > 0;
        if (nested && random() < 0.7) {
          const inner = block(v, indent + 2);
          if (Array.isArray(one) && random() < 0.6 && !/^\s*(?:#|$)/.test(inner[0] ?? ""))
            return [...noise(pad), `${head} ${inner[0]?.trimStart()}`, ...inner.slice(1)];
          return [...noise(pad), `${head}${tail()}`, ...inner];
        }
        return [...noise(pad), `${head}${v === null && random() < 0.5 ? "" : ` ${flow(v)}`}${tail()}`];
      });
    };
    return block(data as object, 0).join(eol) + (random() < 0.8 ? eol : "");
  }

  const pathsOf = (data: unknown, path: (string | number)[] = []): (string | number)[][] => [
    ...(path.length > 0 ? [path] : []),
    ...(Array.isArray(data)
      ? data.flatMap((one, index) => pathsOf(one, [...path, index]))
      : typeof data === "object" && data !== null
        ? Object.entries(data).flatMap(([k, one]) => pathsOf(one, [...path, k]))
        : []),
  ];

  const at = (data: unknown, path: readonly (string | number)[]) =>
    path.reduce((one, step) => (one as Record<string | number, unknown>)[step], data);

  const setup = fc.tuple(map, fc.nat(), fc.nat(), value.node, key);

  function prepare([data, seed, pick]: [unknown, number, number, ...unknown[]]) {
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const eol = random() < 0.3 ? "\r\n" : "\n";
    const text = (random() < 0.2 ? "\uFEFF" : "") + write(data, random, eol);
    const paths = pathsOf(data);
    return { text, path: paths[pick % paths.length] ?? [], data: read(text) };
  }

  it("has the right data and leaves every other line as it was", () => {
    fc.assert(
      fc.property(setup, ([data, seed, pick, fresh, name]) => {
        const { text, path, data: before } = prepare([data, seed, pick]);
        const target = at(before, path);
        const extra = Array.isArray(target)
          ? [...path, target.length]
          : typeof target === "object" && target !== null
            ? [...path, name as string]
            : path;
        for (const where of [path, extra]) {
          if (hasSecure(fresh)) continue;
          let edited: string;
          try {
            edited = setValue(text, where, fresh);
          } catch (error) {
            throw new Error(JSON.stringify([text, where, fresh]), { cause: error });
          }
          expect(isDeepStrictEqual(at(read(edited), where), normal(fresh))).toBe(true);
          expect(setValue(edited, where, fresh)).toBe(edited);
          untouched(text, edited);
        }
        try {
          untouched(text, removeValue(text, path));
        } catch (error) {
          throw new Error(JSON.stringify([text, path]), { cause: error });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  const hasSecure = (one: unknown) => JSON.stringify(one)?.includes('"secure"') === true;
  const normal = (one: unknown): unknown =>
    Array.isArray(one)
      ? one.map(normal)
      : typeof one === "object" && one !== null
        ? Object.fromEntries(Object.entries(one).map(([k, v]) => [k, normal(v)]))
        : one === 0
          ? 0
          : one;

  /** Comments that stand in lines of their own, line ends and the mark are those of before. */
  function untouched(before: string, after: string) {
    expect(after.startsWith("\uFEFF")).toBe(before.startsWith("\uFEFF"));
    if (before.includes("\r\n")) expect(after.replaceAll("\r\n", "")).not.toContain("\n");
    else expect(after).not.toContain("\r");
  }
});
