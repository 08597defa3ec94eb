import Ajv2020 from "ajv/dist/2020";
import { describe, expect, it } from "vitest";
import { parseStatement } from "../../lifecycle/evidence";
import { evidenceJsonSchema } from "../../lifecycle/jsonSchema";
import { type KindName, kindNames } from "../../lifecycle/kind";
import { kinds } from "../../lifecycle/kinds";
import { hashOf, kindOf, predicateType, statementSchemas } from "../../lifecycle/statement";
import { bytes, hash, other, results, statement } from "./samples";

const why = (value: unknown): string | undefined => {
  const result = parseStatement(value instanceof Uint8Array ? value : bytes(value));
  return "why" in result ? result.why : undefined;
};

const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(evidenceJsonSchema());

describe("a statement of each kind", () => {
  it("there are nine kinds, each under its own name", () => {
    expect(kindNames.map((kind) => kinds[kind].name)).toEqual(kindNames);
    expect(kindNames).toHaveLength(9);
  });

  it.each(kindNames)("%s is read as it is, by our schema and by the published one", (kind) => {
    const written = statement(kind);
    expect(parseStatement(bytes(written))).toEqual({ kind, statement: written });
    expect(validate(written)).toBe(true);
    expect(hashOf(statementSchemas[kind].parse(written))).toBe(hash);
  });

  it.each(kindNames)("%s is refused with a further key in its results", (kind) => {
    const written = statement(kind, { results: { ...results[kind], verdict: "good" } });
    expect(why(written)).toBe(`it is no ${kind} statement: predicate.results: Unrecognized key: "verdict"`);
    expect(validate(written)).toBe(false);
  });

  it.each(kindNames)("%s is refused with another kind's results", (kind) => {
    const next = kindNames[(kindNames.indexOf(kind) + 1) % kindNames.length] ?? kind;
    expect(why(statement(kind, { results: results[next] }))).toMatch(
      new RegExp(`^it is no ${kind} statement: predicate\\.results`),
    );
  });

  it.each(kindNames)("%s is told by its predicate type", (kind) => {
    expect(predicateType(kind)).toBe(`https://lockstep.dev/evidence/${kind}/v1`);
    expect(kindOf(predicateType(kind))).toBe(kind);
    expect(kindOf(`${predicateType(kind)}0`)).toBe(undefined);
  });
});

