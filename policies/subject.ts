import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { namespace, readProject } from "../config/documents";
import { projectFiles } from "../config/files";
import { loadPair, type Pair } from "../config/pair";
import { type EvidenceStore, evidenceStore, noEvidence } from "../lifecycle/evidence";
import { compareEffective } from "./effective";
import type { Finding } from "./finding";
import { configValid, problemFindings } from "./stack/config-valid";

/** What the pack's process knows about the update that it judges. */
export interface Surroundings {
  /** `LOCKSTEP_PROJECT_DIR`; the folder is looked for where it is absent. */
  projectDir: string | undefined;
  /** The folder from which the project is looked for, upwards: the pack's. */
  packDir: string;
  /** Names as the engine gives them; empty where it gives none. */
  project: string;
  stack: string;
  /** The engine's effective values of Lockstep's keys, decrypted, by key without the namespace. */
  effective: Readonly<Record<string, unknown>>;
}

/** What the rules judge: a pair, nothing (no Lockstep configuration), or findings that keep it from being read. */
export interface Subject {
  stack: string;
  pair: Pair | undefined;
  /** The evidence of the project's releases; none where there is no pair. */
  evidence: EvidenceStore;
  findings: Finding[];
}

/**
 * The pair of the stack that is being updated. A stack is Lockstep's when the engine has a key of its
 * namespace for it, or a file of the project mentions one; so that a missing or emptied file does not make it
 * somebody else's. In any other stack the rules over the pair have nothing to judge.
 */
export function loadSubject(surroundings: Surroundings): Subject {
  const { project, stack, effective } = surroundings;
  const result = (findings: Finding[], pair?: Pair, evidence = noEvidence): Subject => ({
    stack,
    pair,
    evidence,
    findings,
  });
  if (stack === "")
    return result([
      cannotDecide(
        "The stack under update",
        "no stack name",
        "a stack's name from the engine",
        "Run the pack with pulumi preview or up: pulumi policy analyze gives it neither stack nor configuration.",
      ),
    ]);
  const root = findRoot(surroundings);
  const used = Object.keys(effective).length > 0;
  if (root === undefined) {
    return used
      ? result([
          cannotDecide(
            `The project ${project}`,
            "no Pulumi.yaml of this project above the pack's folder",
            "the project's own files",
            "Set LOCKSTEP_PROJECT_DIR to the project's folder.",
          ),
        ])
      : result([]);
  }
  const files = projectFiles(root);
  if (!used && !mentions(root, readProject(files).stackDir)) return result([]);
  const loaded = loadPair(files, stack);
  const findings = problemFindings(loaded.problems);
  // Problems that keep a key from being read would show as differences a second time.
  if (findings.length === 0) findings.push(...compareEffective(loaded.own, effective));
  if (findings.length === 0 && loaded.pair === undefined) {
    findings.push(
      cannotDecide(
        `The stack ${stack}`,
        "a pair that could not be read",
        "both stacks of the pair",
        "Correct the stack files.",
      ),
    );
  }
  return result(findings, findings.length === 0 ? loaded.pair : undefined, evidenceStore(files));
}

function cannotDecide(object: string, found: string, allowed: string, remedy: string): Finding {
  return {
    rule: configValid.name,
    status: "cannot-decide",
    object,
    path: "Pulumi.yaml",
    found,
    allowed,
    remedy,
  };
}

function findRoot({ projectDir, packDir, project }: Surroundings): string | undefined {
  if (projectDir !== undefined && projectDir !== "")
    return existsSync(projectDir) ? realpathSync(projectDir) : undefined;
  let unreadable: string | undefined;
  let folder = packDir;
  for (;;) {
    if (existsSync(join(folder, "Pulumi.yaml"))) {
      const name = readProject(projectFiles(folder)).project;
      if (name === project) return folder;
      // It may be this project's: then its problems have to be told.
      if (name === undefined) unreadable ??= folder;
    }
    const parent = dirname(folder);
    if (parent === folder) return unreadable;
    folder = parent;
  }
}

/** True where Pulumi.yaml or any stack file has the namespace in it, however broken the file is. */
function mentions(root: string, stackDir: string): boolean {
  return [root, join(root, stackDir)].some(
    (folder) =>
      existsSync(folder) &&
      readdirSync(folder).some(
        (file) => /^Pulumi(\..+)?\.ya?ml$/.test(file) && read(join(folder, file)).includes(`${namespace}:`),
      ),
  );
}

function read(path: string): string {
  const result = projectFiles(dirname(path)).read(basename(path));
  return result.found ? Buffer.from(result.bytes).toString("utf8") : "";
}
