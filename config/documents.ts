import { closest, distance } from "fastest-levenshtein";
import { hideCredentials } from "./credentialPattern";
import type { ProjectFiles } from "./files";
import type { ValueProblem } from "./issues";
import type { Problem } from "./problem";
import { formatPath, type Path } from "./relation";
import { remembered } from "./remembered";
import { configKeys } from "./schema";
import { lookup, type Position, readYaml, type YamlNode } from "./yaml";

/** The namespace of all of Lockstep's keys, whatever the Pulumi project is called. */
export const namespace = "lockstep";

/** One configuration key of a file: the name without the namespace, where it stands and its value. */
export interface ConfigEntry {
  key: Position;
  node: YamlNode;
}

/** What `Pulumi.yaml` or a stack file says, before any judgement of its values. */
export interface Document {
  file: string;
  /** Lockstep's keys. */
  entries: Map<string, ConfigEntry>;
  /** All other keys (`aws:region`), by their full name, for the engine. */
  others: Map<string, YamlNode>;
  problems: Problem[];
}

export interface ProjectDocument extends Document {
  /** The Pulumi project's name; undefined where the file cannot be read. */
  project: string | undefined;
  /** The folder of the stack files, relative to the project's root; "" for the root itself. */
  stackDir: string;
}

export type MapNode = Extract<YamlNode, { kind: "map" }>;

/** The top-level keys of a stack file (sdk/go/common/workspace/project.go, ProjectStack). */
const stackFileKeys = ["config", "secretsprovider", "encryptedkey", "encryptionsalt", "environment"];

/** The same nodes are the same document, and nobody changes it: whoever reads twice can tell by the object. */
const projects = new WeakMap<MapNode, ProjectDocument>();
const stacks = new WeakMap<MapNode, Document>();

/** Reads `Pulumi.yaml`: the project's name and the values that it gives to all its stacks. */
export function readProject(files: ProjectFiles): ProjectDocument {
  const { root, document } = open(files, "Pulumi.yaml");
  if (!root) return { ...document, project: undefined, stackDir: "" };
  return remembered(projects, root, () => projectDocument(root, document));
}