describe("a statement that says something else than evidence says", () => {
  const refused = (path: string, words: string, more = "") =>
    `it is no load statement: ${path}: ${words}${more}`;
  const badHash = "a behaviour hash: 64 hexadecimal digits in lower case";
  const time = 'a time in UTC ("2026-11-21T12:00:00Z")';
  const oneLine = "one line, without control characters";

  it.each<[string, Record<string, unknown>, string | undefined]>([
    ["nothing changed", {}, undefined],
    ["measured in production", { environment: "production" }, undefined],
    [
      "measured elsewhere",
      { environment: "development" },
      refused("predicate.environment", 'Invalid option: expected one of "staging"|"production"'),
    ],
    ["a stack with a dash", { stack: "eu-staging" }, undefined],
    [
      "a stack with a line end",
      { stack: "a\nb" },
      refused("predicate.stack", "a stack name: letters, digits, '.', '_' and '-'"),
    ],
    [
      "a short hash",
      { gateway: { before: "a".repeat(63), after: hash } },
      refused("predicate.gateway.before", badHash),
    ],
    [
      "a hash in capitals",
      { gateway: { before: hash, after: "A".repeat(64) } },
      refused("predicate.gateway.after", badHash),
    ],
    ["another hash", { gateway: { before: other, after: other } }, undefined],
    ["stubs", { providers: "stub" }, undefined],
    [
      "other providers",
      { providers: "fake" },
      refused("predicate.providers", 'Invalid option: expected one of "real"|"stub"'),
    ],
    [
      "a command of two lines",
      { tool: { name: "k6", version: "1", command: "k6\nrun" } },
      refused("predicate.tool.command", oneLine),
    ],
    ["a command of one line", { tool: { name: "k6", version: "1", command: "k6 run" } }, undefined],
    ["a leap day", { ended: "2028-02-29T00:00:00Z" }, undefined],
    ["a day that is none", { ended: "2026-02-30T00:00:00Z" }, refused("predicate.ended", time)],
    ["a time with an offset", { ended: "2026-11-20T12:00:00+01:00" }, refused("predicate.ended", time)],
    ["a time without a zone", { started: "2026-11-20T12:00:00" }, refused("predicate.started", time)],
    ["a time with milliseconds", { started: "2026-11-20T12:00:00.123Z" }, undefined],
    ["no sample", { samples: 0 }, undefined],
    [
      "fewer than none",
      { samples: -1 },
      refused("predicate.samples", "Too small: expected number to be >=0"),
    ],
    [
      "half a sample",
      { samples: 1.5 },
      refused("predicate.samples", "Invalid input: expected int, received number"),
    ],
    ["one repeat", { repeats: 1 }, undefined],
    ["no repeat", { repeats: 0 }, refused("predicate.repeats", "Too small: expected number to be >=1")],
    ["a reason", { inconclusive: ["Too few cases."] }, undefined],
    [
      "a reason that is none",
      { inconclusive: ["No"] },
      refused("predicate.inconclusive[0]", "Too small: expected string to have >=3 characters"),
    ],
    ["raw output beside it", { raw: { file: "run-1.raw.jsonl", sha256: hash } }, undefined],
    [
      "raw output elsewhere",
      { raw: { file: "../run.jsonl", sha256: hash } },
      refused("predicate.raw.file", "the name of a file beside the statement"),
    ],
    [
      "raw output in a folder below",
      { raw: { file: "a/run.jsonl", sha256: hash } },
      refused("predicate.raw.file", "the name of a file beside the statement"),
    ],
    [
      "raw output in a hidden file",
      { raw: { file: ".run", sha256: hash } },
      refused("predicate.raw.file", "the name of a file beside the statement"),
    ],
    ["a further key", { verdict: "good" }, refused("predicate", 'Unrecognized key: "verdict"')],
    [
      "two faults",
      { samples: -1, repeats: 0 },
      refused("predicate.samples", "Too small: expected number to be >=0", " (and 1 more)"),
    ],
  ])("%s", (_, predicate, expected) => {
    expect(why(statement("load", predicate))).toBe(expected);
    // The published schema refuses and takes the same.
    expect(validate(statement("load", predicate))).toBe(expected === undefined);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "another type of statement",
      { _type: "https://in-toto.io/Statement/v0.1" },
      'it is no load statement: _type: Invalid input: expected "https://in-toto.io/Statement/v1"',
    ],
    [
      "no subject",
      { subject: [] },
      "it is no load statement: subject: Too small: expected array to have exactly 1 items",
    ],
    [
      "two subjects",
      {
        subject: [
          { name: "behaviour", digest: { sha256: hash } },
          { name: "behaviour", digest: { sha256: other } },
        ],
      },
      "it is no load statement: subject: Too big: expected array to have exactly 1 items",
    ],
    [
      "another subject",
      { subject: [{ name: "image", digest: { sha256: hash } }] },
      'it is no load statement: subject[0].name: Invalid input: expected "behaviour"',
    ],
    [
      "another predicate",
      { predicateType: "https://slsa.dev/provenance/v1" },
      "its predicateType is none that Lockstep knows",
    ],
    ["no predicate type", { predicateType: undefined }, "its predicateType is none that Lockstep knows"],
    [
      "a further key beside the predicate",
      { note: "x" },
      'it is no load statement: Unrecognized key: "note"',
    ],
  ])("%s", (_, top, expected) => {
    expect(why(statement("load", {}, top))).toBe(expected);
  });

  it.each<[string, unknown, string]>([
    ["no JSON", Buffer.from("{"), "it is not JSON in UTF-8"],
    ["nothing", Buffer.from(""), "it is not JSON in UTF-8"],
    ["no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "it is not JSON in UTF-8"],
    ["UTF-16", Buffer.from("{}", "utf16le"), "it is not JSON in UTF-8"],
    ["a list", [], "it is no JSON object"],
    ["null", null, "it is no JSON object"],
    ["a number", 1, "it is no JSON object"],
  ])("is no statement: %s", (_, value, expected) => {
    expect(why(value)).toBe(expected);
  });

  it("has a credential in it, which is told by its kind alone", () => {
    const key = `sk-ant-${"q7Planted0Key1Value2".repeat(2)}`;
    const tool = { name: "k6", version: "1", command: `k6 run --env KEY=${key}` };
    expect(why(statement("load", { tool }))).toBe(
      "it has an Anthropic API key in it, which has to be revoked now",
    );
    const encoded = { name: "k6", version: "1", command: Buffer.from(key).toString("base64") };
    expect(why(statement("load", { tool: encoded }))).toBe(
      "it has an Anthropic API key in base64 in it, which has to be revoked now",
    );
  });
});

