import type { ProjectFiles } from "../config/files";
import { readYaml, toPlain } from "../config/yaml";

/** How the language host is told to run the program. */
export interface Runtime {
  nodeArgs: readonly string[];
  typescript: boolean;
}

/** The runtime options of Pulumi.yaml (`runtime: { name: nodejs, options: { nodeargs, typescript } }`). */
export function readRuntime(files: ProjectFiles): Runtime {
  const read = files.read("Pulumi.yaml");
  const { root } = read.found ? readYaml(read.bytes, "Pulumi.yaml") : { root: undefined };
  const project = (root && toPlain(root)) as { runtime?: { options?: Record<string, unknown> } } | undefined;
  const options = typeof project?.runtime === "object" ? project.runtime.options : undefined;
  const nodeargs = options?.nodeargs;
  return {
    nodeArgs: typeof nodeargs === "string" ? nodeargs.split(/\s+/).filter(Boolean) : [],
    typescript: options?.typescript !== false,
  };
}
