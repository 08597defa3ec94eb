import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { formatProblem } from "../config/problem";
import { readReleases, releaseFile } from "../config/release";
import { quote } from "../config/visible";
import { evidenceStore } from "../lifecycle/evidence";
import { chosenPair } from "../lifecycle/releaseFiles";
import { projectRuleset } from "../policies/ruleset";
import { statusText } from "../review/release";
import { releaseStatus } from "../review/releaseStatus";
import { exit, UsageError } from "./exit";
import { orUsage } from "./orUsage";
import type { Output } from "./output";
import { findProject } from "./project";

/** `lockstep release status`: one release, or each open one. */
export function releaseStatusCommand(
  id: string | undefined,
  { cwd, stack, json }: { cwd: string; stack?: string; json: boolean },
  { out, err, style }: Output,
  now: Date,
): number {
  const files = projectFiles(findProject(cwd));
  const ruleset = orUsage(() => projectRuleset(files));
  const own = orUsage(() => chosenPair(files, stack));
  const { byId, problems } = readReleases(files);
  const broken = problems.filter(({ file }) => id === undefined || file === releaseFile(id));
  if (broken.length > 0) {
    err(`${broken.map(formatProblem).join("\n\n")}\n`);
    return exit.usage;
  }
  if (id !== undefined && !byId.has(id)) throw new UsageError(`There is no release ${quote(id)}.`);
  const releases = [...byId.values()].filter((one) =>
    id === undefined ? one.data.state === "open" : one.id === id,
  );
  const context = { files, loaded: loadPair(files, own), evidence: evidenceStore(files), ruleset, now };
  const statuses = releases.map((release) => releaseStatus(release, context));
  if (json) {
    const promotable = ({ missing }: (typeof statuses)[number]) => missing?.length === 0;
    const rows = statuses.map((status) => ({ ...status, promotable: promotable(status) }));
    out(`${JSON.stringify({ version: 1, releases: rows }, null, 2)}\n`);
  } else if (statuses.length === 0) out("No release is open.\n");
  else out(`${statuses.map((status) => statusText(status, ruleset.rules, style)).join("\n\n")}\n`);
  return exit.clean;
}