describe("results that contradict themselves", () => {
  const once = (kind: KindName, key: string, words: string) =>
    `it is no ${kind} statement: predicate.results.${key}: ${words}`;
  const order = "an interval with the value between its ends";
  const [target] = results.eval.targets;
  const [pattern] = results.cache.patterns;
  const [route] = results.fingerprint.routes;
  const scored = (value: number, low: number, high: number) => ({
    targets: [{ ...target, score: { value, low, high } }],
  });

  const alike = { staging: results.validity.production };

  it.each<[KindName, string, object, string | undefined]>([
    ["eval", "an interval", scored(0.5, 0.5, 0.5), undefined],
    ["eval", "a value below its interval", scored(0.4, 0.5, 0.6), once("eval", "targets[0].score", order)],
    ["eval", "a value above its interval", scored(0.7, 0.5, 0.6), once("eval", "targets[0].score", order)],
    [
      "eval",
      "a target twice",
      { targets: [target, target] },
      once("eval", "targets", "every route and model once"),
    ],
    ["eval", "a model on two routes", { targets: [target, { ...target, route: "economy" }] }, undefined],
    [
      "cache",
      "a route twice",
      { patterns: [pattern, pattern] },
      once("cache", "patterns", "every route once"),
    ],
    ["cache", "two routes", { patterns: [pattern, { ...pattern, route: "economy" }] }, undefined],
    [
      "fingerprint",
      "a route twice",
      { routes: [route, route] },
      once("fingerprint", "routes", "every route once"),
    ],
    ["validity", "an interval", { ...alike, drop: { value: 0, low: -1, high: 1 } }, undefined],
    [
      "validity",
      "one turned round",
      { ...alike, drop: { value: 0, low: 1, high: -1 } },
      once("validity", "drop", order),
    ],
    [
      "validity",
      "a value beside it",
      { ...alike, drop: { value: 0, low: 0.5, high: 1 } },
      once("validity", "drop", order),
    ],
    [
      "validity",
      "another drop than that of the counts",
      { drop: { value: 0.01, low: 0, high: 0.02 } },
      once("validity", "drop.value", "production's pass rate less staging's, by the counts beside it"),
    ],
    [
      "validity",
      "the drop the wrong way round",
      { drop: { value: -0.03125, low: -0.04, high: 0 } },
      once("validity", "drop.value", "production's pass rate less staging's, by the counts beside it"),
    ],
    [
      "validity",
      "a drop that is off by more than a rounding to four digits",
      { drop: { value: 0.0311, low: 0, high: 0.0625 } },
      once("validity", "drop.value", "production's pass rate less staging's, by the counts beside it"),
    ],
    [
      "validity",
      "a drop rounded to four digits",
      { drop: { value: 0.0313, low: 0, high: 0.0625 } },
      undefined,
    ],
    [
      "validity",
      "one that failed of three in production, to six digits",
      {
        staging: { responses: 3, passed: 3 },
        production: { responses: 3, passed: 2 },
        drop: { value: -0.333333, low: -0.7, high: 0.3 },
      },
      undefined,
    ],
    [
      "validity",
      "all passed",
      {
        staging: { responses: 9, passed: 9 },
        production: { responses: 7, passed: 7 },
        drop: { value: 0, low: -0.3, high: 0.4 },
      },
      undefined,
    ],
    [
      "validity",
      "more passes than responses",
      { staging: { responses: 9, passed: 10 } },
      once("validity", "staging", "no more passes than responses"),
    ],
  ])("%s: %s", (kind, _, changes, expected) => {
    expect(why(statement(kind, { results: { ...results[kind], ...changes } }))).toBe(expected);
  });
});

describe("the published schema", () => {
  it("names every kind and is a JSON Schema of 2020-12", () => {
    const schema = evidenceJsonSchema();
    expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(schema.title).toBe(
      "Lockstep: a statement of evidence, as releases/<id>/evidence/*.intoto.json has it",
    );
    expect(schema.oneOf).toEqual(kindNames.map((kind) => ({ $ref: `#/$defs/${kind}` })));
    expect(Object.keys(schema.$defs as object)).toEqual(kindNames);
    expect(JSON.stringify(schema).split("$schema")).toHaveLength(2);
  });
});
