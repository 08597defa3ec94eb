import { ListValue, Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { remembered } from "../config/remembered";

/** How the engine marks special values in a property map (sdk/go/common/resource/sig). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
} as const;

/** What stands for a value that is not known before the update (sdk/go/common/resource/plugin, rpc.go). */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A resource is asked about twice, and its provider with every one of its resources. Nobody changes either form. */
const made = new WeakMap<Struct, Struct>();

/**
 * Properties in the form in which the engine hands them to a policy pack: a reference to a resource is its
 * id, or its URN where it is a component, an output is its value, and keys of the SDK's own are left out. The
 * policy SDK fails on references and outputs that are still marked as such.
 */
export const forPack = (properties: Struct): Struct =>
  remembered(made, properties, () => withoutMarks(properties));

function withoutMarks(properties: Struct): Struct {
  const result = new Struct();
  properties.getFieldsMap().forEach((value, key) => {
    if (!key.startsWith("__")) result.getFieldsMap().set(key, flat(value));
  });
  return result;
}

function flat(value: Value): Value {
  const list = value.getListValue();
  if (list) return listOf(list.getValuesList().map(flat));
  const struct = value.getStructValue();
  if (!struct) return value;
  const fields = struct.getFieldsMap();
  switch (fields.get(signatureKey)?.getStringValue()) {
    case signatures.resource: {
      const id = fields.get("id")?.getStringValue();
      return text(id === undefined ? (fields.get("urn")?.getStringValue() ?? "") : id || unknown);
    }
    case signatures.output: {
      const inner = fields.get("value");
      const known = inner ? flat(inner) : text(unknown);
      return fields.get("secret")?.getBoolValue() ? secret(known) : known;
    }
    default:
      return structOf(struct);
  }
}

/** A value marked as a secret. */
export function secret(value: Value): Value {
  const marked = new Struct();
  marked.getFieldsMap().set(signatureKey, text(signatures.secret));
  marked.getFieldsMap().set("value", value);
  const result = new Value();
  result.setStructValue(marked);
  return result;
}

/** Whether plain data, made of properties, is a value marked as a secret. */
export const isSecret = (value: Readonly<Record<string, unknown>>): boolean =>
  value[signatureKey] === signatures.secret;

export function text(value: string): Value {
  const result = new Value();
  result.setStringValue(value);
  return result;
}

function structOf(struct: Struct): Value {
  const copy = new Struct();
  struct.getFieldsMap().forEach((value, key) => {
    copy.getFieldsMap().set(key, flat(value));
  });
  const result = new Value();
  result.setStructValue(copy);
  return result;
}

function listOf(values: Value[]): Value {
  const list = new ListValue();
  list.setValuesList(values);
  const result = new Value();
  result.setListValue(list);
  return result;
}
