import { namespace } from "../config/documents";
import { sortKeys } from "../config/engine";
import type { ProjectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { fieldOf, type Path } from "../config/relation";
import { schema } from "../config/schema";
import { plainData, type StackResult } from "../config/stack";
import { valueAt } from "../config/value";
import { children } from "../config/walk";
import { readYaml, toPlain } from "../config/yaml";
import { linesOf, removeValue, setValue } from "./edit";
import { EditError } from "./editSource";
import { bothOf } from "./releaseCarry";
import { mirroredChanges, type PathChange } from "./releaseDiff";
import { type Draft, ReleaseError, sentenceOf, textOf } from "./releaseFiles";
import type { PlainChange } from "./releaseText";

const projectFile = "Pulumi.yaml";

/**
 * Turns an edit of mirrored values since a commit into changes of a release: what they say is returned, and the
 * draft has the values, prompts and tools of the commit again. All other edits stay.
 */
export function releasedEdit(
  draft: Draft,
  files: ProjectFiles,
  base: ProjectFiles,
  stack: string,
  id: string,
  since: string,
): PlainChange[] {
  const [before, after] = [stackOf(base, stack, since), stackOf(files, stack, "the working tree")];
  const [old, edited] = [plainData(before.raw), plainData(after.raw)];
  const moved = movedFiles(draft, files, base, id, [old, edited]);
  const changes = mirroredChanges(old, withFiles(edited, moved));
  restoreProject(draft, files, base, mirroredChanges(old, edited));
  checkRestored(draft.now(), base, stack, since);
  return changes.map(({ steps: _, ...change }) => change);
}

function stackOf(files: ProjectFiles, stack: string, where: string): StackResult {
  const { own, problems } = loadPair(files, stack);
  const [first] = problems;
  if (first === undefined) return own;
  throw new ReleaseError(`The project cannot be read in ${where}: ${sentenceOf(first)}`);
}

/** Files with new content get a name of the release's, and their old content back; by old name the new one. */
function movedFiles(
  draft: Draft,
  files: ProjectFiles,
  base: ProjectFiles,
  id: string,
  [old, edited]: readonly [unknown, unknown],
): Map<string, string> {
  const moved = new Map<string, string>();
  const used = new Set(filesIn(edited));
  for (const file of new Set([...filesIn(old), ...used])) {
    const [before, after] = [textOf(base, file), textOf(files, file)];
    if (before === undefined || before === after || before === after?.replaceAll("\r\n", "\n")) continue;
    if (after !== undefined && used.has(file)) {
      const name = file.replace(/(\.[^./]*)?$/, (extension) => `.${id}${extension}`);
      if (textOf(files, name) !== undefined) throw new ReleaseError(`There is a file ${name} already.`);
      moved.set(file, name);
      draft.put(name, after);
    }
    draft.put(file, before);
  }
  return moved;
}

/** The files that mirrored values name. */
function filesIn(data: unknown): string[] {
  const found: string[] = [];
  mapFiles(data, (file) => {
    found.push(file);
    return file;
  });
  return found;
}

const withFiles = (data: unknown, moved: ReadonlyMap<string, string>): unknown =>
  mapFiles(data, (file) => moved.get(file) ?? file);

function mapFiles(data: unknown, by: (file: string) => string): unknown {
  const visit = (at: Parameters<typeof children>[0], value: unknown): unknown => {
    const field = fieldOf(at);
    if (field)
      return field.file && field.relation === "mirrored" && typeof value === "string" ? by(value) : value;
    if (typeof value !== "object" || value === null) return value;
    const entries = [...children(at, value)].filter(([, , inner]) => inner !== undefined);
    const mapped = entries.map(([step, inner, one]) => [step, visit(inner, one)] as const);
    return Array.isArray(value) ? mapped.map(([, one]) => one) : Object.fromEntries(mapped);
  };
  return visit(schema, data);
}

function restoreProject(
  draft: Draft,
  files: ProjectFiles,
  base: ProjectFiles,
  changes: readonly PathChange[],
): void {
  const now = textOf(files, projectFile) ?? "";
  const original = sameLineEnds(textOf(base, projectFile) ?? "", now);
  // From the last one up, so that list items which were added go in the right order.
  for (const change of [...changes].reverse()) {
    const [key, ...rest] = change.steps;
    const path = projectPath(original, String(key), rest) ?? projectPath(now, String(key), rest);
    // A stack's own key is not put back here; the check afterwards says so.
    if (path === undefined) continue;
    draft.edit(projectFile, (text) => restored(text, original, path, change));
  }
}

const sameLineEnds = (text: string, like: string) =>
  like.includes("\r\n") ? text.replace(/\r?\n/g, "\r\n") : text.replaceAll("\r\n", "\n");

/** A path of the configuration in Pulumi.yaml, where keys may stand without the namespace. */
export function projectPath(text: string, key: string, rest: Path): Path | undefined {
  const { root } = readYaml(text, projectFile);
  const config = root?.kind === "map" ? root.entries.get("config")?.node : undefined;
  if (config?.kind !== "map") return undefined;
  const written = [`${namespace}:${key}`, key].find((one) => config.entries.has(one));
  return written === undefined ? undefined : ["config", written, "value", ...rest];
}

/** One value as it was: its own lines of then, or where it has none of its own, the value alone. */
function restored(text: string, original: string, path: Path, change: PathChange): string {
  if (!Object.hasOwn(change, "from")) return removeValue(text, path);
  const lines = linesRestored(text, original, path);
  return lines !== undefined && isOnlyChange(text, lines, path, change.from)
    ? lines
    : setValue(text, path, change.from);
}

function linesRestored(text: string, original: string, path: Path): string | undefined {
  const [now, then] = [linesOf(text, path), linesOf(original, path)];
  if (then === undefined) return undefined;
  const before = original.slice(then.from, then.to);
  if (now !== undefined) return text.slice(0, now.from) + before + text.slice(now.to);
  const neighbour = neighbourOf(text, original, path);
  if (neighbour === undefined) return undefined;
  const note = commentAbove(text, original, then.from);
  return text.slice(0, neighbour) + note + before + text.slice(neighbour);
}

/** Where an entry that is gone stood: behind the nearest one before it that is still there. */
function neighbourOf(text: string, original: string, path: Path): number | undefined {
  const outer = path.slice(0, -1);
  const siblings = Object.keys((valueAt(dataOf(original), outer) ?? {}) as object);
  const place = siblings.indexOf(String(path.at(-1)));
  for (const sibling of siblings.slice(0, Math.max(0, place)).reverse()) {
    const lines = linesOf(text, [...outer, sibling]);
    if (lines) return lines.to;
  }
  for (const sibling of siblings.slice(place + 1)) {
    const lines = linesOf(text, [...outer, sibling]);
    if (lines) return lines.from;
  }
  return undefined;
}

/** The comment above an entry that went with it. */
function commentAbove(text: string, original: string, from: number): string {
  const lines = original.slice(0, from).split(/(?<=\n)/);
  const first = lines.findLastIndex((line) => !/^\s*#/.test(line) || text.includes(line)) + 1;
  return lines.slice(first).join("");
}

/** Whether an edited text has nothing but the wanted value at a path changed. */
function isOnlyChange(text: string, edited: string, path: Path, value: unknown): boolean {
  const data = dataOf(edited);
  if (data === undefined) return false;
  try {
    return (
      setValue(edited, path, value) === edited &&
      mirroredText(data) === mirroredText(dataOf(setValue(text, path, value)))
    );
  } catch (error) {
    if (error instanceof EditError) return false;
    throw error;
  }
}

const mirroredText = (data: unknown) => JSON.stringify(sortKeys(data));

function dataOf(text: string): unknown {
  const { root } = readYaml(text, projectFile);
  return root && toPlain(root);
}

/** What was not put back is an edit of a stack's own key, which both environments cannot share. */
function checkRestored(files: ProjectFiles, base: ProjectFiles, stack: string, since: string): void {
  const [before, after] = [bothOf(loadPair(base, stack)), bothOf(loadPair(files, stack))];
  for (const [index, result] of after.entries()) {
    const left = mirroredChanges(plainData(before[index]?.raw ?? new Map()), plainData(result.raw));
    if (left[0] === undefined) continue;
    throw new ReleaseError(
      `${left[0].path} of ${result.name} differs from ${since} in ${result.file} itself: put it back, and name the change with --set.`,
    );
  }
}
