import { z } from "zod";
import type { ProjectFiles } from "../config/files";
import { formatPath } from "../config/relation";
import { tiers } from "../config/schema/environment";
import { hash } from "../config/schema/release";
import { quote } from "../config/visible";

const urn = z.string().regex(/^urn:pulumi:.+::.+::.+::.+$/);

/** What the last update of a stack by `lockstep up` left behind; it holds no value of the configuration. */
export const deployed = z
  .strictObject({
    version: z.literal(1).describe("The version of this format."),
    project: z.string().min(1),
    stack: z.string().min(1),
    environment: z.enum(tiers),
    time: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/)
      .describe("When the update ended (UTC)."),
    commit: z
      .string()
      .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
      .optional()
      .describe("The commit that was checked out; absent where there was none."),
    uncommitted: z
      .array(z.string().min(1))
      .describe("Files that were not as the commit has them: it was updated with --allow-uncommitted."),
    behaviourHash: hash().optional().describe("The stack's output; absent where the program has none."),
    carries: z.array(z.string()).describe("The open releases that it carried, in order."),
    pulumi: z.string().describe("The version of Pulumi's command line."),
    policyPack: z.strictObject({
      version: z.string(),
      settings: hash().describe("SHA-256 of policies/config.json."),
    }),
    policies: z
      .record(z.string(), z.string())
      .describe("The level at which the engine ran each policy that had something to judge."),
    changes: z.record(z.string(), z.int()).describe("How many resources took each step."),
    resources: z.array(urn).describe("The URNs of the stack's resources after the update, sorted."),
  })
  .describe("What the last update of a stack by lockstep up left behind");

export type Deployed = z.infer<typeof deployed>;

export const deployedFile = (stack: string): string => `deployed/${stack}.json`;

/** The JSON Schema of the record. */
export const deployedJsonSchema = () => z.toJSONSchema(deployed);

/** A record as the text of its file. */
export const formatDeployed = (record: Deployed): string =>
  `${JSON.stringify(deployed.parse(record), null, 2)}\n`;

/** A file that is no record; the message is one sentence with its place. */
export class DeployedError extends Error {
  override readonly name = "DeployedError";
}

/** What the last update of a stack left behind; undefined where nothing is recorded. Throws a `DeployedError`. */
export function readDeployed(files: ProjectFiles, stack: string): Deployed | undefined {
  const file = deployedFile(stack);
  if (!files.list("deployed").includes(`${stack}.json`)) return undefined;
  const read = files.read(file);
  if (!read.found) throw new DeployedError(`${file}: ${read.why}.`);
  const record = parseDeployed(read.bytes, file);
  if (record.stack !== stack) throw new DeployedError(`${file} is the record of ${quote(record.stack)}.`);
  return record;
}

/** @param file what an error calls it */
export function parseDeployed(bytes: Uint8Array, file: string): Deployed {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new DeployedError(`${file} is not JSON.`);
  }
  const { data: record, error } = deployed.safeParse(data);
  if (record !== undefined) return record;
  const [issue] = error.issues;
  const steps = (issue?.path ?? []).filter((step) => typeof step !== "symbol");
  const path = formatPath(issue?.code === "unrecognized_keys" ? [...steps, issue.keys[0] ?? ""] : steps);
  throw new DeployedError(`${file}${path === "" ? "" : `: ${path}`} is not what lockstep up writes there.`);
}