function projectDocument(root: MapNode, document: Document): ProjectDocument {
  const result: ProjectDocument = { ...document, project: undefined, stackDir: "" };
  const name = root.entries.get("name")?.node;
  if (name?.kind === "scalar" && typeof name.value === "string") result.project = name.value;
  else {
    result.problems.push(
      problem(name?.at ?? root.at, "name", "no name", "the project's name", 'Write "name: …" at the top.'),
    );
  }
  const stackDir = root.entries.get("stackConfigDir")?.node;
  if (stackDir?.kind === "scalar" && typeof stackDir.value === "string") {
    result.stackDir = stackDir.value.replace(/^\.\//, "").replace(/\/+$/, "");
  }
  const config = root.entries.get("config");
  if (!config || isNull(config.node)) return result;
  if (config.node.kind !== "map") {
    result.problems.push(
      problem(
        config.node.at,
        "config",
        "no map",
        "a map of keys, each with a value",
        'Write "config:" and the keys below it.',
      ),
    );
    return result;
  }
  for (const [written, entry] of config.node.entries) {
    const full = written.includes(":") ? written : `${result.project ?? ""}:${written}`;
    const [space, key = ""] = splitKey(full);
    const value = projectValue(entry.node);
    if (space !== namespace) {
      const given = value ?? otherValue(entry.node);
      if (given) result.others.set(full, given);
      continue;
    }
    if (!value) {
      result.problems.push(
        problem(
          entry.key,
          `config.${written}`,
          "a key without `value`",
          '"value:" with the value below it, and nothing else but a description',
          `Write "${written}:" and below it "value:". Typed defaults are read differently by different commands.`,
        ),
      );
    } else if (key === "carries") {
      result.problems.push(
        problem(
          entry.key,
          "carries",
          "releases that every stack carries",
          `"${namespace}:carries" in the files of the stacks that carry them`,
          "Move the key into the stack files.",
        ),
      );
    } else addEntry(result, written, key, { key: entry.key, node: value });
  }
  return result;
}

/** A stack's file, relative to the project's root. */
export const stackFile = (stackDir: string, name: string): string =>
  `${stackDir === "" ? "" : `${stackDir}/`}Pulumi.${name}.yaml`;

/** What a stack's key `environment` says of itself as text, also where the rest of it has problems. */
export function environmentText(
  environment: YamlNode | undefined,
  key: "tier" | "counterpart",
): string | undefined {
  const node = environment && lookup(environment, [key]);
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** Reads a stack file. An empty or absent `config` is a problem: such a stack has no limits at all. */
export function readStack(files: ProjectFiles, file: string): Document {
  const { root, document } = open(files, file);
  return root ? remembered(stacks, root, () => stackDocument(root, document)) : document;
}

function stackDocument(root: MapNode, document: Document): Document {
  for (const [key, entry] of root.entries) {
    if (!stackFileKeys.includes(key)) {
      document.problems.push(unknownKey(entry.key, key, key, stackFileKeys));
    } else if (key === "environment" && !isNull(entry.node)) {
      document.problems.push({
        ...problem(
          entry.key,
          "environment",
          "an import from Pulumi ESC",
          "values that stand in the project's own files",
          "Move what governs the stack (limits, models, routes) out of the ESC environment: it cannot be read here, so nothing can be proven about it.",
        ),
        undecided: true,
      });
    }
  }
  const config = root.entries.get("config")?.node;
  if (config?.kind !== "map") {
    document.problems.push(
      problem(
        config?.at ?? root.at,
        "config",
        "no configuration",
        "the stack's own keys",
        'Write "config:" and the keys below it.',
      ),
    );
    return document;
  }
  for (const [full, entry] of config.entries) {
    const [space, key] = splitKey(full);
    if (key === undefined) {
      document.problems.push(
        problem(
          entry.key,
          `config.${full}`,
          "a key without a namespace",
          `"${namespace}:${full}"`,
          `Write "${namespace}:${full}". Beside a key that has the namespace, the engine picks one of the two at random.`,
        ),
      );
    } else if (space === namespace) addEntry(document, full, key, { key: entry.key, node: entry.node });
    else document.others.set(full, entry.node);
  }
  return document;
}

/** A key that somebody pasted a credential into is named by its path: no part of a problem shows one. */
export function problem(at: Position, path: string, found: string, allowed: string, remedy: string): Problem {
  const [own, seen, wanted, advice] = [path, found, allowed, remedy].map(hideCredentials) as Texts;
  return {
    file: at.file,
    line: at.line,
    column: at.column,
    path: own,
    found: seen,
    allowed: wanted,
    remedy: advice,
  };
}

type Texts = [string, string, string, string];

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

/** A key that nobody knows, with the nearest known one where there is one near. */
export function unknownKey(at: Position, path: string, key: string, known: readonly string[]): Problem {
  const near = nearest(key, known);
  return problem(
    at,
    path,
    "an unknown key",
    near === undefined ? `one of ${known.join(", ")}` : `"${near}" is the nearest known key`,
    near === undefined ? "Remove the key." : `Write "${near}", or remove the key.`,
  );
}

function nearest(key: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(key, [...known]);
  return distance(key, candidate) <= Math.max(2, Math.floor(key.length / 3)) ? candidate : undefined;
}

function open(files: ProjectFiles, file: string): { root: MapNode | undefined; document: Document } {
  const { root, problems } = readMap(files, file);
  return {
    root,
    document: {
      file,
      entries: new Map(),
      others: new Map(),
      problems: problems.map((one) => ({ ...one, path: configPath(one.path, file) })),
    },
  };
}

/** Reads a YAML file that has a map at its top. */
export function readMap(
  files: ProjectFiles,
  file: string,
): { root: MapNode | undefined; problems: Problem[] } {
  const at = { file, line: 1, column: 1 };
  const read = files.read(file);
  if (!read.found) {
    return {
      root: undefined,
      problems: [problem(at, "", read.why, "a readable file of the project", `Add ${file} to the project.`)],
    };
  }
  const { root, problems } = readOnce(read.bytes, file);
  // A copy: callers add to them.
  if (root === undefined || root.kind === "map") return { root, problems: [...problems] };
  return {
    root: undefined,
    problems: [problem(root.at, "", "no map at the top", "a map of keys", "Write keys and values.")],
  };
}

/** What was read last, the newest at the end: the files of a commit are mostly those of the one before. */
const readings: { file: string; bytes: Uint8Array; reading: ReturnType<typeof readYaml> }[] = [];
const mostReadings = 64;

/** The same content of the same file is the same reading, with the same nodes; nobody changes nodes. */
function readOnce(bytes: Uint8Array, file: string): ReturnType<typeof readYaml> {
  const index = readings.findIndex((one) => one.file === file && Buffer.compare(one.bytes, bytes) === 0);
  const [known] = index < 0 ? [] : readings.splice(index, 1);
  const found = known ?? { file, bytes, reading: readYaml(bytes, file) };
  readings.push(found);
  if (readings.length > mostReadings) readings.shift();
  return found.reading;
}

/** A path into the file as a path into the configuration: `config.lockstep:limits.dailyUsd` is `limits.dailyUsd`. */
function configPath(path: string, file: string): string {
  const [, key, rest = ""] = new RegExp(`^config\\.${namespace}:(\\w+)(.*)$`).exec(path) ?? [];
  if (key === undefined) return path;
  return key + (file === "Pulumi.yaml" ? rest.replace(/^\.value(?![\w-])/, "") : rest);
}

function addEntry(document: Document, written: string, key: string, entry: ConfigEntry): void {
  const known = configKeys as readonly string[];
  if (document.entries.has(key)) {
    document.problems.push(
      problem(
        entry.key,
        `config.${written}`,
        "the key for a second time",
        "each key once",
        "Keep one of the two.",
      ),
    );
  } else if (!known.includes(key)) {
    document.problems.push(unknownKey(entry.key, key, key, known));
  } else document.entries.set(key, entry);
}

function projectValue(node: YamlNode): YamlNode | undefined {
  if (node.kind !== "map") return undefined;
  const extra = [...node.entries.keys()].some((key) => key !== "value" && key !== "description");
  return extra ? undefined : node.entries.get("value")?.node;
}

/** The engine takes a plain value too, and of a typed one the default. */
const otherValue = (node: YamlNode): YamlNode | undefined =>
  node.kind === "map" ? node.entries.get("default")?.node : node;

function splitKey(full: string): [string, string | undefined] {
  const colon = full.indexOf(":");
  return colon < 0 ? [full, undefined] : [full.slice(0, colon), full.slice(colon + 1)];
}

const isNull = (node: YamlNode) => node.kind === "scalar" && node.value === null;
