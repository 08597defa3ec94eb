import { type ProjectFiles, projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { evidenceStore } from "../lifecycle/evidence";
import { carry, drop } from "../lifecycle/releaseCarry";
import { close } from "../lifecycle/releaseClose";
import { pairsOf } from "../lifecycle/releaseFiles";
import { revert, rollback } from "../lifecycle/releaseRevert";
import type { FileChange } from "../lifecycle/write";
import type { Finding } from "../policies/finding";
import { projectRuleset } from "../policies/ruleset";
import { productionRefusals } from "../review/releaseStatus";
import { type Ask, confirm, processAsk, type WriteOptions } from "./confirm";
import { orUsage } from "./orUsage";
import type { Output } from "./output";
import { findProject } from "./project";

/** What every command that writes is told. */
export interface Writing extends WriteOptions {
  cwd: string;
}

/** Computes changes, shows them, has them confirmed and writes them; `next` says how to go on. */
export async function writeRelease(
  options: Writing,
  output: Output,
  changesOf: (files: ProjectFiles) => FileChange[],
  next: string,
  ask: Ask = processAsk(output),
): Promise<number> {
  const root = findProject(options.cwd);
  const changes = orUsage(() => changesOf(projectFiles(root)));
  const { written, code } = await confirm(root, changes, options, output, ask);
  if (written) output.out(`${next}\n`);
  return code;
}

/** `lockstep release carry` */
export const releaseCarry = (id: string, options: Writing & { stack: string }, output: Output) =>
  writeRelease(
    options,
    output,
    (files) => carry(files, id, options.stack),
    `${options.stack} carries ${id}. What production still asks for: lockstep release status ${id}`,
  );

/** `lockstep release drop` */
export const releaseDrop = (id: string, options: Writing & { stack?: string }, output: Output) =>
  writeRelease(
    options,
    output,
    (files) => drop(files, id, options.stack),
    `${id} is dropped. Update the stacks that carried it: pulumi up`,
  );

/** `lockstep release close` */
export const releaseClose = (ids: readonly string[], options: Writing, output: Output, now: Date) =>
  writeRelease(
    options,
    output,
    (files) => close(files, ids, { now, refusals: refusalsOf(files, now) }),
    `Closed: ${ids.join(", ")}. No behaviour hash has changed, so no update is needed.`,
  );

/** What keeps any production of the project from being updated now. Unreadable pairs are told of by `close`. */
function refusalsOf(files: ProjectFiles, now: Date): Finding[] {
  const ruleset = projectRuleset(files);
  return pairsOf(files).flatMap((stack) => {
    const { pair } = loadPair(files, stack);
    return pair === undefined ? [] : productionRefusals(pair, evidenceStore(files), ruleset, now);
  });
}

/** `lockstep release revert` */
export const releaseRevert = (
  id: string,
  options: Writing & { owner: string; as?: string; stack?: string },
  output: Output,
  now: Date,
) =>
  writeRelease(
    options,
    output,
    (files) => revert(files, id, { ...options, now }),
    `The inverse of ${id} is made. To let production carry it: lockstep release carry ${options.as ?? `revert-${id}`} --stack <production>`,
  );

/** `lockstep release rollback` */
export const releaseRollback = (
  options: Writing & { owner?: string; stack?: string },
  output: Output,
  now: Date,
) =>
  writeRelease(
    options,
    output,
    (files) => rollback(files, { ...options, now }),
    "Production's files are back to what a closed release proved. Now update it: pulumi up",
  );
