import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { projectFiles } from "../../config/files";
import type { Pair } from "../../config/pair";
import { readReleases, releaseFile } from "../../config/release";
import { addEvidence } from "../../lifecycle/addEvidence";
import { type Assessment, assess, isAsked } from "../../lifecycle/assess";
import { evidenceFolder, evidenceStore } from "../../lifecycle/evidence";
import { kindNames } from "../../lifecycle/kind";
import { kinds } from "../../lifecycle/kinds";
import { proofOf } from "../../lifecycle/proof";
import { litellmVersion } from "../../measure/litellm";
import type { Finished } from "./measurement";

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

/** Builds release and evidence in a folder beside the project, so that the project only ever has all of it or none. */
export function build(
  root: string,
  cache: string,
  pair: Pair,
  measured: readonly Finished[],
  now: Date,
): string {
  const folder = join(cache, "result");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "releases", release), { recursive: true });
  const hash = pair.production.behaviourHash;
  const own = pair.releases.get(release);
  if (own?.data.closed?.behaviourHash === hash) cpSync(join(root, own.file), join(folder, own.file));
  else writeFileSync(join(folder, releaseFile(release)), releaseText(hash, now));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  for (const { kind, command, started, ended, gateway, adaptations, raw, ...one } of measured) {
    const { notes, ...data } = raw;
    const output = {
      kind,
      providers: "stand-ins on loopback, no model: scripts/evidence/standIn.ts",
      gateway: { litellm: litellmVersion, adaptations },
      machine: { processors: cpus().length, node: process.version },
      notes,
      ...data,
    };
    addEvidence(folder, {
      release,
      measured: {
        kind,
        predicate: {
          environment: "staging",
          stack: pair.staging.name,
          gateway,
          providers: "stub",
          tool: { name: "lockstep scripts/evidence", version, command },
          started: started.toISOString(),
          ended: ended.toISOString(),
          samples: one.samples,
          repeats: one.repeats,
          inconclusive: one.inconclusive ?? [],
          results: one.results,
        },
      },
      raw: { bytes: Buffer.from(`${JSON.stringify(output)}\n`), extension: ".json" },
      now,
    });
  }
  return folder;
}

/** What the rule will say about what was built; stand-ins count, as the example's own settings have it. */
export function judge(folder: string, pair: Pair, now: Date): Assessment[] {
  const files = projectFiles(folder);
  const releases = readReleases(files);
  const { config } = pair.production;
  const proof = proofOf({ ...pair, releases: releases.byId }, now);
  if (proof === undefined)
    throw new Error("What was built proves nothing about production's behaviour hash.");
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

/** Puts what was built in the place of what was there, the folder as a whole. */
export function replace(root: string, folder: string): void {
  const [target, own] = [join(root, evidenceFolder(release)), join(folder, evidenceFolder(release))];
  mkdirSync(join(root, "releases", release), { recursive: true });
  const old = join(folder, "replaced");
  if (existsSync(target)) renameSync(target, old);
  renameSync(own, target);
  cpSync(join(folder, releaseFile(release)), join(root, releaseFile(release)));
  rmSync(folder, { recursive: true, force: true });
}
