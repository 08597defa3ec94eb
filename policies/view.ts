import type { PolicyProviderResource, PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import { remembered } from "../config/remembered";
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

/** A promise only where properties hold contents of archives, which come as promises. */
export type Eventually<T> = T | Promise<T>;

/** Not called `then`: an import would wait for a module that exports one. */
export const after = <T, U>(value: Eventually<T>, next: (value: T) => Eventually<U>): Eventually<U> =>
  value instanceof Promise ? value.then(next) : next(value);

/** A resource as the SDK gives it to a policy, and what is made of it. */
interface Known {
  asked: Asked;
  view: Eventually<ResourceView>;
}
type Asked = ResourceValidationArgs | PolicyResource;

const views = new WeakMap<object, Known>();
/** The policies of one question are asked one after the other. */
let last: Known | undefined;

/** The resource of a resource policy; the policies of one question share it. */
export function resourceView(args: ResourceValidationArgs): Eventually<ResourceView> {
  last = last?.asked.props === args.props ? renewed(last, args) : renewed(views.get(args.props), args);
  return last.view;
}

function renewed(known: Known | undefined, asked: Asked): Known {
  if (known !== undefined && isSame(known.asked, asked)) return known;
  const made = { asked, view: viewOf(asked) };
  views.set(asked.props, made);
  return made;
}

const isSame = (a: Asked, b: Asked): boolean =>
  a.urn === b.urn &&
  a.type === b.type &&
  a.name === b.name &&
  a.provider?.props === b.provider?.props &&
  a.opts.protect === b.opts.protect;

const stackViews = new WeakMap<object, Eventually<ResourceView>>();

/**
 * The resources of a policy over a stack, with their parents and where their values come from. The policies of one question
 * share them: `onceForAll.ts` gives them the same properties, and each question its own.
 */
export function resourceViews(resources: readonly PolicyResource[]): Eventually<ResourceView[]> {
  const all = resources.map((resource) => remembered(stackViews, resource.props, () => viewOf(resource)));
  return all.some((view) => view instanceof Promise) ? Promise.all(all) : (all as ResourceView[]);
}

function viewOf(asked: Asked): Eventually<ResourceView> {
  const { urn, type, name, opts } = asked;
  const parent = "parent" in asked ? asked.parent?.urn : undefined;
  const dependsOn = "propertyDependencies" in asked ? sourcesOf(asked.propertyDependencies) : {};
  return after(plainProps(asked.props), (props) =>
    after(providerView(asked.provider), (provider) => ({
      ...{ urn, type, name, props, provider, parent, dependsOn },
      protect: opts.protect,
    })),
  );
}

const sourcesOf = (dependencies: PolicyResource["propertyDependencies"]) =>
  Object.fromEntries(
    Object.entries(dependencies).map(([property, sources]) => [property, sources.map(({ urn }) => urn)]),
  );

function providerView(
  provider: PolicyProviderResource | undefined,
): Eventually<ResourceView["provider"] | undefined> {
  if (provider === undefined) return undefined;
  const { type, name, urn } = provider;
  return after(plainProps(provider.props), (props) => ({ type, name, urn, props }));
}

/**
 * Properties as plain data with `UNKNOWN` in place. Values are read from property descriptors, which the
 * SDK's proxy does not watch, so nothing is thrown on the way. Contents of archives come as promises.
 */
export function plainProps(props: Readonly<Record<string, unknown>>): Eventually<Record<string, unknown>> {
  const pending: Promise<void>[] = [];
  const copy = copyRecord(props, pending);
  return pending.length === 0 ? copy : settled(copy, pending);
}

/** A promise may bring further ones, which are added at the end. */
async function settled<T>(copy: T, pending: readonly Promise<void>[]): Promise<T> {
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
