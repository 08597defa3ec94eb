import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { findPairs, removedPairs } from "../../config/stacks";
import type { Position } from "../../config/yaml";
import { rules } from "../../policies/registry";
import { projectRuleset } from "../../policies/ruleset";
import { longestComment, reviewMarkdown } from "../../review/markdown";
import { reviewJson, reviewSchema } from "../../review/report";
import { type Review, reviewPair } from "../../review/review";
import { reviewText } from "../../review/reviewText";
import { reviewSarif } from "../../review/sarif";
import { paint } from "../../review/terminal";
import { encodings, root } from "../project";
import type { Entries } from "../shipped";
import { type NamedChange, namedChanges, now, secrets } from "./changes";
import { obeyed } from "./uncoloured";

const folder = join(__dirname, "golden");
const isAsked = process.env.UPDATE_GOLDEN === "1";
const isUpdate = isAsked && !process.env.CI;
const link = ({ file, line }: Position) =>
  `https://example.com/blob/head/${file.split("/").map(encodeURIComponent).join("/")}#L${line}`;

interface Forms {
  reviews: Review[];
  md: string;
  txt: string;
  json: string;
  sarif: string;
}

function reviewed({ base, head, stack }: NamedChange): Forms {
  const files = memoryFiles(head);
  const before = base && memoryFiles(base);
  const ruleset = projectRuleset(files);
  const baseRuleset = before === undefined ? ruleset : projectRuleset(before);
  const gone = before === undefined ? [] : removedPairs(before, files);
  const stacks = stack === undefined ? [...findPairs(files), ...gone] : [stack];
  const reviews = stacks.map((name) =>
    reviewPair({ base: before, head: files, stack: name, ruleset, baseRuleset, now }),
  );
  return {
    reviews,
    md: reviewMarkdown(reviews, link),
    txt: reviews.map((one) => reviewText(one, rules, paint(false))).join("\n"),
    json: reviewJson(reviews),
    sarif: `${JSON.stringify(reviewSarif(reviews, rules, "1.2.3"), null, 2)}\n`,
  };
}

const done = new Map<NamedChange, Forms>();
function formsOf(change: NamedChange): Forms {
  const forms = done.get(change) ?? reviewed(change);
  done.set(change, forms);
  return forms;
}

const kept = ({ golden = [] }: NamedChange) =>
  ["md", "txt", ...golden] as ("md" | "txt" | "json" | "sarif")[];

/**
 * The text is that of the golden file, byte for byte; of JSON, which the formatter lays out anew, but for white
 * space. `UPDATE_GOLDEN=1` writes the file (then `npm run format`), and the difference is to be read.
 */
function expectGolden(file: string, text: string): void {
  const path = join(folder, file);
  if (isUpdate) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text);
  }
  const golden = existsSync(path) ? readFileSync(path, "utf8") : `"there is no ${file}"`;
  expect(file.endsWith(".json") ? laidOut(golden) : golden).toBe(text);
}

const laidOut = (json: string) => `${JSON.stringify(JSON.parse(json), null, 2)}\n`;

const headOf = (text: string, lines: number | undefined) =>
  lines === undefined ? text : `${text.split("\n").slice(0, lines).join("\n")}\n`;

