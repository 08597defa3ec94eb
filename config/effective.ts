import { located, namespace } from "./documents";
import { sortKeys } from "./engine";
import type { ProjectFiles } from "./files";
import { behaviourHash } from "./hash";
import { schemaAt } from "./issues";
import { isNamelessSecret, parseConfig } from "./parse";
import { applyReleases, carriedReleases } from "./patch";
import { formatProblem, type Problem } from "./problem";
import { checkReferences } from "./references";
import { fieldOf, type Path } from "./relation";
import { readReleases } from "./release";
import { configKeys } from "./schema";
import { type Behaviour, plainData, readContents } from "./stack";
import { fromPlain, SECRET } from "./yaml";

/** Thrown for a configuration that cannot be used; its message lists every problem. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(`The configuration cannot be used:\n${problems.map(formatProblem).join("\n")}`);
    this.name = "ConfigurationError";
  }
}

/**
 * Lockstep's keys of the engine's configuration as plain data, decrypted values replaced by `SECRET`.
 *
 * @param all full key (`lockstep:limits`) to value, structured values as JSON text, as in PULUMI_CONFIG
 */
export function engineData(all: Readonly<Record<string, string>>): Record<string, unknown> {
  const prefix = `${namespace}:`;
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => {
        const name = key.slice(prefix.length);
        return [name, hideSecrets(fromText(text), [name])];
      }),
  );
}

/**
 * The engine's configuration with the changes of the releases that the stack carries: checked, and with the
 * files that it points to.
 */
export function effective(all: Readonly<Record<string, string>>, files: ProjectFiles): Behaviour {
  const position = ([key = ""]: Path) => ({
    file: configKeys.some((one) => one === key) ? `${namespace}:${key}` : "the stack's configuration",
    line: 1,
    column: 1,
  });
  const engine = new Map(
    Object.entries(engineData(all)).map(([key, value]) => [key, fromPlain(value, position([key]))] as const),
  );
  const releases = engine.has("carries") ? readReleases(files) : { byId: new Map(), problems: [] };
  const { carried, problems: uncarried } = carriedReleases(engine.get("carries"), releases);
  const { nodes, problems: conflicts } = applyReleases(engine, carried);
  const unfit = [...releases.problems, ...uncarried, ...conflicts];
  if (unfit.length > 0) throw new ConfigurationError(unfit);
  // What a release adds stands where it will when it is closed: the engine gives maps with sorted keys.
  const { config, problems } = parseConfig(sortKeys(plainData(nodes)));
  if (!config) throw new ConfigurationError(problems.map((one) => located(one, position)));
  const { contents, problems: unread } = readContents(files, config, position);
  const wrong = [...unread, ...checkReferences(config).map((one) => located(one, position))];
  if (wrong.length > 0) throw new ConfigurationError(wrong);
  return { config, contents, behaviourHash: behaviourHash(config, contents) };
}

function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function hideSecrets(value: unknown, path: Path): unknown {
  const at = schemaAt(path);
  if ((at && fieldOf(at)?.secret) || isNamelessSecret(at, value)) return SECRET;
  if (Array.isArray(value)) return value.map((item, index) => hideSecrets(item, [...path, index]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, hideSecrets(inner, [...path, key])]),
  );
}
