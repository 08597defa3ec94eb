import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { expect, it } from "vitest";
import { forPack } from "../../preview/convert";

const signature = "4dabf18193072939515e22adb298388d";
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const component = "urn:pulumi:dev::shop::shop:index:Part::part";

const reference = (fields: Record<string, JavaScriptValue>) => ({
  [signature]: "5cf8f73096256a8f31e491e813e4eb8e",
  urn: component,
  ...fields,
});
const output = (fields: Record<string, JavaScriptValue>) => ({
  [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  ...fields,
});
const secret = (value: JavaScriptValue) => ({ [signature]: "1b47061264138c4ac30d75fd1eb44270", value });

it.each<[string, JavaScriptValue, JavaScriptValue]>([
  ["a reference to a resource is its id", reference({ id: "i-1" }), "i-1"],
  ["whose id is not known yet is unknown", reference({ id: "" }), unknown],
  ["a reference to a component is its URN", reference({}), component],
  ["an output is its value", output({ value: { a: [1] } }), { a: [1] }],
  ["an output without a value is unknown", output({}), unknown],
  ["a secret output is a secret", output({ value: "s", secret: true }), secret("s")],
  ["an output may hold a reference", output({ value: [reference({ id: "i-1" })] }), ["i-1"]],
  ["a secret stays one", secret({ of: reference({ id: "i-1" }) }), secret({ of: "i-1" })],
  ["plain values stay", { n: null, b: false, z: 0, e: "" }, { n: null, b: false, z: 0, e: "" }],
])("%s", (_, given, expected) => {
  expect(forPack(Struct.fromJavaScript({ deep: [{ given }] })).toJavaScript()).toEqual({
    deep: [{ given: expected }],
  });
});

it("leaves out the SDK's own keys, but only those of the resource itself", () => {
  const given = Struct.fromJavaScript({ __provider: "code", size: { __own: 1 } });
  expect(forPack(given).toJavaScript()).toEqual({ size: { __own: 1 } });
});
