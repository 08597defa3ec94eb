import type { PolicyProviderResource, PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import { type ResourceView, UNKNOWN } from "./rule";

/**
 * What the engine writes for a value that is not known yet, one for each type. The policy SDK throws on the
 * access to a property that holds one, and takes the error for a reason to make the policy advisory.
 * Source: @pulumi/policy 1.21.0, proxy.js; a test compares the two.
 */
export const unknownLiterals: ReadonlySet<string> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** What policies were asked last about the same properties. */
const views = new WeakMap<object, { args: ResourceValidationArgs; view: Promise<ResourceView> }>();

/** The resource of a resource policy; the policies of one question share it. */
export function resourceView(args: ResourceValidationArgs): Promise<ResourceView> {
  const known = views.get(args.props);
  if (known !== undefined && isSame(known.args, args)) return known.view;
  const view = viewOf(args);
  views.set(args.props, { args, view });
  return view;
}

const isSame = (a: ResourceValidationArgs, b: ResourceValidationArgs): boolean =>
  a.urn === b.urn &&
  a.type === b.type &&
  a.name === b.name &&
  a.provider?.props === b.provider?.props &&
  a.opts.protect === b.opts.protect;

async function viewOf(args: ResourceValidationArgs): Promise<ResourceView> {
  return {
    urn: args.urn,
    type: args.type,
    name: args.name,
    props: await plainProps(args.props),
    provider: await providerView(args.provider),
    parent: undefined,
    dependsOn: {},
    protect: args.opts.protect,
  };
}

/** A resource of a stack policy. */
export async function stackResourceView(resource: PolicyResource): Promise<ResourceView> {
  return {
    urn: resource.urn,
    type: resource.type,
    name: resource.name,
    props: await plainProps(resource.props),
    provider: await providerView(resource.provider),
    parent: resource.parent?.urn,
    dependsOn: Object.fromEntries(
      Object.entries(resource.propertyDependencies).map(([property, sources]) => [
        property,
        sources.map(({ urn }) => urn),
      ]),
    ),
    protect: resource.opts.protect,
  };
}

async function providerView(provider: PolicyProviderResource | undefined): Promise<ResourceView["provider"]> {
  if (provider === undefined) return undefined;
  const { type, name, urn, props } = provider;
  return { type, name, urn, props: await plainProps(props) };
}

/**
 * Properties as plain data with `UNKNOWN` in place. Values are read from property descriptors, which the
 * SDK's proxy does not watch, so nothing is thrown on the way. Contents of archives come as promises.
 */
export async function plainProps(props: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const pending: Promise<void>[] = [];
  const copy = copyRecord(props, pending);
  // A promise may bring further ones, which are added at the end.
  for (let index = 0; index < pending.length; index++) await pending[index];
  return copy;
}

function copyRecord(source: object, pending: Promise<void>[]): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(source)) {
    put(copy, key, Object.getOwnPropertyDescriptor(source, key)?.value, pending);
  }
  return copy;
}

function put(target: object, key: string | number, value: unknown, pending: Promise<void>[]): void {
  if (value instanceof Promise) {
    pending.push(value.then((settled: unknown) => put(target, key, settled, pending)));
    return;
  }
  // Defined, not assigned: a key may be called `__proto__`.
  Object.defineProperty(target, key, {
    value: copyValue(value, pending),
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function copyValue(value: unknown, pending: Promise<void>[]): unknown {
  if (typeof value === "string") return unknownLiterals.has(value) ? UNKNOWN : value;
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value)) return copyRecord(value, pending);
  const copy: unknown[] = [];
  const length: unknown = Object.getOwnPropertyDescriptor(value, "length")?.value;
  for (let index = 0; index < Number(length); index++) {
    put(copy, index, Object.getOwnPropertyDescriptor(value, index)?.value, pending);
  }
  return copy;
}
