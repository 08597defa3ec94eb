import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What the bundles were made of; the build writes it last, so that without it they are worth nothing. */
export interface BundledFrom {
  /** SHA-256 of everything that a program or a pack is compiled from. */
  sources: string;
  /** SHA-256 of npm's own record of what it has installed. */
  installed: string;
  /** Each file of a package in the bundles: its path in the project, its bytes, when it was written. */
  packages: readonly (readonly [path: string, bytes: number, writtenMs: number])[];
}

export const manifestName = "bundles.json";

/** Folders and files of a project that can change what the program or the pack does when it is compiled. */
const folders = ["components", "config", "gateway", "lifecycle", "policies"];
const files = ["index.ts", "package.json", "tsconfig.json"];
/** Both would be resolved before the sources that were bundled. */
const beside = ["index.js", "index.json"];

/** The arguments with which the bundled program is compiled as it is loaded: it needs none of them. */
export const compilingArgs: readonly string[] = ["--require", "tsx/cjs"];

/** The evaluation of a stack: program and pack with what they need of the SDK, in one file that the build makes. */
export const bundlePath = (folder: string): string => join(folder, "stack.js");

/**
 * Whether what the build has bundled into a folder is what the project's files would be compiled to now. An edit, a new
 * file or another version of a package makes it stale, and then the sources are run.
 */
export function isCurrent(folder: string, projectDir: string, env: NodeJS.ProcessEnv): boolean {
  // Another tsconfig.json may send imports elsewhere.
  if (env.TSX_TSCONFIG_PATH !== undefined) return false;
  const from = readManifest(join(folder, manifestName));
  if (from === undefined || from.sources !== sourcesDigest(projectDir)) return false;
  if (from.installed !== installedDigest(projectDir)) return false;
  return from.packages.every((file) => isUnchanged(projectDir, file));
}

/** The build's own file, written whole or not at all. */
function readManifest(path: string): BundledFrom | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as BundledFrom;
  } catch {
    return undefined;
  }
}

/** Undefined where something lies in the way that a bundle does not know. */
export function sourcesDigest(projectDir: string): string | undefined {
  const hash = createHash("sha256");
  const add = (path: string) => {
    const bytes = readFileSync(join(projectDir, path));
    hash.update(`${JSON.stringify(path)} ${bytes.length}\n`).update(bytes);
  };
  try {
    if (beside.some((name) => existsSync(join(projectDir, name)))) return undefined;
    files.forEach(add);
    for (const folder of folders) {
      const inside = filesIn(projectDir, folder);
      if (inside === undefined) return undefined;
      inside.forEach(add);
    }
    return hash.digest("hex");
  } catch {
    return undefined;
  }
}

/** Settings of the pack are read when it starts; they are no part of what is compiled. */
const readAtStart = new Set(["policies/config.json"]);

function filesIn(projectDir: string, folder: string): string[] | undefined {
  const found: string[] = [];
  const entries = readdirSync(join(projectDir, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (entry.name === "node_modules") return undefined;
    if (entry.isDirectory()) {
      const inside = entry.name === "__pycache__" ? [] : filesIn(projectDir, path);
      if (inside === undefined) return undefined;
      found.push(...inside);
    } else if (!readAtStart.has(path)) {
      found.push(path);
    }
  }
  return found;
}

export function installedDigest(projectDir: string): string | undefined {
  try {
    const record = readFileSync(join(projectDir, "node_modules", ".package-lock.json"));
    return createHash("sha256").update(record).digest("hex");
  } catch {
    return undefined;
  }
}

function isUnchanged(projectDir: string, [path, bytes, writtenMs]: BundledFrom["packages"][number]): boolean {
  const stat = statSync(join(projectDir, path), { throwIfNoEntry: false });
  return stat !== undefined && stat.size === bytes && stat.mtimeMs === writtenMs;
}
