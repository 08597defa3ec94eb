import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { memoryFiles, type ProjectFiles } from "../config/files";

const root = join(__dirname, "..");
const folders = ["prompts", "tools", "releases", "retrieval"];

/** The shipped pair's own files, by path. */
export function shippedEntries(): Record<string, string> {
  const below = (folder: string): string[] =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
          const path = `${folder}/${entry.name}`;
          return entry.isDirectory() ? below(path) : [path];
        })
      : [];
  const paths = ["Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.production.yaml", ...folders.flatMap(below)];
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

export type Entries = Record<string, string>;
export type Edit = (entries: Entries) => Entries;

/** Replaces a text that stands exactly once in a file. */
export function replace(file: string, from: string, to: string): Edit {
  return (entries) => {
    const text = entries[file] ?? "";
    const parts = text.split(from);
    if (parts.length !== 2)
      throw new Error(`${JSON.stringify(from)} stands ${parts.length - 1} times in ${file}`);
    return { ...entries, [file]: parts.join(to) };
  };
}

/** A project that nothing was ever released of. */
export const withoutReleases: Edit = (entries) =>
  Object.fromEntries(Object.entries(entries).filter(([path]) => !path.startsWith("releases/")));

export function append(file: string, text: string): Edit {
  return (entries) => ({ ...entries, [file]: `${entries[file] ?? ""}${text}` });
}

export function remove(file: string): Edit {
  return ({ [file]: _, ...rest }) => rest;
}

/** Lets a stack write a key of Pulumi.yaml itself, as it stands there, with one text replaced. */
export function override(stack: string, key: string, from: string, to: string): Edit {
  return (entries) => {
    const file = `Pulumi.${stack}.yaml`;
    const block = blockOf(entries["Pulumi.yaml"] ?? "", key);
    const edited = replace(file, from, to)({ [file]: block });
    return { ...entries, [file]: `${entries[file]}\n  lockstep:${key}:\n${edited[file]}` };
  };
}

/** Moves all values of Pulumi.yaml into both stack files, for teams that keep two full files. */
export function fullFiles(): Edit {
  return (entries) => {
    const project = entries["Pulumi.yaml"] ?? "";
    const keys = [...project.matchAll(/^ {2}lockstep:(\w+):$/gm)].flatMap(([, key]) => key ?? []);
    const blocks = keys.map((key) => `\n  lockstep:${key}:\n${blockOf(project, key)}`).join("");
    return {
      ...entries,
      "Pulumi.yaml": project.slice(0, project.indexOf("config:\n")),
      "Pulumi.staging.yaml": `${entries["Pulumi.staging.yaml"]}${blocks}`,
      "Pulumi.production.yaml": `${entries["Pulumi.production.yaml"]}${blocks}`,
    };
  };
}

/** The lines below `value:` of a key of Pulumi.yaml, two columns further left. */
function blockOf(project: string, key: string): string {
  const lines = project.split("\n");
  const start = lines.indexOf(`  lockstep:${key}:`);
  if (start < 0) throw new Error(`Pulumi.yaml has no lockstep:${key}`);
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => /^ {0,2}\S/.test(line));
  const block = rest.slice(0, end < 0 ? undefined : end).filter((line) => line.trim() !== "");
  return `${block.map((line) => line.slice(2)).join("\n")}\n`;
}

/** The shipped pair after some edits, in memory. */
export function shipped(...edits: Edit[]): ProjectFiles {
  return memoryFiles(edited(...edits));
}

export function edited(...edits: Edit[]): Entries {
  return edits.reduce((entries, edit) => edit(entries), shippedEntries());
}
