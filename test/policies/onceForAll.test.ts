import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { expect, it } from "vitest";
import { deserializeOnce } from "../../policies/onceForAll";

/** Stand-ins that count, so that the SDK of the other tests stays as it is. */
function counting() {
  const calls: string[] = [];
  const deserializing = {
    deserializeProperties: (struct: object | undefined, keepSecrets?: boolean): object => {
      calls.push(`deserialize ${keepSecrets}`);
      return { of: struct };
    },
  };
  const proxying = {
    unknownCheckingProxy: (target: object): object => {
      calls.push("proxy");
      return { ...target };
    },
  };
  deserializeOnce(deserializing, proxying);
  return { calls, deserializing, proxying };
}

it("makes the properties of one question and their proxy once", () => {
  const { calls, deserializing, proxying } = counting();
  const struct = new Struct();
  const [first, second] = [1, 2].map(() => deserializing.deserializeProperties(struct, false));
  expect(second).toBe(first);
  expect(proxying.unknownCheckingProxy(first as object)).toBe(proxying.unknownCheckingProxy(first as object));
  expect(calls).toEqual(["deserialize false", "proxy"]);
});

it("makes those of another question anew, however equal", () => {
  const { calls, deserializing } = counting();
  const [first, second] = [1, 2].map(() => deserializing.deserializeProperties(new Struct(), false));
  expect(second).not.toBe(first);
  expect(calls).toEqual(["deserialize false", "deserialize false"]);
});

it("leaves alone what asks for secrets, and what has no properties", () => {
  const { calls, deserializing } = counting();
  const struct = new Struct();
  for (let time = 0; time < 2; time++) {
    deserializing.deserializeProperties(struct, true);
    deserializing.deserializeProperties(undefined, false);
  }
  expect(calls).toEqual(["deserialize true", "deserialize false", "deserialize true", "deserialize false"]);
});

it("finds both in the SDK that is installed", () => {
  const sdk = [require("@pulumi/policy/deserialize"), require("@pulumi/policy/proxy")] as const;
  expect([typeof sdk[0].deserializeProperties, typeof sdk[1].unknownCheckingProxy]).toEqual([
    "function",
    "function",
  ]);
});

it("leaves an SDK alone that has them under other names", () => {
  const deserializing = { deserializeProperties: undefined as never };
  const unknownCheckingProxy = () => ({});
  const proxying = { unknownCheckingProxy };
  deserializeOnce(deserializing, proxying);
  expect(deserializing).toEqual({ deserializeProperties: undefined });
  expect(proxying.unknownCheckingProxy).toBe(unknownCheckingProxy);
});
