import type { Deployed } from "../../lifecycle/deployed";
import { type AreaFound, areaFound, differ, plainText, shortDigest } from "./difference";
import { at } from "./objects";
import type { State } from "./state";

/** What `lockstep up` recorded against the state: what has changed since came by another way than a judged update. */
export function recordedDrift(record: Deployed, state: State): AreaFound[] {
  const root = state.resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const hash = at(root?.outputs, "behaviourHash");
  const behaviour =
    record.behaviourHash === undefined || hash === record.behaviourHash
      ? []
      : [
          differ("behaviour", {
            name: "the stack",
            difference: "the behaviour hash in the state is not that of the last recorded update",
            declared: shortDigest(record.behaviourHash),
            deployed: shortDigest(hash) ?? "none",
          }),
        ];
  const recorded = new Set(record.resources);
  const deployed = new Set(
    state.resources.filter(({ pendingDelete }) => !pendingDelete).map(({ urn }) => urn),
  );
  const resources = [
    ...[...deployed]
      .filter((urn) => !recorded.has(urn))
      .map((urn) => [urn, "it is in the state, and not in the record of the last update"] as const),
    ...[...recorded]
      .filter((urn) => !deployed.has(urn))
      .map((urn) => [urn, "the last recorded update left it, and it is not in the state"] as const),
  ].map(([urn, difference]) => differ("resources", { name: titleOf(urn), difference }));
  return [
    areaFound("behaviour", { compared: record.behaviourHash === undefined ? 0 : 1, differences: behaviour }),
    areaFound("resources", { compared: record.resources.length, differences: resources }),
  ];
}

/** The type's own name and the resource's. */
function titleOf(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  const own = types.slice(types.lastIndexOf(":") + 1);
  return `${/^\w{1,80}$/.test(own) ? own : "a resource"} ${plainText(name.join("::")) ?? "of another name"}`;
}
