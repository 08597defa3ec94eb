import { readProject, readStack } from "./documents";
import type { ProjectFiles } from "./files";
import { lookup } from "./yaml";

/**
 * One stack of each pair of a project, production's where it can be told, found by the counterparts that the
 * stack files name. Every stack is one of these or the counterpart of one, also where its file is broken: it
 * is judged, not lost.
 */
export function findPairs(files: ProjectFiles): string[] {
  const { stackDir } = readProject(files);
  const stacks = files
    .list(stackDir)
    .flatMap((file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .map((name) => ({ name, ...environmentOf(files, stackDir, name) }))
    .sort((a, b) => rank(a.tier) - rank(b.tier));
  const covered = new Set<string>();
  return stacks.flatMap(({ name, counterpart }) => {
    if (covered.has(name)) return [];
    covered.add(name);
    if (counterpart !== undefined) covered.add(counterpart);
    return [name];
  });
}

const rank = (tier: string | undefined) => (tier === "production" ? 0 : tier === "staging" ? 1 : 2);

function environmentOf(files: ProjectFiles, stackDir: string, name: string) {
  const { entries } = readStack(files, `${stackDir === "" ? "" : `${stackDir}/`}Pulumi.${name}.yaml`);
  const environment = entries.get("environment")?.node;
  const text = (key: string) => {
    const node = environment && lookup(environment, [key]);
    return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
  };
  return { tier: text("tier"), counterpart: text("counterpart") };
}
