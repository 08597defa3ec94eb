import fc from "fast-check";
import { expect, it } from "vitest";
import { inlineCredentials } from "../../policies/inlineCredential";
import { UNKNOWN } from "../../policies/rule";

// Made up, and put together here so that no scanner takes this file for a leak.
const key = `sk-ant-${"a1B2c3D4".repeat(4)}`;
const base64 = Buffer.from(`key: ${key}`).toString("base64");
const text = fc.oneof(
  fc.constantFrom("", "a", "llm-staging", "hunter2", "9f86d081884c7d65", "$(PASSWORD)", "os.environ/KEY"),
  fc.constantFrom(key, base64, base64.replace(/.{20}/g, "$&\n"), "postgres://app:hunter2@db"),
);
const name = fc.oneof(
  fc.constantFrom("name", "value", "data", "env", "environment", "annotations", "spec", "0"),
  fc.constantFrom("password", "PASSWORD", "apiKey", "api-key-", "tokens", "__proto__", key),
);
const { props } = fc.letrec<{ props: Record<string, unknown>; value: unknown }>((tie) => ({
  props: fc.dictionary(name, tie("value"), { maxKeys: 4 }),
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    text,
    fc.constantFrom(1, true, null, undefined, UNKNOWN),
    fc.record({ name, value: text }),
    tie("props"),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
}));
const type = fc.constantFrom("a:b:C", "aws:secretsmanager/secretVersion:SecretVersion");

it("what no string of a resource says is nowhere in it: all places are searched where JSON stands in one", () => {
  let found = 0;
  let none = 0;
  fc.assert(
    fc.property(type, props, (type, props) => {
      const credentials = inlineCredentials(type, props);
      expect(credentials).toEqual(inlineCredentials(type, { ...props, containerDefinitions: "[]" }));
      if (credentials.length > 0) found++;
      else none++;
    }),
    { numRuns: 5_000, seed: 20261122 },
  );
  expect(found).toBeGreaterThan(1_000);
  expect(none).toBeGreaterThan(1_000);
});
