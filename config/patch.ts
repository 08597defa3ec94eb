import { problem } from "./documents";
import type { Problem } from "./problem";
import { formatPath, type Path, type Step } from "./relation";
import { type Change, clashes, place, type Release, type Releases } from "./release";
import { describeValue, firstDifference, valueAt } from "./value";
import { quote } from "./visible";
import { type Position, toPlain, type YamlNode } from "./yaml";

/** Effective values by key, as nodes that know where they stand. */
export type Nodes = ReadonlyMap<string, YamlNode>;

/** The releases that a stack carries, in order, by the node of its key `carries`; and what is wrong with that. */
export function carriedReleases(
  carries: YamlNode | undefined,
  releases: Releases,
): { carried: Release[]; problems: Problem[] } {
  const carried: Release[] = [];
  const problems: Problem[] = [];
  if (carries?.kind !== "list") return { carried, problems };
  carries.items.forEach((item, index) => {
    if (item.kind !== "scalar" || typeof item.value !== "string") return;
    const id = item.value;
    const report = (found: string, allowed: string, remedy: string) =>
      problems.push(problem(item.at, `carries[${index}]`, `${quote(id)}, ${found}`, allowed, remedy));
    const release = releases.byId.get(id);
    const open = [...releases.byId.values()]
      .filter(({ data }) => data.state === "open")
      .map(({ id: one }) => one);
    const allowed = open.length === 0 ? "no release: none is open" : `one of ${open.join(", ")}`;
    if (release === undefined) {
      // A release that is there and cannot be read has problems of its own.
      const broken = releases.problems.some(({ file }) => file === `releases/${id}/release.yaml`);
      if (!broken) report("which is no release", allowed, `Remove the line: lockstep release drop ${id}`);
    } else if (release.data.state === "closed") {
      report(
        `which is closed: its values stand in Pulumi.yaml (${place(release.position(["state"]))})`,
        allowed,
        "Remove the line; what it changed is there without it.",
      );
    } else if (carried.includes(release))
      report("for a second time", "each release once", "Remove one of the two.");
    else {
      const clash = release.data.reverts === undefined ? carried.filter(isRevert) : carried;
      problems.push(...clash.flatMap((other) => clashes(release, other)));
      carried.push(release);
    }
  });
  return { carried, problems };
}

const isRevert = ({ data }: Release) => data.reverts !== undefined;

/** The values with the changes of releases, in order. What does not fit is a problem and is left as it was. */
export function applyReleases(
  nodes: Nodes,
  carried: readonly Release[],
): { nodes: Nodes; problems: Problem[] } {
  let current = nodes;
  const problems: Problem[] = [];
  for (const release of carried) {
    for (const change of release.changes) {
      const found = conflict(current, release, change);
      if (found) problems.push(found);
      else current = withChange(current, change);
    }
  }
  return { nodes: current, problems };
}

/** Why a change does not fit the values that stand there now; it names both sides. */
function conflict(nodes: Nodes, release: Release, { path, name, from, to, at }: Change): Problem | undefined {
  const node = nodeAt(nodes, path);
  const refuse = (found: string, allowed: string, where: Position, remedy: string) =>
    problem(where, name, found, allowed, remedy);
  const remake = `Make the release anew from the values of today; where a stack carries it: lockstep release drop ${release.id}`;
  if (from === undefined) {
    if (node !== undefined)
      return refuse(
        `a change that adds ${name}, which is there already (${place(node.at)})`,
        "from, with the value that stands there now",
        at,
        remake,
      );
    const parent = nodeAt(nodes, path.slice(0, -1));
    const step = path.at(-1);
    const fits =
      path.length === 1 ||
      (typeof step === "number"
        ? parent?.kind === "list" && step === parent.items.length
        : parent?.kind === "map");
    return fits
      ? undefined
      : refuse(
          `a change that adds ${name}, which has no place there`,
          typeof step === "number" && parent?.kind === "list"
            ? `the end of the list: ${formatPath([...path.slice(0, -1), parent.items.length])}`
            : "an entry of a map that is there, or the end of a list",
          at,
          remake,
        );
  }
  if (node === undefined)
    return refuse(
      `from ${describeValue(toPlain(from))}, where there is nothing`,
      "nothing at from",
      from.at,
      remake,
    );
  const [before, now] = [toPlain(from), toPlain(node)];
  const different = firstDifference(before, now, []) ?? firstDifference(now, before, []);
  if (different === undefined)
    return removalFits(nodes, path, to)
      ? undefined
      : refuse(
          `a change that removes ${name}, behind which the list goes on`,
          "the removal of a list's last item",
          at,
          `Change the whole list: ${formatPath(path.slice(0, -1))}`,
        );
  const inner = formatPath([...path, ...different]);
  return refuse(
    `from ${describeValue(valueAt(before, different))}, while ${inner} is ${describeValue(valueAt(now, different))} (${place(node.at)})`,
    "the value that stands there now",
    from.at,
    remake,
  );
}

/** Without its last item a list keeps the indices of the others, which other changes may name. */
function removalFits(nodes: Nodes, path: Path, to: YamlNode | undefined): boolean {
  const list = nodeAt(nodes, path.slice(0, -1));
  return to !== undefined || list?.kind !== "list" || path.at(-1) === list.items.length - 1;
}

/** The node at a path of the whole configuration. */
export function nodeAt(nodes: Nodes, [key, ...rest]: Path): YamlNode | undefined {
  let current = typeof key === "string" ? nodes.get(key) : undefined;
  for (const step of rest) current = current && inside(current, step);
  return current;
}

function inside(node: YamlNode, step: Step): YamlNode | undefined {
  if (node.kind === "map" && typeof step === "string") return node.entries.get(step)?.node;
  return node.kind === "list" && typeof step === "number" ? node.items[step] : undefined;
}

function withChange(nodes: Nodes, { path, to, at }: Change): Nodes {
  const [key, ...rest] = path;
  const result = new Map(nodes);
  const node = replaced(result.get(String(key)), rest, to, at);
  if (node === undefined) result.delete(String(key));
  else result.set(String(key), node);
  return result;
}

/** Nodes are shared by both stacks, so each on the way is made anew. */
function replaced(
  node: YamlNode | undefined,
  [step, ...rest]: Path,
  to: YamlNode | undefined,
  at: Position,
): YamlNode | undefined {
  if (step === undefined) return to;
  if (node?.kind === "map" && typeof step === "string") {
    const entries = new Map(node.entries);
    const known = entries.get(step);
    const next = replaced(known?.node, rest, to, at);
    if (next === undefined) entries.delete(step);
    else entries.set(step, { key: rest.length === 0 || !known ? (to?.at ?? at) : known.key, node: next });
    return { ...node, entries };
  }
  if (node?.kind === "list" && typeof step === "number") {
    const next = replaced(node.items[step], rest, to, at);
    return {
      ...node,
      items: [...node.items.slice(0, step), ...(next ? [next] : []), ...node.items.slice(step + 1)],
    };
  }
  return node;
}
