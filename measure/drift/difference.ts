import { credentialIn } from "../../config/credentialPattern";
import { short } from "../../config/hash";
import { readable } from "../../config/numbers";
import { visible } from "../../config/visible";
import type { DriftDifference } from "../../lifecycle/kinds/drift";

/** What an audit looks at, in the order in which it is told. */
export const areas = [
  "behaviour",
  "prompts",
  "models",
  "routing",
  "policies",
  "limits",
  "secrets",
  "index",
  "exceptions",
  "evidence",
  "resources",
  "environments",
] as const;
export type Area = (typeof areas)[number];

/** What was found out about one area, from one source or from several. */
export interface AreaFound {
  area: Area;
  /** How many values were compared. */
  compared: number;
  differences: DriftDifference[];
  /** Why part of it was not looked at, one sentence a reason: then the area decides nothing. */
  notAudited: string[];
  /** What cannot be compared whatever is given, in words. */
  leftAside: string[];
  /** What ends soon. */
  expiring: { area: string; name: string; ends: string }[];
}

export const areaFound = (area: Area, found: Partial<AreaFound> = {}): AreaFound => ({
  area,
  compared: 0,
  differences: [],
  notAudited: [],
  leftAside: [],
  expiring: [],
  ...found,
});

/** An area of which nothing was looked at. */
export const unaudited = (area: Area, reason: string): AreaFound => areaFound(area, { notAudited: [reason] });

/** Several sources' findings about the same areas, one each, in order; the same difference is told once. */
export function merged(all: readonly AreaFound[]): AreaFound[] {
  return areas.flatMap((area) => {
    const own = all.filter((one) => one.area === area);
    if (own.length === 0) return [];
    const differences = new Map<string, DriftDifference>();
    for (const one of own.flatMap((found) => found.differences)) {
      const key = keyOf(one);
      if (!differences.has(key)) differences.set(key, one);
    }
    return [
      areaFound(area, {
        compared: own.reduce((sum, { compared }) => sum + compared, 0),
        differences: [...differences.values()],
        notAudited: [...new Set(own.flatMap(({ notAudited }) => notAudited))],
        leftAside: [...new Set(own.flatMap(({ leftAside }) => leftAside))],
        expiring: own.flatMap(({ expiring }) => expiring),
      }),
    ];
  });
}

/** By which a difference is known again: its words, not the values beside them. */
export const keyOf = ({ area, name, difference }: DriftDifference): string =>
  JSON.stringify([area, name, difference]);

interface Given {
  name: string;
  difference: string;
  declared?: string | undefined;
  deployed?: string | undefined;
}

/** A difference in the form of the evidence: one line each, and never longer than it may be. */
export function differ(area: Area, { name, difference, declared, deployed }: Given): DriftDifference {
  return {
    area,
    name: line(name, 300),
    difference: line(difference, 1_000),
    ...(declared === undefined || declared === "" ? {} : { declared: line(declared, 300) }),
    ...(deployed === undefined || deployed === "" ? {} : { deployed: line(deployed, 300) }),
  };
}

/** A name or a text that came from outside: without what does not show, without a credential, and cut. */
export function line(text: string, longest: number): string {
  if (credentialIn(text) !== undefined) return "a text with a credential in it";
  const shown = visible(text);
  return shown.length <= longest ? shown : `${shown.slice(0, longest - 1)}…`;
}

const amount = /^\d{1,12}(\.\d{1,4})?(m|Ki|Mi|Gi|Ti)?$/;
const size = /^(db|cache)\.[a-z0-9]{2,8}\.[a-z0-9]{2,12}$/;

/** Fields whose texts are known to be no secret, by the last step of their path, and the form that they have then. */
const plainFields: Readonly<Record<string, RegExp>> = {
  schedule: /^[\d*/, -]{9,60}$/,
  limitAmount: amount,
  cpu: amount,
  memory: amount,
  pods: amount,
  storage: amount,
  instanceClass: size,
  nodeType: size,
};
const credentialField = /key|token|secret|password|credential|authorization|auth/i;

/**
 * A value of a file that nobody checked for secrets: a number, a yes or no, or a text of a field that never is one.
 * Undefined for everything else, which is told to differ and not shown.
 */
export function shown(field: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return "nothing";
  if (credentialField.test(field)) return undefined;
  if (typeof value === "number") return Math.abs(value) < 1e-4 ? String(value) : readable(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  const form = Object.hasOwn(plainFields, field) ? plainFields[field] : undefined;
  return typeof value === "string" && form?.test(value) ? value : undefined;
}

/** A text that stands where only names, ids and amounts stand; undefined for one that could be anything else. */
export const plainText = (text: string): string | undefined =>
  /^[\w][\w .:/@*+-]{0,199}$/.test(text) && credentialIn(text) === undefined ? text : undefined;

/** A digest for people; undefined for what is none. */
export const shortDigest = (value: unknown): string | undefined =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? short(value) : undefined;
