import { readProject, readStack } from "./documents";
import type { ProjectFiles } from "./files";
import { lookup } from "./yaml";

/**
 * One stack of each pair of a project, production's where it can be told, found by the counterparts that the
 * stack files name. A stack without a readable counterpart stands for itself, so that it is judged, not lost.
 */
export function findPairs(files: ProjectFiles): string[] {
  const { stackDir } = readProject(files);
  const stacks = files
    .list(stackDir)
    .flatMap((file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .map((name) => ({ name, ...environmentOf(files, stackDir, name) }));
  const partners = new Map(stacks.map(({ name, counterpart }) => [name, counterpart] as const));
  return stacks
    .filter(({ name, tier, counterpart }) => {
      const mutual = counterpart !== undefined && counterpart !== name && partners.get(counterpart) === name;
      if (!mutual) return true;
      const other = stacks.find((one) => one.name === counterpart);
      // Of two that name each other the only production stands for the pair; where there is none, or two, the
      // first by name does, so that a tier that cannot be read loses no pair.
      const isProduction = tier === "production";
      return isProduction === (other?.tier === "production") ? name < counterpart : isProduction;
    })
    .map(({ name }) => name);
}

function environmentOf(files: ProjectFiles, stackDir: string, name: string) {
  const { entries } = readStack(files, `${stackDir === "" ? "" : `${stackDir}/`}Pulumi.${name}.yaml`);
  const environment = entries.get("environment")?.node;
  const text = (key: string) => {
    const node = environment && lookup(environment, [key]);
    return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
  };
  return { tier: text("tier"), counterpart: text("counterpart") };
}
