import { type Document, located, type ProjectDocument, problem, readStack, stackFile } from "./documents";
import type { ProjectFiles } from "./files";
import { behaviourHash, type Contents } from "./hash";
import { parseConfig } from "./parse";
import { applyReleases, carriedReleases, type Nodes } from "./patch";
import type { Problem } from "./problem";
import { checkReferences } from "./references";
import type { Path } from "./relation";
import type { Release, Releases } from "./release";
import type { Config } from "./schema";
import { describeValue } from "./value";
import { walk } from "./walk";
import { nearestPosition, type Position, toPlain, type YamlNode } from "./yaml";

/** What a stack's values say, checked and whole. */
export interface Behaviour {
  config: Config;
  contents: Contents;
  behaviourHash: string;
}

/** A stack whose configuration could be read whole. */
export interface Stack extends Behaviour {
  name: string;
  /** The stack file, relative to the project's root. */
  file: string;
  /** The open releases that it carries, in the order in which they are applied. */
  carried: readonly Release[];
  /** The effective values as plain data, defaults not filled in. */
  data: Readonly<Record<string, unknown>>;
  /** Where the value at a path stands: in the stack file, in Pulumi.yaml or in a release that is carried. */
  position(path: Path): Position;
  /** What it would be if it carried these releases and no others; undefined where they do not fit. */
  carrying(releases: readonly Release[]): Behaviour | undefined;
}

export interface StackResult {
  name: string;
  file: string;
  /** Undefined when there are problems. */
  stack: Stack | undefined;
  /** Problems of the stack's own file and values; those of Pulumi.yaml itself are the project's. */
  problems: Problem[];
  /**
   * The values that the engine knows, by key, without the changes of releases; whatever could be read.
   */
  raw: ReadonlyMap<string, YamlNode>;
  /** Keys of other namespaces, which the engine hands to the program too. */
  others: ReadonlyMap<string, YamlNode>;
}

/**
 * Loads a stack's effective configuration: as the engine makes it, the values of Pulumi.yaml, each replaced
 * whole by the stack's own key of that name; then the changes of the releases that the stack carries. Reports
 * all problems at once, each with its place; decrypts nothing.
 */
export function loadStack(
  files: ProjectFiles,
  project: ProjectDocument,
  releases: Releases,
  name: string,
): StackResult {
  const file = stackFile(project.stackDir, name);
  const own = readStack(files, file);
  const last = loaded.get(file);
  if (last?.own === own && last.project === project && isSame(last.releases, releases)) {
    const { stack } = last.result;
    if (stack && hasContents(files, stack.contents))
      return { ...last.result, stack: { ...stack, carrying: carryingIn(files, last.result) } };
  }
  const result = readWhole(files, project, releases, own, name);
  loaded.set(file, { own, project, releases, result });
  if (loaded.size > mostLoaded) loaded.delete(loaded.keys().next().value as string);
  return result;
}

/**
 * The stacks that were loaded last. The same documents with the same releases and files are the same stack, and of
 * the pairs of a project a change leaves most as they were.
 */
const loaded = new Map<
  string,
  { own: Document; project: ProjectDocument; releases: Releases; result: StackResult }
>();
const mostLoaded = 16;

const isSame = (one: Releases, other: Releases) =>
  one.problems.length + other.problems.length === 0 &&
  one.byId.size === other.byId.size &&
  [...one.byId].every(([id, release]) => other.byId.get(id) === release);

const hasContents = (files: ProjectFiles, contents: Contents) =>
  [...contents].every(([path, text]) => {
    const read = files.read(path);
    return read.found && decode(read.bytes) === text;
  });

