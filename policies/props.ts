import { credentialIn } from "../config/credentialPattern";
import { describeValue } from "../config/value";
import { type Report, type ResourceView, UNKNOWN } from "./rule";

export type Props = Readonly<Record<string, unknown>>;

/** The value at a path of a resource's data: `UNKNOWN` where a step on the way is not known yet. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let current = value;
  for (const step of path) {
    if (current === UNKNOWN) return UNKNOWN;
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

/** The items of a list; none where there is no list. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** True where a value, or anything inside it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/** "Deployment gateway": the subject of a sentence about a resource. */
export function objectOf({ type, name }: Pick<ResourceView, "type" | "name">): string {
  return `${type.split(":").at(-1) ?? type} ${name}`;
}

/** A report about a resource as a whole. */
export function reportOn(
  resource: ResourceView,
  found: string,
  allowed: string,
  remedy: string,
  status?: "cannot-decide",
): Report {
  const report = { object: objectOf(resource), path: resource.urn, found, allowed, remedy };
  return status === undefined ? report : { ...report, status };
}

/** A value of a field that is not secret, for a message; what looks like a credential is not shown even so. */
export function shown(value: unknown): string {
  if (value === UNKNOWN) return unknownFound;
  const text = describeValue(value);
  return credentialIn(text) === undefined ? text : "a value that looks like a credential";
}

/** What a message says is found where a value is not known before the update. */
export const unknownFound = "a value that is only known after the update";