/** A line without its code spans (CommonMark: from a run of backticks to the next run of the same length). */
function outsideCode(line: string): string {
  const runs = [...line.matchAll(/`+/g)];
  let rest = "";
  let position = 0;
  for (const { index, 0: fence } of runs) {
    if (index < position) continue;
    const end = runs.find((other) => other.index > index && other[0] === fence);
    if (end === undefined) continue;
    rest += line.slice(position, index);
    position = end.index + fence.length;
  }
  return rest + line.slice(position);
}

/** The schema is of draft 4, which ajv no longer reads: what it has of that draft is an "id" at its top. */
function sarifSchema(): object {
  const path = "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";
  const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(join(root, path), "utf8"));
  return schema;
}

const isSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(
  sarifSchema(),
);
const isReview = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(join(root, "docs/review.schema.json"), "utf8")),
);

interface SarifLog {
  runs: {
    results: {
      locations?: {
        physicalLocation: {
          artifactLocation: { uri: string };
          region: { startLine: number; startColumn: number };
        };
      }[];
    }[];
  }[];
}

/** Places that a SARIF log names and that are not in the files; a file that is gone has one, its beginning. */
function strayRegions(text: string, { head, base = {} }: NamedChange): string[] {
  const { runs } = JSON.parse(text) as SarifLog;
  const locations = runs.flatMap(({ results }) => results.flatMap(({ locations: all = [] }) => all));
  const linesOf = linesIn(head);
  return locations.flatMap(({ physicalLocation: { artifactLocation, region } }) => {
    const file = decodeURIComponent(artifactLocation.uri);
    const lines = linesOf(file) ?? (base[file] === undefined ? undefined : [""]);
    const line = lines?.[region.startLine - 1];
    const isInside = line !== undefined && region.startColumn >= 1 && region.startColumn <= line.length + 1;
    return isInside ? [] : [`${file}:${region.startLine}:${region.startColumn}`];
  });
}

describe.each(namedChanges.map((change) => [change.name, change] as const))(
  "a review of %s",
  (name, change) => {
    it.each(kept(change))("is the golden file's, as %s", (form) => {
      const text = formsOf(change)[form];
      expectGolden(`${name}.${form}`, headOf(text, change.lines));
    });

    it("is JSON by its schema, as zod and as the published file have it, and its places are in the files", () => {
      const data: unknown = JSON.parse(formsOf(change).json);
      expect(reviewSchema.parse(data)).toEqual(data);
      expect([isReview(data), isReview.errors]).toEqual([true, null]);
      // What production's file would be with a release is no file of the change: see below.
      if (name !== "model-bump-in-staging") expect(strayPlaces(formsOf(change).json, change)).toEqual([]);
    });

    it("is SARIF 2.1.0, and every region lies in its file", () => {
      const { sarif } = formsOf(change);
      expect([isSarif(JSON.parse(sarif)), isSarif.errors]).toEqual([true, null]);
      expect(strayRegions(sarif, change)).toEqual([]);
    });

    it("is a comment of GitHub's length, in which nothing from a file is Markdown, HTML or a mention", () => {
      const { md } = formsOf(change);
      expect(md.length).toBeLessThanOrEqual(longestComment);
      const bare = md
        .split("\n")
        .map((line) => outsideCode(line).replace(/<\/?(details|summary|code|sub)>/g, ""));
      expect(bare.filter((line) => /[<>]|(^|[^\w])@\w|::|##\[|!\[/.test(line))).toEqual([]);
      expect(md.split("\n").filter((line) => obeyed.test(line))).toEqual([]);
      // Whatever is folded is closed again.
      expect(md.match(/<details>/g)?.length).toBe(md.match(/<\/details>/g)?.length);
    });

    it("is a text that no terminal and no runner obeys", () => {
      const lines = formsOf(change).txt.split("\n");
      // A folder's name reaches the place of a finding as it is: see below.
      if (name !== "hostile-keys") expect(lines.filter((line) => obeyed.test(line))).toEqual([]);
      expect(lines.filter((line) => line.trimStart().startsWith("::"))).toEqual([]);
    });

    it("has no secret, in whatever encoding", () => {
      const { md, txt, json, sarif } = formsOf(change);
      const found = secrets
        .flatMap(encodings)
        .filter((form) => [md, txt, json, sarif].some((text) => text.includes(form)));
      expect(found).toEqual([]);
    });
  },
);

describe("what holds a review to these properties", () => {
  it.each([
    ["plain <b>", "plain <b>"],
    ["`<b>` and ``a ` @b`` and <c>", " and  and <c>"],
    ["`open <b>", "`open <b>"],
    ["```` a ``` @b ```` @c", " @c"],
  ])("leaves of %j what is no code", (line, rest) => {
    expect(outsideCode(line)).toBe(rest);
  });

  it("finds a region that is in no file, and one behind the end of its line", () => {
    const change = { name: "", base: undefined, head: { "a.yaml": "a: 1\n" } };
    const at = (uri: string, startLine: number, startColumn: number) =>
      strayRegions(
        JSON.stringify({
          runs: [
            {
              results: [
                {
                  locations: [
                    {
                      physicalLocation: { artifactLocation: { uri }, region: { startLine, startColumn } },
                    },
                  ],
                },
              ],
            },
          ],
        }),
        change,
      );
    expect([at("a.yaml", 1, 5), at("a.yaml", 1, 6), at("a.yaml", 3, 1), at("b.yaml", 1, 1)]).toEqual([
      [],
      ["a.yaml:1:6"],
      ["a.yaml:3:1"],
      ["b.yaml:1:1"],
    ]);
  });

  it("has every secret in the files of some change, before or after it", () => {
    const texts = namedChanges.flatMap(({ base = {}, head }) => [base, head].flatMap(Object.values));
    expect(secrets.filter((secret) => !texts.some((text) => text.includes(secret)))).toEqual([]);
  });
});

