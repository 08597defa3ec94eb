import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Document, isScalar, parse, visit } from "yaml";
import { behaviourHash } from "../../config/hash";
import { loadPair } from "../../config/pair";
import { parseConfig } from "../../config/parse";
import { type Edit, shipped } from "../shipped";
import { declared, pathOf, production, valueAt, withValue } from "./leaves";

const { config, contents } = production;
const hash = production.behaviourHash;

describe("the hash and every leaf that the schema declares", () => {
  it.each(declared.map((leaf) => [leaf.field.relation, leaf.pattern, leaf] as const))(
    "%s %s",
    (relation, pattern, { field }) => {
      const path = pathOf(pattern, config);
      const text = field.file ? "elsewhere.md" : "another value";
      // A whole key of the configuration is a list or a map.
      const other = path.length === 1 ? [text] : text;
      const edited = behaviourHash(withValue(config, path, other), contents);
      if (relation === "mirrored") expect(edited).not.toBe(hash);
      else expect(edited).toBe(hash);
    },
  );

  it("goes over more leaves than the shipped pair writes", () => {
    expect(declared.length).toBeGreaterThan(200);
    expect(declared.some(({ pattern }) => valueAt(config, pathOf(pattern, config)) === undefined)).toBe(true);
  });

  it("is the same for a default that is written and one that is left out", () => {
    const defaulted = declared.filter((leaf) => leaf.default !== undefined);
    expect(defaulted.length).toBeGreaterThan(30);
    for (const leaf of defaulted) {
      const path = pathOf(leaf.pattern, config);
      const [written, left] = [leaf.default, undefined].map((value) => {
        const data = withValue({ ...production.data } as never, path, value);
        return parseConfig(data).config;
      });
      // What a default depends on (an index of retrieval) is not in the shipped production stack.
      if (written === undefined || left === undefined) {
        expect(leaf.pattern).toMatch(/^monitoring\.retrievalIndex\./);
        continue;
      }
      expect([leaf.pattern, behaviourHash(written, contents)]).toEqual([
        leaf.pattern,
        behaviourHash(left, contents),
      ]);
    }
  });
});

interface Style {
  seed: number;
  crlf: boolean;
  mark: boolean;
  indent: number;
}

/** The same data written otherwise: order of keys, quotes, brackets, comments, blank lines, indentation, line ends. */
function rewritten(text: string, { seed, crlf, mark, indent }: Style): string {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const document = new Document(parse(text));
  visit(document, {
    Map(_, map) {
      map.items.sort(() => random() - 0.5);
      map.flow = random() < 0.1;
    },
    Seq(_, list) {
      list.flow = random() < 0.3;
    },
    Scalar(key, scalar) {
      if (typeof scalar.value !== "string") return;
      // Words that nobody takes for anything else may stand without quotes.
      const plain = /^[a-z]{4,}(-[a-z]+)*$/.test(scalar.value) && !/^(true|false|null)$/.test(scalar.value);
      scalar.type = plain && random() < 0.5 ? "PLAIN" : random() < 0.5 ? "QUOTE_DOUBLE" : "QUOTE_SINGLE";
      if (key !== "key" && random() < 0.1) scalar.comment = " &x: *y <<: 010";
    },
    Pair(_, pair) {
      if (!isScalar(pair.key)) return;
      pair.key.spaceBefore = random() < 0.2;
      if (random() < 0.2) pair.key.commentBefore = ' a: "comment';
    },
  });
  const written = document.toString({ lineWidth: 0, indent, flowCollectionPadding: random() < 0.5 });
  return (mark ? "\uFEFF" : "") + (crlf ? written.replaceAll("\n", "\r\n") : written);
}

describe("the hash and how the files are written", () => {
  const style: fc.Arbitrary<Style> = fc.record({
    seed: fc.nat(2 ** 31),
    crlf: fc.boolean(),
    mark: fc.boolean(),
    indent: fc.integer({ min: 1, max: 6 }),
  });

  it("is the same in every order, quoting, bracketing, indentation, with comments, a mark and either line end", () => {
    fc.assert(
      fc.property(style, style, (project, own) => {
        const edit: Edit = (entries) => ({
          ...entries,
          "Pulumi.yaml": rewritten(entries["Pulumi.yaml"] ?? "", project),
          "Pulumi.production.yaml": rewritten(entries["Pulumi.production.yaml"] ?? "", own),
        });
        const { pair, problems } = loadPair(shipped(edit), "production");
        expect(problems).toEqual([]);
        expect(pair?.production.behaviourHash).toBe(hash);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it("is another one for another value in the same style", () => {
    const edit: Edit = (entries) => ({
      ...entries,
      "Pulumi.yaml": rewritten(
        (entries["Pulumi.yaml"] ?? "").replace("maxOutputTokens: 400", "maxOutputTokens: 401"),
        { seed: 1, crlf: true, mark: true, indent: 3 },
      ),
    });
    const { pair } = loadPair(shipped(edit), "production");
    expect(pair?.production.behaviourHash).toMatch(/^[0-9a-f]{64}$/);
    expect(pair?.production.behaviourHash).not.toBe(hash);
  });
});
