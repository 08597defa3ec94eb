import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { engineConfig } from "../config/engine";
import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { isRecord } from "../config/record";
import type { Source } from "../measure/drift/audit";
import { type DeclaredResource, UNKNOWN } from "../measure/drift/resources";
import { HIDDEN } from "../measure/drift/state";
import { forPack, isSecret, unknown } from "../preview/convert";
import { evaluateProgram } from "../preview/program";
import { readRuntime } from "../preview/runtime";

const timeoutMs = 120_000;

/** The resources that the program declares, evaluated as `lockstep preview` does it: without Pulumi and the cloud. */
export async function declaredResources(
  projectDir: string,
  name: string,
): Promise<Source<DeclaredResource[]>> {
  const files = projectFiles(projectDir);
  const { project, own, counterpart } = loadPair(files, name);
  const stack = own.name === name ? own : counterpart;
  if (project.project === undefined || stack === undefined) return { why: failed };
  try {
    const { resources, succeeded } = await evaluateProgram({
      projectDir,
      project: project.project,
      stack: name,
      config: engineConfig(stack),
      ...readRuntime(files),
      timeoutMs,
    });
    if (!succeeded) return { why: failed };
    return {
      value: resources.map(({ urn, type, name: resource, custom, inputs }) => ({
        urn,
        type,
        name: resource,
        custom,
        inputs: plain(inputs),
      })),
    };
  } catch {
    return { why: failed };
  }
}

const failed = "The program could not be evaluated: lockstep preview says why.";

function plain(inputs: Struct): Record<string, unknown> {
  const marked = marks(forPack(inputs).toJavaScript());
  return isRecord(marked) ? marked : {};
}

/** A text with the mark of an unknown in it is not known as a whole. */
function marks(value: unknown): unknown {
  if (typeof value === "string") return value.includes(unknown) ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map(marks);
  if (!isRecord(value)) return value;
  if (isSecret(value)) return HIDDEN;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, marks(inner)]));
}