function readWhole(
  files: ProjectFiles,
  project: ProjectDocument,
  releases: Releases,
  own: Document,
  name: string,
): StackResult {
  const { file } = own;
  const raw = merge(project, own);
  const others = new Map([...project.others, ...own.others]);
  const result: StackResult = { name, file, stack: undefined, problems: [...own.problems], raw, others };
  if ((own.entries.size === 0 && own.problems.length > 0) || project.problems.length > 0) return result;

  const { carried, problems: uncarried } = carriedReleases(raw.get("carries"), releases);
  result.problems.push(...uncarried);
  const { behaviour, nodes, problems } = behaviourOf(files, file, raw, carried);
  result.problems.push(...problems);
  if (behaviour === undefined || result.problems.length > 0) return result;
  result.stack = {
    name,
    file,
    ...behaviour,
    carried,
    data: plainData(nodes),
    position: (path) => positionOf(nodes, file, path),
    carrying: carryingIn(files, result),
  };
  return result;
}

const carryingIn =
  (files: ProjectFiles, { file, raw }: StackResult): Stack["carrying"] =>
  (releases) =>
    behaviourOf(files, file, raw, releases).behaviour;

/** A stack's own values with the changes of some releases: checked, and with the files that they point to. */
function behaviourOf(
  files: ProjectFiles,
  file: string,
  raw: Nodes,
  carried: readonly Release[],
): { behaviour: Behaviour | undefined; nodes: Nodes; problems: Problem[] } {
  const { nodes, problems } = applyReleases(raw, carried);
  const position = (path: Path) => positionOf(nodes, file, path);
  const { config, problems: unfit } = parseConfig(plainData(nodes), nodes);
  problems.push(...unfit.map((found) => located(found, position)));
  if (config === undefined || problems.length > 0) return { behaviour: undefined, nodes, problems };
  const { contents, problems: unread } = readContents(files, config, position);
  problems.push(...unread, ...checkReferences(config).map((found) => located(found, position)));
  if (problems.length > 0) return { behaviour: undefined, nodes, problems };
  return {
    behaviour: { config, contents, behaviourHash: behaviourHash(config, contents) },
    nodes,
    problems,
  };
}

/** Nodes by key as plain data, encrypted values as `SECRET`; nobody changes either. */
export const plainData = (nodes: Nodes): Record<string, unknown> =>
  Object.fromEntries(Array.from(nodes, ([key, node]) => [key, plainOf(node)]));

const plain = new WeakMap<YamlNode, unknown>();

function plainOf(node: YamlNode): unknown {
  const known = plain.get(node) ?? toPlain(node);
  plain.set(node, known);
  return known;
}

function merge(project: ProjectDocument, own: Document): Map<string, YamlNode> {
  const nodes = new Map<string, YamlNode>();
  for (const document of [project, own]) for (const [key, { node }] of document.entries) nodes.set(key, node);
  return nodes;
}

function positionOf(raw: Nodes, file: string, path: Path): Position {
  const [key, ...rest] = path;
  const node = typeof key === "string" ? raw.get(key) : undefined;
  return node ? nearestPosition(node, rest) : { file, line: 1, column: 1 };
}

/** Reads the files that a configuration points to, as text. */
export function readContents(
  files: ProjectFiles,
  config: Config,
  position: (path: Path) => Position,
): { contents: Contents; problems: Problem[] } {
  const contents = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { field, value, path, name } of walk(config)) {
    if (!field.file || contents.has(String(value))) continue;
    const wanted = String(value);
    const read = files.read(wanted);
    const text = read.found ? decode(read.bytes) : undefined;
    if (text !== undefined) contents.set(wanted, text);
    else {
      const why = read.found ? `${describeValue(wanted)} is not UTF-8 text` : read.why;
      problems.push(
        problem(
          position(path),
          name,
          why,
          "a text file inside the project",
          `Add the file, or correct ${name}.`,
        ),
      );
      continue;
    }
    if (wanted.endsWith(".json") && !isJson(contents.get(wanted) ?? "")) {
      problems.push(
        problem(
          position(path),
          name,
          `"${wanted}" is not JSON`,
          "a file with JSON in it",
          `Correct ${wanted}.`,
        ),
      );
    }
  }
  return { contents, problems };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
