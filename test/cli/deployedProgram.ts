import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { engineConfig } from "../../config/engine";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { forPack, unknown } from "../../preview/convert";
import { evaluateProgram } from "../../preview/program";
import { readRuntime } from "../../preview/runtime";
import type { ExportedStack } from "../measure/deployed";

/** What an update would leave in the state of a stack: the program's resources, with what only a cloud knows made up. */
export async function deployedProgram(projectDir: string, stack: string): Promise<ExportedStack> {
  const files = projectFiles(projectDir);
  const { project, own } = loadPair(files, stack);
  const { resources, succeeded, diagnostics } = await evaluateProgram({
    projectDir,
    project: project.project ?? "",
    stack,
    config: engineConfig(own),
    ...readRuntime(files),
    timeoutMs: 60_000,
  });
  if (!succeeded) throw new Error(JSON.stringify(diagnostics));
  const created = new Date(Date.now() - 86_400_000).toISOString();
  const known = (struct: Struct | undefined) =>
    struct === undefined
      ? undefined
      : JSON.parse(JSON.stringify(forPack(struct).toJavaScript()).replaceAll(unknown, "known-by-now"));
  return {
    version: 3,
    deployment: {
      resources: resources.map(({ urn, type, custom, inputs, outputs }) => ({
        urn,
        type,
        custom,
        inputs: known(inputs),
        outputs: known(outputs),
        created,
        modified: created,
      })),
    },
  };
}
