import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFiles } from "../../config/files";
import type { Pair } from "../../config/pair";
import { readReleases, releaseFile } from "../../config/release";
import { type Assessment, assess, isAsked } from "../../lifecycle/assess";
import { evidenceFolder, evidenceStore } from "../../lifecycle/evidence";
import { type KindName, kindNames } from "../../lifecycle/kind";
import { kinds } from "../../lifecycle/kinds";
import { proofOf } from "../../lifecycle/proof";

export const release = "initial";

/** The release as the example has it: what stands in Pulumi.yaml is its first behaviour. */
const releaseText = (
  hash: string,
  now: Date,
) => `# An example: its evidence was measured against stand-ins for the providers, by "npm run evidence", and says
# nothing about a model. To replace it by your own first release: delete releases/${release}, make one with
# "lockstep release new <id> --empty", let both stacks carry it, measure staging with your providers ("lockstep
# evidence add"), close it ("lockstep release close"), and let the policy production-proven refuse stand-ins again
# (stubProviders).
id: ${release}
owner: platform team (example)
created: "${now.toISOString().slice(0, 10)}"
state: closed
changes: []
closed:
  at: "${now.toISOString()}"
  behaviourHash: "${hash}"
`;

/**
 * Makes the release in a copy of the project ready for evidence about its behaviour: the evidence of kinds that are
 * measured anew goes, and with another behaviour hash than the release's all of it.
 */
export function prepare(copy: string, pair: Pair, wanted: ReadonlySet<KindName>, now: Date): void {
  const hash = pair.production.behaviourHash;
  const folder = join(copy, evidenceFolder(release));
  const earlier = evidenceStore(projectFiles(copy)).of(release).evidence;
  if (pair.releases.get(release)?.data.closed?.behaviourHash !== hash) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(copy, releaseFile(release)), releaseText(hash, now));
    return;
  }
  for (const { file, kind, statement } of earlier) {
    if (!wanted.has(kind)) continue;
    rmSync(join(copy, file));
    rmSync(join(folder, statement.predicate.raw.file), { force: true });
  }
}

/** What the rule says about what was measured; stand-ins count, as the example's own settings have it. */
export function judge(copy: string, pair: Pair, now: Date): Assessment[] {
  const files = projectFiles(copy);
  const { config } = pair.production;
  const proof = proofOf({ ...pair, releases: readReleases(files).byId }, now);
  if (proof === undefined)
    throw new Error("What was measured proves nothing about production's behaviour hash.");
  return kindNames
    .filter((name) => isAsked(kinds[name], proof, config))
    .map((name) =>
      assess(name, {
        proof,
        config,
        store: evidenceStore(files),
        trust: { trustedKeys: [], stubProviders: "accept" },
        now,
        maximumAgeDays: 365,
      }),
    );
}

/** Puts what was measured in the place of what was there, the evidence as a whole. */
export function replace(root: string, copy: string): void {
  const [target, own] = [join(root, evidenceFolder(release)), join(copy, evidenceFolder(release))];
  mkdirSync(join(root, "releases", release), { recursive: true });
  const old = join(copy, "replaced");
  rmSync(old, { recursive: true, force: true });
  if (existsSync(target)) renameSync(target, old);
  renameSync(own, target);
  writeFileSync(join(root, releaseFile(release)), readFileSync(join(copy, releaseFile(release))));
  rmSync(copy, { recursive: true, force: true });
}
