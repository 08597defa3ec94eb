import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { secret, text } from "./convert";
import { noOptions } from "./planned";
import type { PlannedResource } from "./resource";

/** A plugin that a resource, a read or a function needs. */
export interface Plugin {
  name: string;
  version: string;
  downloadUrl: string;
}

export interface Ambient {
  project: string;
  stack: string;
  /** The stack's configuration by full key; that of a package's namespace is its default provider's input. */
  config: Readonly<Record<string, string>>;
  secretKeys: readonly string[];
}

/**
 * The provider that the engine makes where a program names none, from the package's own configuration
 * (pkg/resource/deploy/default_providers.go).
 */
export function defaultProvider({ name, version, downloadUrl }: Plugin, ambient: Ambient): PlannedResource {
  const { project, stack, config, secretKeys } = ambient;
  const suffix = version === "" ? "" : `_${version.replaceAll(/[.+-]/g, "_")}`;
  const type = `pulumi:providers:${name}`;
  const inputs = new Struct();
  for (const [key, value] of Object.entries(config)) {
    if (!key.startsWith(`${name}:`)) continue;
    const marked = secretKeys.includes(key) ? secret(text(value)) : text(value);
    inputs.getFieldsMap().set(key.slice(name.length + 1), marked);
  }
  if (version) inputs.getFieldsMap().set("version", text(version));
  if (downloadUrl) inputs.getFieldsMap().set("pluginDownloadURL", text(downloadUrl));
  return {
    urn: `urn:pulumi:${stack}::${project}::${type}::default${suffix}`,
    type,
    name: `default${suffix}`,
    custom: true,
    parent: "",
    provider: "",
    inputs,
    outputs: undefined,
    dependencies: [],
    propertyDependencies: new Map(),
    options: noOptions,
  };
}

/** Whether the stack forbids the default provider of a package (`pulumi:disable-default-providers`). */
export function isDisabled(name: string, config: Readonly<Record<string, string>>): boolean {
  const list = config["pulumi:disable-default-providers"];
  if (name === "pulumi" || list === undefined || list === "") return false;
  const names = JSON.parse(list) as unknown;
  if (!Array.isArray(names) || !names.every((one) => typeof one === "string"))
    throw new Error("pulumi:disable-default-providers is no list of names.");
  return names.some((one) => one.trim() === "*" || one.trim() === name);
}
