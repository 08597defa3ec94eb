import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The proxy that was measured. Exact: pip steps back silently to another version where it may. */
export const litellmVersion = "1.106.2";
const requirements = [`litellm[proxy]==${litellmVersion}`, "prometheus_client==0.26.0"];

/** Makes a virtual environment with LiteLLM once, and returns the path of its `litellm`. */
export function installLitellm(cache: string): string {
  const folder = join(cache, "venv");
  const done = join(folder, "installed");
  const executable = join(folder, "bin", "litellm");
  if (existsSync(done) && existsSync(executable)) return executable;
  const version = spawnSync("python3", ["-c", "import sys; print(sys.version_info >= (3, 10))"]);
  if (version.error !== undefined || String(version.stdout).trim() !== "True")
    throw new Error("Python 3.10 or later is needed as python3: LiteLLM's proxy runs on it.");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  run("python3", ["-m", "venv", folder]);
  run(join(folder, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", ...requirements]);
  writeFileSync(done, `${requirements.join("\n")}\n`);
  return executable;
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command.split("/").at(-1)} ${args[0]} failed.`);
}
