import { describe, expect, it } from "vitest";
import { DriftInputError, readJson } from "../../measure/drift/json";
import { readObjects } from "../../measure/drift/objects";
import { readLast, sinceLast } from "../../measure/drift/since";
import { HIDDEN, readState } from "../../measure/drift/state";
import { encodings } from "../project";
import { bytesOf } from "./deployed";

const bytes = (text: string) => new TextEncoder().encode(text);
const why = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(DriftInputError);
    return (error as Error).message;
  }
  return "taken";
};

describe("JSON that can be read in one way only", () => {
  it.each<[string, string, string]>([
    ["", "empty", "is empty"],
    ["{", "cut off", "is no JSON"],
    ["state: 3", "YAML", "is no JSON"],
    ['{"a":1,"a":2}', "a key twice", "has a key twice in one map"],
    ['{"a":1,"\\u0061":2}', "a key twice, once escaped", "has a key twice in one map"],
    ['{"a" : {"b":1,"b"\n:2}}', "a key twice further in", "has a key twice in one map"],
    ['{"a\0":1}', "NUL", "has a NUL character in it"],
    [`${"[".repeat(300)}${"]".repeat(300)}`, "too deep", "is deeper than 200 levels"],
    [`${"[".repeat(100_000)}`, "very deep", "is deeper than 200 levels"],
  ])("%j (%s): %s", (text, _, expected) => {
    expect(why(() => readJson(bytes(text)))).toBe(expected);
  });

  it.each<[string, unknown]>([
    ['{"a":1,"b":2}', { a: 1, b: 2 }],
    ['[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['{"a":{"a":{"a":1}}}', { a: { a: { a: 1 } } }],
    ['{"a":"a\\\\","b":"\\"a\\":"}', { a: "a\\", b: '"a":' }],
    ["\ufeff{}", {}],
    [`${"[".repeat(200)}${"]".repeat(200)}`, JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`)],
  ])("%j is taken", (text, expected) => {
    expect(readJson(bytes(text))).toEqual(expected);
  });

  it("has to be UTF-8", () => {
    expect(why(() => readJson(Uint8Array.of(0x22, 0xff, 0x22)))).toBe("is not UTF-8 text");
    expect(why(() => readJson(Buffer.from('{"a":1}', "utf16le")))).toBe("has a NUL character in it");
  });

  it("is read in linear time", () => {
    const text = JSON.stringify(
      Array.from({ length: 60_000 }, (_, index) => ({ urn: `"${index}\\`, "a\\": index })),
    );
    const start = performance.now();
    readJson(bytes(text));
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});

const urn = "urn:pulumi:staging::lockstep::aws:a/b:C::name";
const stack = (resources: unknown, version: unknown = 3) => bytesOf({ version, deployment: { resources } });
const marked = (inner: object) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ...inner,
});

describe("an exported stack", () => {
  it.each<[string, Uint8Array, string]>([
    ["a list", bytesOf([]), "is no exported stack: it has no deployment"],
    ["an older version", stack([], 2), "is an exported stack of another version than 3 or 4"],
    ["a version in words", stack([], "3"), "is an exported stack of another version than 3 or 4"],
    ["resources that are none", stack({}), "is no exported stack: its deployment has no list of resources"],
    [
      "a resource without URN",
      stack([{ type: "a" }]),
      "has a resource without URN or type (deployment.resources[0])",
    ],
    ["a null", stack([null]), "has a resource without URN or type (deployment.resources[0])"],
    [
      "two stacks in one",
      stack([
        { urn, type: "aws:a/b:C" },
        { urn: urn.replace("staging", "production"), type: "aws:a/b:C" },
      ]),
      "has resources of several stacks",
    ],
    [
      "a secret in plain text",
      stack([{ urn, type: "aws:a/b:C", inputs: { list: [marked({ plaintext: '"hunter2"' })] } }]),
      "has a secret in plain text (deployment.resources[0]): delete the file, and export without --show-secrets",
    ],
  ])("%s is refused", (_, file, expected) => {
    expect(why(() => readState(file))).toBe(expected);
  });

  it("keeps neither the text nor the form of a secret", () => {
    const { resources, stack: name } = readState(
      stack([{ urn, type: "aws:a/b:C", custom: true, inputs: { a: marked({ ciphertext: "v1:abc" }) } }], 4),
    );
    expect(name).toBe("staging");
    expect(resources[0]?.inputs).toEqual({ a: HIDDEN });
  });
});

describe("Kubernetes objects", () => {
  it.each<[unknown, string]>([
    [[], "is no list of Kubernetes objects"],
    [{ items: [] }, "is no list of Kubernetes objects"],
    [{ kind: "List", items: {} }, "is a list of Kubernetes objects without items"],
  ])("%j is refused", (data, expected) => {
    expect(why(() => readObjects(bytesOf(data)))).toBe(expected);
  });

  it("are read from a list or alone, and Secrets are passed over", () => {
    const own = { kind: "ConfigMap", metadata: { name: "a", namespace: "b" } };
    const secret = { kind: "Secret", metadata: { name: "c", namespace: "b" }, data: { a: "aHVudGVyMg==" } };
    for (const data of [{ kind: "List", items: [own, secret, null, 3] }, own])
      expect(readObjects(bytesOf(data)).map(({ kind, name, namespace }) => [kind, name, namespace])).toEqual([
        ["ConfigMap", "a", "b"],
      ]);
  });
});

describe("the audit before", () => {
  const results = (differences: object[]) => ({
    audited: { prompts: 2, models: 5, policies: 1 },
    differences,
  });
  const lastWith = (differences: object[]) =>
    readLast(bytesOf({ stack: "staging", ended: "2026-10-21T03:17:00Z", results: results(differences) }));
  const one = { area: "limits", name: "limits.monthlyUsd", difference: "the limit differs in the state" };
  const now = new Date("2026-11-21T03:17:00Z");

  it("tells since when a difference is there, whatever its values, and what is gone", () => {
    const two = { ...one, name: "limits.dailyUsd" };
    const last = lastWith([{ ...one, deployed: "2,500", since: "2026-08-21" }, two]);
    expect(sinceLast([{ ...one, deployed: "3,000" }], last, now)).toEqual({
      differences: [{ ...one, deployed: "3,000", since: "2026-08-21" }],
      gone: [two],
    });
    expect(sinceLast([two], last, now).differences).toEqual([{ ...two, since: "2026-10-21" }]);
  });

  it("that knew nothing of it, or was not given, leaves it new", () => {
    expect(sinceLast([one], lastWith([]), now)).toEqual({
      differences: [{ ...one, since: "2026-11-21" }],
      gone: [],
    });
    expect(sinceLast([one], undefined, now)).toEqual({
      differences: [{ ...one, since: "2026-11-21" }],
      gone: [],
    });
  });

  it.each<[string, unknown, string]>([
    ["a list", [], "is no audit"],
    ["no audit", { a: 1 }, "is neither drift evidence nor the output of lockstep audit --format json"],
    [
      "an audit with a credential in it",
      {
        stack: "staging",
        ended: "2026-10-21T03:17:00Z",
        results: results([{ ...one, name: `sk-ant-${"a1".repeat(20)}` }]),
      },
      "has an Anthropic API key in it, which has to be revoked now",
    ],
    [
      "evidence of nothing",
      { predicateType: "x" },
      "is no evidence: its predicateType is none that Lockstep knows",
    ],
  ])("%s is refused", (_, data, expected) => {
    expect(why(() => readLast(bytesOf(data)))).toBe(expected);
  });
});

it("no refusal has anything of the file in it", () => {
  const secret = "hunter2-correct-horse";
  const files = [
    `${secret}`,
    `{"${secret}":1,"${secret}":2}`,
    `{"version":"${secret}","deployment":{}}`,
    `["${secret}`,
  ];
  for (const text of files)
    for (const read of [readState, readObjects, readLast])
      for (const form of encodings(secret)) expect(why(() => read(bytes(text)))).not.toContain(form);
});
