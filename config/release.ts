import { credentialIn } from "./credentialPattern";
import { located, type MapNode, problem, readMap } from "./documents";
import type { ProjectFiles } from "./files";
import { describeIssues } from "./issues";
import { overlap, parsePath, unpatchable } from "./path";
import type { Problem } from "./problem";
import { formatPath, type Path } from "./relation";
import { remembered } from "./remembered";
import { type ReleaseData, release, releaseId } from "./schema/release";
import { firstDifference } from "./value";
import { quote } from "./visible";
import { lookup, nearestPosition, type Position, toPlain, type YamlNode } from "./yaml";

/** The folder of all releases, at the project's root. */
export const releasesFolder = "releases";

/** One change of a release: `from` undefined where it adds something, `to` where it removes something. */
export interface Change {
  path: Path;
  /** `path` as text. */
  name: string;
  from: YamlNode | undefined;
  to: YamlNode | undefined;
  /** Where the change stands in the release's file. */
  at: Position;
}

/** A named patch over the mirrored values, as `releases/<id>/release.yaml` has it. */
export interface Release {
  id: string;
  /** Its file, relative to the project's root. */
  file: string;
  data: ReleaseData;
  changes: readonly Change[];
  /** Where something stands in its file. */
  position(path: Path): Position;
}

export const releaseFile = (id: string) => `${releasesFolder}/${id}/release.yaml`;

/** All releases of a project, by id, and what is wrong with any of them. */
export interface Releases {
  byId: ReadonlyMap<string, Release>;
  problems: Problem[];
}

/** Reads all releases. Two open ones may not change the same path; the inverse of a closed one may. */
export function readReleases(files: ProjectFiles): Releases {
  const byId = new Map<string, Release>();
  const problems: Problem[] = [];
  for (const id of files.list(releasesFolder)) {
    if (files.list(`${releasesFolder}/${id}`).length === 0) continue;
    const result = readRelease(files, id);
    problems.push(...result.problems);
    if (result.release) byId.set(id, result.release);
  }
  const open = [...byId.values()].filter(({ data }) => data.state === "open" && data.reverts === undefined);
  problems.push(
    ...open.flatMap((one, index) => open.slice(0, index).flatMap((other) => clashes(one, other))),
  );
  return { byId, problems };
}

/** Where one release changes what another one changes too; the problem stands in the first. */
export function clashes(one: Release, other: Release): Problem[] {
  return one.changes.flatMap((change) => {
    const same = other.changes.find(({ path }) => overlap(path, change.path));
    if (same === undefined) return [];
    return [
      problem(
        change.at,
        change.name,
        `a change that the open release ${quote(other.id)} makes too (${place(same.at)})`,
        "each path in one open release only",
        `Put both changes into one release, or close or drop ${quote(other.id)} first.`,
      ),
    ];
  });
}

export const place = ({ file, line }: Position) => `${file}:${line}`;

interface ReadRelease {
  release: Release | undefined;
  problems: Problem[];
}

function readRelease(files: ProjectFiles, id: string): ReadRelease {
  const file = releaseFile(id);
  const { root, problems } = readMap(files, file);
  if (root === undefined) return { release: undefined, problems };
  return remembered(known, root, () => releaseOf(root, id, file, problems));
}

/** The same nodes say the same: every pair of a project is read with all its releases. */
const known = new WeakMap<MapNode, ReadRelease>();

function releaseOf(root: MapNode, id: string, file: string, problems: Problem[]): ReadRelease {
  const position = (path: Path) => nearestPosition(root, path);
  problems.push(...credentialsIn(root));
  const data = toPlain(root);
  const parsed = release.safeParse(data, { reportInput: true });
  if (!parsed.success) {
    const issues = describeIssues(release, parsed.error.issues, data);
    problems.push(...issues.map((one) => located(one, position)));
  }
  if (!parsed.success || problems.length > 0) return { release: undefined, problems };
  problems.push(...stateProblems(parsed.data, id, position));
  const changes = parsed.data.changes.flatMap((_, index) => changeAt(root, index, problems));
  changes.forEach((change, index) => {
    const twin = changes.slice(0, index).find(({ path }) => overlap(path, change.path));
    if (twin) {
      problems.push(
        problem(
          change.at,
          change.name,
          `a path that the change of ${twin.name} covers (line ${twin.at.line})`,
          "each path in one change",
          "Put both into one change.",
        ),
      );
    }
  });
  if (problems.length > 0) return { release: undefined, problems };
  return { release: { id, file, data: parsed.data, changes, position }, problems };
}

function stateProblems(
  { id: written, state, closed }: ReleaseData,
  id: string,
  position: (path: Path) => Position,
): Problem[] {
  const problems: Problem[] = [];
  if (!releaseId().safeParse(id).success || written !== id) {
    problems.push(
      problem(position(["id"]), "id", quote(written), `${quote(id)}, the folder's name`, "Let them agree."),
    );
  }
  if ((state === "closed") !== (closed !== undefined)) {
    problems.push(
      problem(
        position(["state"]),
        "state",
        closed === undefined ? `"closed" without when, and with which hash` : `"open" beside "closed"`,
        'state "closed" and the key closed, or neither',
        `Close it with: lockstep release close ${id}`,
      ),
    );
  }
  return problems;
}

function changeAt(root: MapNode, index: number, problems: Problem[]): Change[] {
  const node = (key: string) => lookup(root, ["changes", index, key]);
  const at = nearestPosition(root, ["changes", index, "path"]);
  const written = node("path");
  const text = written?.kind === "scalar" ? String(written.value) : "";
  const path = parsePath(text);
  const wrong = path === undefined ? "no path" : unpatchable(path);
  if (path === undefined || wrong !== undefined) {
    problems.push(
      problem(
        at,
        `changes[${index}].path`,
        `${quote(text)}, ${wrong}`,
        "the path of a mirrored value, as `lockstep show` writes it",
        "Correct the path; what is not mirrored is changed in the stack's own file.",
      ),
    );
    return [];
  }
  const [from, to] = [node("from"), node("to")];
  if (from === undefined && to === undefined) {
    problems.push(
      problem(
        at,
        `changes[${index}]`,
        "neither from nor to",
        "the value before, the value after, or both",
        "Write them.",
      ),
    );
    return [];
  }
  if (from && to && firstDifference(toPlain(from), toPlain(to), []) === undefined) {
    problems.push(
      problem(at, `changes[${index}].to`, "the same value as from", "another value", "Remove the change."),
    );
    return [];
  }
  return [{ path, name: formatPath(path), from, to, at }];
}

/** Keys, tokens and encrypted values have no place in a release, which is read and shown as it is. */
function credentialsIn(node: YamlNode, path: Path = []): Problem[] {
  switch (node.kind) {
    case "secret":
      return [
        problem(
          node.at,
          formatPath(path),
          "an encrypted value",
          "a value in plain text",
          "Remove it: a release is read and compared as it is.",
        ),
      ];
    case "scalar": {
      const kind = typeof node.value === "string" ? credentialIn(node.value) : undefined;
      if (kind === undefined) return [];
      return [
        problem(
          node.at,
          formatPath(path),
          kind,
          "no credential in plain text",
          "Revoke the credential: it has been written down.",
        ),
      ];
    }
    case "list":
      return node.items.flatMap((item, index) => credentialsIn(item, [...path, index]));
    case "map":
      return Array.from(node.entries).flatMap(([key, entry]) => credentialsIn(entry.node, [...path, key]));
  }
}
