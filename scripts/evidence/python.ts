import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../config/hash";

/** The proxy that was measured. */
export const litellmVersion = "1.106.2";

/** Every package with its hashes: pip steps back silently to another version where it may. */
export const requirementsFile = join(__dirname, "requirements.txt");

/** Makes a virtual environment with LiteLLM once, and returns the path of its `litellm`. */
export function installLitellm(cache: string): string {
  const folder = join(cache, "venv");
  const done = join(folder, "installed");
  const executable = join(folder, "bin", "litellm");
  const wanted = sha256(readFileSync(requirementsFile));
  if (existsSync(executable) && installedHash(done) === wanted) return executable;
  const version = spawnSync("python3", ["-c", "import sys; print(sys.version_info >= (3, 10))"]);
  if (version.error !== undefined || String(version.stdout).trim() !== "True")
    throw new Error("Python 3.10 or later is needed as python3: LiteLLM's proxy runs on it.");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  run("python3", ["-m", "venv", folder]);
  const options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"];
  run(join(folder, "bin", "pip"), ["install", ...options, "--requirement", requirementsFile]);
  writeFileSync(done, wanted);
  return executable;
}

/** The hash of the requirements that were installed; undefined where none were, to their end. */
function installedHash(done: string): string | undefined {
  return existsSync(done) ? readFileSync(done, "utf8") : undefined;
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command.split("/").at(-1)} ${args[0]} failed.`);
}
