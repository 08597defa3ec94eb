import { existsSync } from "node:fs";
import { join } from "node:path";
import * as venv from "./venv";

/** The proxy that is measured: the version in the image's tag, as Python package. */
export const litellmVersion = "1.106.2";

// From a source file and from the bundle in dist/ alike.
const root = join(__dirname, "..");

/** Every package with its hashes: pip steps back silently to another version where it may. */
export const requirementsFile = join(root, "measure", "requirements.txt");

/** What running gateways leave behind: files, logs, and the virtual environment. */
export const litellmFolder = join(root, "node_modules", ".cache", "litellm");

const environment = { folder: join(litellmFolder, "venv"), requirements: requirementsFile };

/** The programs of the virtual environment. */
export const litellm = venv.programOf(environment, "litellm");
export const python = venv.programOf(environment, "python");

/** Whether the virtual environment is there, made to its end from the present requirements. */
export const isLitellmInstalled = (): boolean => existsSync(litellm) && venv.isMade(environment);

/** Why no virtual environment can be made here, as a sentence; undefined where one can. */
export function whyNoPython(): string | undefined {
  const lacking = venv.whyNoPython();
  return lacking === undefined ? undefined : `${lacking}: LiteLLM runs on it.`;
}

/** Makes the virtual environment where it is not there: about two minutes and 740 MB. Throws with a sentence. */
export function installLitellm(): void {
  if (isLitellmInstalled()) return;
  const lacking = whyNoPython();
  if (lacking !== undefined) throw new Error(lacking);
  venv.make(environment);
}
