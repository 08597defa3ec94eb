import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A resource that a program registered, as the engine would hold it in a preview. */
export interface PlannedResource {
  urn: string;
  type: string;
  name: string;
  /** False for components. */
  custom: boolean;
  /** URN of the parent; "" for the root. */
  parent: string;
  /** URN of the provider; "" for components and for providers themselves. */
  provider: string;
  /** Inputs as they came over the wire: secrets and unknowns are still marked in them. */
  inputs: Struct;
  /** What a component registered as its outputs. */
  outputs: Struct | undefined;
  dependencies: readonly string[];
  propertyDependencies: ReadonlyMap<string, readonly string[]>;
  options: {
    protect: boolean;
    ignoreChanges: readonly string[];
    deleteBeforeReplace: boolean | undefined;
    additionalSecretOutputs: readonly string[];
    aliases: readonly string[];
    /** Seconds; 0 where none is set. */
    timeouts: { create: number; update: number; delete: number; read: number };
  };
}

export const rootType = "pulumi:pulumi:Stack";
const providerPrefix = "pulumi:providers:";

export const isProvider = (type: string) => type.startsWith(providerPrefix);

/** `aws` of `aws:kms/key:Key`. */
export const packageOf = (type: string) => type.slice(0, type.indexOf(":"));

/**
 * The URN that the engine gives to a resource: stack, project, the types from the outermost component down,
 * and the name (sdk/go/common/resource/urn). The root is no part of the types.
 */
export function urnOf(stack: string, project: string, parent: string, type: string, name: string): string {
  const parentType = parent.split("::")[2] ?? "";
  const qualified = parentType === "" || parentType === rootType ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** URN of a provider reference, `<urn>::<id>`. */
export const providerUrn = (reference: string) =>
  reference.slice(0, Math.max(0, reference.lastIndexOf("::")));

const unitSeconds: Record<string, number> = { h: 3_600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };
const duration = /^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|h|m|s))+$/;

/** A duration such as "5m" or "1h30m", in seconds; undefined where it is none to Go (time.ParseDuration). */
export function seconds(text: string): number | undefined {
  if (text === "" || text === "0") return 0;
  if (!duration.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)(ns|us|µs|ms|h|m|s)/g);
  return [...parts].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (unitSeconds[unit ?? ""] ?? 0),
    0,
  );
}