describe("the golden files", () => {
  it("are all of a change that is named", () => {
    const named = namedChanges.flatMap((change) => kept(change).map((form) => `${change.name}.${form}`));
    expect(readdirSync(folder).sort()).toEqual(named.sort());
    expect(new Set(named).size).toBe(named.length);
  });

  it("are never written in CI", () => {
    expect(isAsked).toBe(isUpdate);
  });

  it("of a large change: the comment counts what does not fit, and the other forms have all of it", () => {
    const { md, json, sarif, reviews } = formsNamed("three-thousand-models");
    const [one] = reviews;
    expect(md.length).toBeGreaterThan(longestComment / 2);
    expect(md).toMatch(/_… and [\d,]+ more lines\._/);
    expect(one?.environments.map(({ changes }) => changes.length)).toEqual([3_000, 3_000]);
    const { runs } = JSON.parse(sarif) as SarifLog;
    expect(runs[0]?.results.length).toBe(one?.findings.length);
    expect(JSON.parse(json).reviews[0].environments[0].changes).toHaveLength(3_000);
  });
});

const namedChange = (name: string): NamedChange => {
  const found = namedChanges.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no change ${name}.`);
  return found;
};
const formsNamed = (name: string) => formsOf(namedChange(name));

/** Every object of parsed JSON, the outer ones first. */
function objectsIn(data: unknown): Record<string, unknown>[] {
  if (typeof data !== "object" || data === null) return [];
  const inner = Object.values(data).flatMap(objectsIn);
  return Array.isArray(data) ? inner : [data as Record<string, unknown>, ...inner];
}

/** The lines of files, each split once. */
function linesIn(entries: Entries): (file: string) => readonly string[] | undefined {
  const known = new Map<string, string[] | undefined>();
  return (file) => {
    const lines = known.get(file) ?? entries[file]?.split(/\r?\n/);
    known.set(file, lines);
    return lines;
  };
}

/** Places that JSON names and that are in the files neither before nor after the change. */
function strayPlaces(json: string, { head, base = {} }: NamedChange): string[] {
  const sides = [head, base].map((entries) => linesIn(entries));
  return objectsIn(JSON.parse(json)).flatMap(({ file, line, column }) => {
    if (typeof file !== "string" || typeof line !== "number" || typeof column !== "number") return [];
    const isIn = sides.some((linesOf) => {
      const text = linesOf(file)?.[line - 1];
      return text !== undefined && column <= text.length + 1;
    });
    return isIn ? [] : [`${file}:${line}:${column}`];
  });
}

describe("what reading them found to be wrong once", () => {
  it.each(["syntax-error", "limit-encrypted", "esc-import", "production-removed", "hostile-keys"])(
    "blocks both stacks of a pair that cannot be read: %s",
    (name) => {
      const [one] = formsNamed(name).reviews;
      expect(one?.findings.every(({ stacks }) => stacks.length === 2)).toBe(true);
    },
  );

  it("tells the verdict on every pair, however much there is to say of the first", () => {
    expect(formsNamed("two-pairs-three-thousand-models").md).toContain("`us-production`");
  });

  it.each([
    ["model-bump-refused", "fingerprint"],
    ["hostile-values", "traffic"],
  ])("marks in a comment what evidence does not pass, beside its criteria: %s, %s", (name, kind) => {
    expect(formsNamed(name).md).toMatch(new RegExp(`^\\| (❌|❔) \\| ${kind} \\|`, "m"));
  });

  it("gives no score of the former model to the one that staging carries", () => {
    const { reviews } = formsNamed("model-bump-in-staging");
    const target = reviews[0]?.routes
      .flatMap(({ targets }) => targets)
      .find(({ model }) => model === "chat-small");
    expect([target?.modelId, target?.measured?.source.isCurrent ?? false]).toEqual([
      "gpt-5.4-mini-2026-09-01",
      false,
    ]);
  });

  it("names no place in production's file as it would be with a release", () => {
    const change = namedChange("model-bump-in-staging");
    expect(strayPlaces(formsOf(change).json, change)).toEqual([]);
  });

  it("shows in a terminal what does not show in the name of a folder", () => {
    const lines = formsNamed("hostile-keys").txt.split("\n");
    expect(lines.filter((line) => obeyed.test(line))).toEqual([]);
  });

  it("says in a terminal that the change edits what the rules ask for", () => {
    expect(formsNamed("settings-weakened").txt).toMatch(/^The change edits what the rules ask for$/m);
  });

  it("has no result twice in SARIF, though two pairs share a file", () => {
    const { runs } = JSON.parse(formsNamed("two-pairs-three-thousand-models").sarif) as SarifLog;
    const results = runs.flatMap((run) => run.results.map((one) => JSON.stringify(one)));
    expect(new Set(results).size).toBe(results.length);
  });
});
