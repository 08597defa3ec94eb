import { counted } from "../../config/numbers";
import { isRecord } from "../../config/record";
import { formatPath, type Path } from "../../config/relation";
import type { DriftDifference } from "../../lifecycle/kinds/drift";
import { type AreaFound, areaFound, differ, plainText, shown } from "./difference";
import type { KubernetesObject } from "./objects";
import { HIDDEN, type State, type StateResource } from "./state";

/** Stands for a value that the program cannot know before an update. */
export const UNKNOWN = Symbol("a value that is not known before the update");

/** A resource that the program declares. */
export interface DeclaredResource {
  urn: string;
  type: string;
  name: string;
  custom: boolean;
  /** Values that are secret are `HIDDEN`, those that are not known `UNKNOWN`. */
  inputs: Record<string, unknown>;
}

/** Whether another area tells of it: what would be said twice. */
function isToldElsewhere(type: string, [first, second]: Path): boolean {
  switch (type) {
    case "kubernetes:core/v1:ConfigMap":
      return first === "data" || (first === "metadata" && second === "name");
    case "kubernetes:core/v1:ResourceQuota":
      return first === "spec";
    case "aws:budgets/budget:Budget":
      return first === "limitAmount" || first === "notifications";
    default:
      return false;
  }
}

/**
 * The program's resources against those of the state, by URN: what is declared and was not deployed, what is deployed
 * and not declared any more, and every declared value that is known. What a provider adds is left aside.
 */
export function resourceDrift(
  declared: readonly DeclaredResource[],
  state: State,
  gatewayConfig: string,
): AreaFound {
  const deployed = new Map(
    state.resources.filter(({ pendingDelete }) => !pendingDelete).map((one) => [one.urn, one]),
  );
  const differences: DriftDifference[] = [];
  const count = { values: 0, secret: 0, unknown: 0 };
  for (const own of declared.filter(isJudged)) {
    const other = deployed.get(own.urn);
    count.values++;
    if (other === undefined) {
      differences.push(
        differ("resources", { name: titleOf(own), difference: "it is declared, and is not in the state" }),
      );
      continue;
    }
    for (const found of compare(own.inputs, other.inputs, [], count)) {
      // Of other ConfigMaps than the gateway's no other area tells.
      if (
        isToldElsewhere(own.type, found.path) &&
        (own.name === gatewayConfig || !own.type.endsWith(":ConfigMap"))
      )
        continue;
      differences.push(differenceOf(titleOf(own), found, "in the state"));
    }
  }
  const urns = new Set(declared.map(({ urn }) => urn));
  for (const other of state.resources) {
    if (!isJudged(other)) continue;
    if (other.pendingDelete)
      differences.push(
        differ("resources", {
          name: titleOf(other),
          difference: "an update began to delete it and did not end",
        }),
      );
    else if (!urns.has(other.urn))
      differences.push(
        differ("resources", { name: titleOf(other), difference: "it is in the state, and is not declared" }),
      );
  }
  if (state.pendingOperations > 0)
    differences.push(
      differ("resources", {
        name: "the stack",
        difference: "an update began operations and did not end them",
        deployed: counted(state.pendingOperations, "operation"),
      }),
    );
  return areaFound("resources", {
    compared: count.values,
    differences,
    leftAside:
      count.secret + count.unknown === 0
        ? []
        : [
            `${counted(count.unknown, "value")} that only an update tells, and ${counted(count.secret, "secret value")}, are not compared.`,
          ],
  });
}

