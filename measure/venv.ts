import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sha256 } from "../config/hash";

/** A virtual environment of Python: the folder that it is made in, and the file of requirements, each with hashes. */
export interface VirtualEnvironment {
  folder: string;
  requirements: string;
}

/** A program of the virtual environment. */
export const programOf = ({ folder }: VirtualEnvironment, name: string): string => join(folder, "bin", name);

const markOf = ({ folder }: VirtualEnvironment): string => join(folder, "installed");

/** Whether it is there, made to its end from the present requirements. */
export function isMade(venv: VirtualEnvironment): boolean {
  return (
    existsSync(programOf(venv, "python")) &&
    existsSync(markOf(venv)) &&
    readFileSync(markOf(venv), "utf8") === sha256(readFileSync(venv.requirements))
  );
}

/** Why no virtual environment can be made here, as a part of a sentence; undefined where one can. */
export function whyNoPython(): string | undefined {
  const check = "import sys, venv, ensurepip; print(sys.version_info >= (3, 10))";
  const { error, stdout } = spawnSync("python3", ["-c", check], { encoding: "utf8" });
  return error === undefined && stdout.trim() === "True"
    ? undefined
    : 'Python 3.10 or later with its module "venv" is not here as python3';
}

/** Makes it where it is not there. Throws with a sentence. */
export function make(venv: VirtualEnvironment): void {
  if (isMade(venv)) return;
  rmSync(venv.folder, { recursive: true, force: true });
  mkdirSync(dirname(venv.folder), { recursive: true });
  run("python3", ["-m", "venv", venv.folder]);
  const options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"];
  run(programOf(venv, "pip"), ["install", ...options, "--requirement", venv.requirements]);
  writeFileSync(markOf(venv), sha256(readFileSync(venv.requirements)));
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command.split("/").at(-1)} ${args[0]} failed.`);
}
