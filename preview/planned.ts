import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { text } from "./convert";
import { isProvider, type PlannedResource, seconds } from "./resource";

export const noOptions: PlannedResource["options"] = {
  protect: false,
  ignoreChanges: [],
  deleteBeforeReplace: undefined,
  additionalSecretOutputs: [],
  aliases: [],
  timeouts: { create: 0, update: 0, delete: 0, read: 0 },
};

/**
 * What a registration asks for, as the engine would hold it before the resource exists. Aliases are those of
 * the old state, of which a new stack has none: a pack sees no others (measured on the engine).
 */
export function planned(
  request: RegisterResourceRequest,
  places: Pick<PlannedResource, "urn" | "parent" | "provider">,
): PlannedResource {
  const propertyDependencies = new Map<string, string[]>();
  request.getPropertydependenciesMap().forEach((value, key) => {
    propertyDependencies.set(key, value.getUrnsList());
  });
  return {
    ...places,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: inputsOf(request),
    outputs: undefined,
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    options: {
      ...noOptions,
      protect: request.getProtect() === true,
      ignoreChanges: request.getIgnorechangesList(),
      deleteBeforeReplace: request.getDeletebeforereplacedefined()
        ? request.getDeletebeforereplace()
        : undefined,
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      timeouts: timeoutsOf(request),
    },
  };
}

/** Inputs as the program gave them; to those of a provider the engine adds its plugin's version and source. */
function inputsOf(request: RegisterResourceRequest): Struct {
  const inputs = request.getObject()?.clone() ?? new Struct();
  if (!isProvider(request.getType())) return inputs;
  const plugin = { version: request.getVersion(), pluginDownloadURL: request.getPlugindownloadurl() };
  for (const [key, value] of Object.entries(plugin)) if (value) inputs.getFieldsMap().set(key, text(value));
  return inputs;
}

function timeoutsOf(request: RegisterResourceRequest): PlannedResource["options"]["timeouts"] {
  const given = request.getCustomtimeouts();
  const read = (duration = ""): number => {
    const result = seconds(duration);
    if (result === undefined) throw new Error(`unable to parse customTimeout Value ${duration}`);
    return result;
  };
  return {
    create: read(given?.getCreate()),
    update: read(given?.getUpdate()),
    delete: read(given?.getDelete()),
    read: read(given?.getRead()),
  };
}
