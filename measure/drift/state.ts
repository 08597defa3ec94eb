import { isRecord } from "../../config/record";
import { DriftInputError, readJson } from "./json";

/** What stands for a value that the engine marks as a secret: neither its ciphertext nor its plaintext is kept. */
export const HIDDEN = Symbol("a secret value");

/** A resource of a stack, as far as an audit looks at it. */
export interface StateResource {
  urn: string;
  type: string;
  /** The name that the program gave it. */
  name: string;
  custom: boolean;
  /** Values that are secret are `HIDDEN`. */
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  /** When it was created and last changed, where the state says so. */
  created: Date | undefined;
  modified: Date | undefined;
  /** Left over from an update that did not come to its end. */
  pendingDelete: boolean;
}

export interface State {
  /** The name of the stack in its resources' URNs. */
  stack: string;
  /** When it was last written. */
  time: Date | undefined;
  resources: StateResource[];
  /** How many operations an update began and did not end. */
  pendingOperations: number;
}

/** The largest state that is read: of 10,000 resources it has about 150 MB. */
export const maxStateBytes = 256 * 1024 ** 2;

/** How the engine marks special values (pulumi/pulumi, sdk/go/common/resource/sig). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/**
 * Reads what `pulumi stack export` wrote: versions 3 and 4 have the same form
 * (https://www.pulumi.com/docs/reference/cloud-rest-api/schema/appdeploymentv3/). One with secrets in plain text
 * (`--show-secrets`) is refused: it should not be lying about.
 */
export function readState(bytes: Uint8Array): State {
  const data = readJson(bytes);
  if (!isRecord(data) || !("deployment" in data))
    throw new DriftInputError("is no exported stack: it has no deployment");
  if (data.version !== 3 && data.version !== 4)
    throw new DriftInputError("is an exported stack of another version than 3 or 4");
  const { deployment } = data;
  const listed = isRecord(deployment) ? (deployment.resources ?? []) : undefined;
  if (!isRecord(deployment) || !Array.isArray(listed))
    throw new DriftInputError("is no exported stack: its deployment has no list of resources");
  const resources = listed.map(resourceOf);
  const [root, ...others] = new Set(resources.map(({ urn }) => urn.split("::")[0] ?? ""));
  if (others.length > 0) throw new DriftInputError("has resources of several stacks");
  return {
    stack: root?.slice("urn:pulumi:".length) ?? "",
    time: isRecord(deployment.manifest) ? timeOf(deployment.manifest.time) : undefined,
    resources,
    pendingOperations: Array.isArray(deployment.pending_operations)
      ? deployment.pending_operations.length
      : 0,
  };
}

function resourceOf(entry: unknown, index: number): StateResource {
  const { urn, type } = isRecord(entry) ? entry : {};
  if (
    !isRecord(entry) ||
    typeof urn !== "string" ||
    typeof type !== "string" ||
    !/^urn:pulumi:.+::.+::.+::.+$/.test(urn)
  )
    throw new DriftInputError(`has a resource without URN or type (deployment.resources[${index}])`);
  const properties = (value: unknown) => {
    const hidden = withoutSecrets(value, index);
    return isRecord(hidden) ? hidden : {};
  };
  return {
    urn,
    type,
    name: urn.split("::").slice(3).join("::"),
    custom: entry.custom === true,
    inputs: properties(entry.inputs),
    outputs: properties(entry.outputs),
    created: timeOf(entry.created),
    modified: timeOf(entry.modified),
    pendingDelete: entry.delete === true,
  };
}

function withoutSecrets(value: unknown, index: number): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, index));
  if (!isRecord(value)) return value;
  if (value[signatureKey] === secretSignature) {
    if ("plaintext" in value)
      throw new DriftInputError(
        `has a secret in plain text (deployment.resources[${index}]): delete the file, and export without --show-secrets`,
      );
    return HIDDEN;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner, index)]));
}

function timeOf(value: unknown): Date | undefined {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** The resource of a type whose name ends so; undefined where there is none, or several. */
export function resourceNamed(state: State, type: string, name: string): StateResource | undefined {
  const found = state.resources.filter((one) => one.type === type && one.name === name && !one.pendingDelete);
  return found.length === 1 ? found[0] : undefined;
}
