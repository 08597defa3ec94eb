import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../config/hash";

/** The proxy that is measured: the version in the image's tag, as Python package. */
export const litellmVersion = "1.106.2";

// From a source file and from the bundle in dist/ alike.
const root = join(__dirname, "..");

/** Every package with its hashes: pip steps back silently to another version where it may. */
export const requirementsFile = join(root, "measure", "requirements.txt");

/** What running gateways leave behind: files, logs, and the virtual environment. */
export const litellmFolder = join(root, "node_modules", ".cache", "litellm");

const venv = join(litellmFolder, "venv");
const mark = join(venv, "installed");

/** The programs of the virtual environment. */
export const litellm = join(venv, "bin", "litellm");
export const python = join(venv, "bin", "python");

/** Whether the virtual environment is there, made to its end from the present requirements. */
export function isLitellmInstalled(): boolean {
  return (
    existsSync(litellm) &&
    existsSync(mark) &&
    readFileSync(mark, "utf8") === sha256(readFileSync(requirementsFile))
  );
}

/** Why no virtual environment can be made here, as a sentence; undefined where one can. */
export function whyNoPython(): string | undefined {
  const check = "import sys, venv, ensurepip; print(sys.version_info >= (3, 10))";
  const { error, stdout } = spawnSync("python3", ["-c", check], { encoding: "utf8" });
  return error === undefined && stdout.trim() === "True"
    ? undefined
    : 'Python 3.10 or later with its module "venv" is not here as python3: LiteLLM runs on it.';
}

/** Makes the virtual environment where it is not there: about two minutes and 740 MB. Throws with a sentence. */
export function installLitellm(): void {
  if (isLitellmInstalled()) return;
  const lacking = whyNoPython();
  if (lacking !== undefined) throw new Error(lacking);
  rmSync(venv, { recursive: true, force: true });
  mkdirSync(litellmFolder, { recursive: true });
  run("python3", ["-m", "venv", venv]);
  const options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"];
  run(join(venv, "bin", "pip"), ["install", ...options, "--requirement", requirementsFile]);
  writeFileSync(mark, sha256(readFileSync(requirementsFile)));
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command.split("/").at(-1)} ${args[0]} failed.`);
}
