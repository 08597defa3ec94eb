import { type Document, type ProjectDocument, problem, readStack, unknownKey } from "./documents";
import type { ProjectFiles } from "./files";
import { behaviourHash, type Contents } from "./hash";
import { describeValue, parseConfig, type ValueProblem } from "./parse";
import type { Problem } from "./problem";
import { checkReferences } from "./references";
import { formatPath, type Path } from "./relation";
import type { Config } from "./schema";
import { walk } from "./walk";
import { nearestPosition, type Position, toPlain, type YamlNode } from "./yaml";

/** A stack whose configuration could be read whole. */
export interface Stack {
  name: string;
  /** The stack file, relative to the project's root. */
  file: string;
  config: Config;
  contents: Contents;
  behaviourHash: string;
  /** Where the value at a path stands, in the stack file or in Pulumi.yaml. */
  position(path: Path): Position;
}

export interface StackResult {
  name: string;
  file: string;
  /** Undefined when there are problems. */
  stack: Stack | undefined;
  /** Problems of the stack's own file and values; those of Pulumi.yaml itself are the project's. */
  problems: Problem[];
  /** The effective values as plain data, by key, encrypted ones as `SECRET`; whatever could be read. */
  raw: ReadonlyMap<string, YamlNode>;
  /** Keys of other namespaces, which the engine hands to the program too. */
  others: ReadonlyMap<string, YamlNode>;
}

/**
 * Loads a stack's effective configuration as the engine makes it: the values of Pulumi.yaml, each replaced
 * whole by the stack's own key of that name. Reports all problems at once, each with its place; decrypts
 * nothing.
 */
export function loadStack(files: ProjectFiles, project: ProjectDocument, name: string): StackResult {
  const file = `${project.stackDir === "" ? "" : `${project.stackDir}/`}Pulumi.${name}.yaml`;
  const own = readStack(files, file);
  const raw = merge(project, own);
  const others = new Map([...project.others, ...own.others]);
  const result: StackResult = { name, file, stack: undefined, problems: own.problems, raw, others };
  if ((own.entries.size === 0 && own.problems.length > 0) || project.problems.length > 0) return result;

  const position = (path: Path) => positionOf(raw, file, path);
  const data = Object.fromEntries(Array.from(raw, ([key, node]) => [key, toPlain(node)]));
  const { config, problems } = parseConfig(data);
  result.problems.push(...problems.map((found) => located(found, position)));
  if (!config || result.problems.length > 0) return result;

  const { contents, problems: unread } = readContents(files, config, position);
  result.problems.push(...unread, ...checkReferences(config).map((found) => located(found, position)));
  if (result.problems.length > 0) return result;
  result.stack = { name, file, config, contents, behaviourHash: behaviourHash(config, contents), position };
  return result;
}

function merge(project: ProjectDocument, own: Document): Map<string, YamlNode> {
  const nodes = new Map<string, YamlNode>();
  for (const document of [project, own]) for (const [key, { node }] of document.entries) nodes.set(key, node);
  return nodes;
}

function positionOf(raw: ReadonlyMap<string, YamlNode>, file: string, path: Path): Position {
  const [key, ...rest] = path;
  const node = typeof key === "string" ? raw.get(key) : undefined;
  return node ? nearestPosition(node, rest) : { file, line: 1, column: 1 };
}

/** A problem of a value at its place. */
export function located(found: ValueProblem, position: (path: Path) => Position): Problem {
  const at = position(found.path);
  const path = formatPath(found.path);
  if (found.known) return unknownKey(at, path, String(found.path.at(-1)), found.known);
  return {
    ...problem(at, path, found.found, found.allowed, found.remedy),
    ...(found.undecided ? { undecided: true } : {}),
  };
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