/** Objects of the cluster against what the program declares of them, by kind and name. */
export function clusterDrift(
  declared: readonly DeclaredResource[],
  objects: readonly KubernetesObject[],
  namespace: string,
  kinds: readonly string[],
): AreaFound {
  const differences: DriftDifference[] = [];
  const count = { values: 0, secret: 0, unknown: 0 };
  for (const { type, inputs } of declared) {
    const kind = type.slice(type.lastIndexOf(":") + 1);
    const metadata = isRecord(inputs.metadata) ? inputs.metadata : {};
    if (!type.startsWith("kubernetes:") || !kinds.includes(kind) || metadata.namespace !== namespace)
      continue;
    const name = `${kind} ${String(metadata.name)}`;
    const found = objects.find(
      (one) => one.kind === kind && one.namespace === namespace && one.name === metadata.name,
    );
    count.values++;
    if (found === undefined) {
      differences.push(
        differ("resources", { name, difference: "it is declared, and is not in the cluster" }),
      );
      continue;
    }
    const { manifest } = found;
    for (const one of compare(inputs, manifest, [], count))
      if (!isToldElsewhere(type, one.path) && one.path[0] !== "apiVersion")
        differences.push(differenceOf(name, one, "in the cluster"));
    const spec = isRecord(manifest.spec) ? manifest.spec : {};
    if (spec.suspend === true)
      differences.push(differ("resources", { name, difference: "it is suspended in the cluster" }));
    if (kind === "Deployment" && spec.replicas === 0)
      differences.push(differ("resources", { name, difference: "it has no replica in the cluster" }));
  }
  return areaFound("resources", { compared: count.values, differences });
}

/** Default providers and the root have no inputs of the program's own. */
const isJudged = ({ type, name }: Pick<StateResource, "type" | "name">): boolean =>
  type !== "pulumi:pulumi:Stack" && !(type.startsWith("pulumi:providers:") && name.startsWith("default"));

function titleOf({ type, name }: Pick<StateResource, "type" | "name">): string {
  const own = type.slice(type.lastIndexOf(":") + 1);
  return `${/^\w{1,80}$/.test(own) ? own : "a resource"} ${plainText(name) ?? "of another name"}`;
}

interface Found {
  path: Path;
  declared: unknown;
  deployed: unknown;
  isExtra?: boolean;
}

const differenceOf = (
  name: string,
  { path, declared, deployed, isExtra }: Found,
  where: string,
): DriftDifference => {
  const field = String(path.findLast((step) => typeof step === "string") ?? "");
  const place = /^[\w.[\]/-]{1,200}$/.test(formatPath(path)) ? formatPath(path) : "a value";
  if (isExtra) return differ("resources", { name, difference: `${place} is not declared ${where}` });
  const state = deployed === undefined ? "is missing" : "differs";
  return differ("resources", {
    name,
    difference: `${place} ${state} ${where}`,
    declared: shown(field, declared),
    deployed: shown(field, deployed),
  });
};

/** Every known value of the first that the second has otherwise; entries of lists that have names by name. */
function* compare(
  declared: unknown,
  deployed: unknown,
  path: Path,
  count: { values: number; secret: number; unknown: number },
): Generator<Found> {
  if (declared === UNKNOWN) {
    count.unknown++;
    return;
  }
  if (declared === HIDDEN || deployed === HIDDEN) {
    count.secret++;
    return;
  }
  if (declared === undefined || declared === null) return;
  if (isRecord(declared) && isRecord(deployed)) {
    for (const [key, value] of Object.entries(declared))
      if (!key.startsWith("__"))
        yield* compare(
          value,
          Object.hasOwn(deployed, key) ? deployed[key] : undefined,
          [...path, key],
          count,
        );
    return;
  }
  if (Array.isArray(declared) && Array.isArray(deployed)) {
    const [own, theirs] = [namesOf(declared), namesOf(deployed)];
    if (own !== undefined && theirs !== undefined) {
      for (const [name, value] of own) yield* compare(value, theirs.get(name), [...path, name], count);
      for (const name of theirs.keys())
        if (!own.has(name))
          yield { path: [...path, name], declared: undefined, deployed: undefined, isExtra: true };
      return;
    }
    if (declared.length === deployed.length) {
      for (const [index, value] of declared.entries())
        yield* compare(value, deployed[index], [...path, index], count);
      return;
    }
    count.values++;
    yield { path, declared: {}, deployed: {} };
    return;
  }
  count.values++;
  if (!Object.is(declared, deployed)) yield { path, declared, deployed };
}

/** The entries of a list by their names; undefined where one has none, or two have the same. */
function namesOf(list: readonly unknown[]): Map<string, unknown> | undefined {
  const named = new Map<string, unknown>();
  for (const entry of list) {
    if (!isRecord(entry) || typeof entry.name !== "string" || named.has(entry.name)) return undefined;
    named.set(entry.name, entry);
  }
  return named.size === 0 ? undefined : named;
}
