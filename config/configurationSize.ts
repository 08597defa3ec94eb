import { namespace } from "./documents";
import { engineConfig } from "./engine";
import type { StackResult } from "./stack";
import { visible } from "./visible";

/** What Linux allows one variable of the environment (MAX_ARG_STRLEN), its name and the byte at its end in it. */
const limitBytes = 128 * 1024;

const variable = "PULUMI_CONFIG";

/** The longest value of that variable. */
export const mostConfigurationBytes = limitBytes - `${variable}=`.length - 1;

/**
 * Why Pulumi cannot hand over a stack's configuration; undefined where it can. Of encrypted values only that they are
 * there is counted. With too long a one the command line never ends (3.260): it waits for a pack that did not start.
 */
export function configurationTooLong(
  own: Pick<StackResult, "raw" | "others">,
  platform: NodeJS.Platform,
): string | undefined {
  if (platform !== "linux") return undefined;
  const { values } = engineConfig(own);
  const bytes = configurationBytes(values);
  if (bytes <= mostConfigurationBytes) return undefined;
  const [key = "", longest = ""] =
    Object.entries(values).sort(([, a], [, b]) => sizeOf(b) - sizeOf(a))[0] ?? [];
  const node = key.startsWith(`${namespace}:`)
    ? own.raw.get(key.slice(namespace.length + 1))
    : own.others.get(key);
  const at = node === undefined ? "" : ` (${node.at.file}:${node.at.line})`;
  return `The stack's configuration is ${kib(bytes)} KiB long, ${kib(sizeOf(longest))} KiB of it ${visible(key)}${at}; Pulumi hands it to programs and packs in one variable of the environment, ${variable}, which Linux limits to 128 KiB. Fewer routes or teams in one project are the remedy.`;
}

/** The length of the variable's value, as a program gets it: `lockstep:limits` is `lockstep:config:limits` there. */
export const configurationBytes = (values: Readonly<Record<string, string>>): number =>
  sizeOf(
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key.replace(":", ":config:"), value])),
  );

const kib = (bytes: number): number => Math.ceil(bytes / 1024);

/** As the engine writes it: Go's encoding/json escapes these five. */
const sizeOf = (value: unknown): number =>
  Buffer.byteLength(JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, "\\u0000"));
