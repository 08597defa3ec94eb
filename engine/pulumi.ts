import { execFile } from "node:child_process";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { quote } from "../config/visible";

/** The engine cannot be used, or did not do what it was asked; the message is for a person. */
export class EngineError extends Error {}

/** Pulumi's own command line. */
export interface Pulumi {
  /** Absolute path of the executable. */
  path: string;
  /** Without the "v". */
  version: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The oldest command line that can be driven: with it the Automation API hands on the engine's events as they are,
 * its summaries of policies among them (engine 3.198; @pulumi/pulumi 3.248, automation/stack.js, setupEventLog).
 */
export const oldestPulumi = "3.206.0";

const install =
  "Install Pulumi's command line (https://www.pulumi.com/docs/install/) and put it on the PATH, or run lockstep preview, which needs none.";

/** The npm package "pulumi" is no command line: it downloads one when it is first run. */
const isDownloader = (path: string): boolean => /[\\/]node_modules[\\/]pulumi[\\/]/.test(path);

/** Pulumi's command line on the PATH; the downloader of the npm package only where there is nothing else. */
export async function findPulumi(env: Environment): Promise<Pulumi> {
  const found = candidates(env.PATH ?? "");
  const path = found.find((one) => !isDownloader(realpathSync(one))) ?? found[0];
  if (path === undefined) throw new EngineError(`There is no pulumi on the PATH. ${install}`);
  const said = await versionOf(path, env);
  if (said === undefined && isDownloader(realpathSync(path)))
    throw new EngineError(
      `The only pulumi on the PATH, ${quote(path)}, is the npm package, which downloads the command line on its first run and could not. ${install}`,
    );
  const version = /^v?(\d+\.\d+\.\d+)\b/.exec(said ?? "")?.[1];
  if (version === undefined)
    throw new EngineError(`${quote(path)} version does not say which version it is. ${install}`);
  if (isOlder(version, oldestPulumi))
    throw new EngineError(
      `${quote(path)} is version ${version}; ${oldestPulumi} or newer is needed to see whether the policies ran. ${install}`,
    );
  return { path, version };
}

function candidates(path: string): string[] {
  const names = process.platform === "win32" ? ["pulumi.exe", "pulumi.cmd"] : ["pulumi"];
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Long enough for a download. */
const longestMilliseconds = 120_000;

function versionOf(path: string, env: Environment): Promise<string | undefined> {
  const options = {
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: longestMilliseconds,
    cwd: dirname(path),
  };
  return new Promise((resolve) => {
    execFile(path, ["version"], options, (error, printed) => resolve(error ? undefined : printed.trim()));
  });
}

function isOlder(version: string, than: string): boolean {
  const [own, other] = [version, than].map((text) => text.split(".").map(Number));
  const index = [0, 1, 2].find((at) => own?.[at] !== other?.[at]);
  return index !== undefined && (own?.[index] ?? 0) < (other?.[index] ?? 0);
}

/** Options of Pulumi's that say how it shows what it does, and never what. */
const harmless = new Set(["COLOR", "EMOJI", "LOGFLOW", "LOGTOSTDERR", "VERBOSE", "TRACING", "PROFILING"]);

/**
 * Every option of Pulumi's can also be given by a variable, and would change what an update does behind our back: the
 * settings of the pack, the configuration, the targets.
 */
export function refusedVariables(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => /^PULUMI_OPTION_/.test(name) && env[name] !== "" && env[name] !== undefined)
    .filter((name) => !harmless.has(name.slice("PULUMI_OPTION_".length)))
    .sort();
}
