import { spawnSync } from "node:child_process";
import { join } from "node:path";
import * as venv from "../../measure/venv";

const root = join(__dirname, "../..");
const environment = {
  folder: join(root, "node_modules", ".cache", "shapes", "venv"),
  requirements: join(__dirname, "requirements.txt"),
};

/** The Python that has moto, and Kubernetes' schemas. */
export const python = venv.programOf(environment, "python");

export const standInsInstalled = venv.isMade(environment);

/** Behind a test's name, so that what was skipped says why. */
export const skippedNote = standInsInstalled ? "" : " (skipped: moto is not installed, see make shapes)";

/** One plain line for a file whose tests are skipped. */
export function sayIfSkipped(what: string): void {
  if (!standInsInstalled) process.stderr.write(`The stand-ins are not installed (make shapes): ${what}\n`);
}

/** Why they cannot be installed here, as a sentence; undefined where they can. */
export function whyNot(): string | undefined {
  const lacking = venv.whyNoPython();
  return lacking === undefined ? undefined : `${lacking}: moto runs on it.`;
}

/** A quarter of a minute and 260 MB. Returns the modules of Go that could not be had. Throws with a sentence. */
export function install(): string[] {
  const lacking = whyNot();
  if (lacking !== undefined && !standInsInstalled) throw new Error(lacking);
  venv.make(environment);
  return Object.keys(modules).filter((module) => folderOf(module, "may download") === undefined);
}

/** Modules of Go that carry the definitions of custom resources, and the sums that Go's checksum database has. */
const modules: Record<string, { version: string; sum: string }> = {
  "github.com/external-secrets/external-secrets": {
    version: "v1.3.2",
    sum: "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
  },
  "github.com/prometheus-operator/prometheus-operator": {
    version: "v0.85.0",
    sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
  },
};

/** Where the files of the definitions are, by the group of their kinds; none that are not here. */
export function definitions(): Record<string, string[]> {
  found ??= find();
  return found;
}
let found: Record<string, string[]> | undefined;

function find(): Record<string, string[]> {
  const secrets = folderOf("github.com/external-secrets/external-secrets");
  const operator = folderOf("github.com/prometheus-operator/prometheus-operator");
  return {
    ...(secrets === undefined
      ? {}
      : {
          "external-secrets.io": ["externalsecrets", "secretstores"].map((name) =>
            join(secrets, "config/crds/bases", `external-secrets.io_${name}.yaml`),
          ),
        }),
    ...(operator === undefined
      ? {}
      : {
          "monitoring.coreos.com": ["prometheusrules", "servicemonitors"].map((name) =>
            join(operator, "example/prometheus-operator-crd", `monitoring.coreos.com_${name}.yaml`),
          ),
        }),
  };
}

/** Go's cache has it, or nothing does: a test downloads nothing. */
function folderOf(module: string, download?: "may download"): string | undefined {
  const { version, sum } = modules[module] as (typeof modules)[string];
  const { status, stdout } = spawnSync("go", ["mod", "download", "-json", `${module}@${version}`], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...(download === undefined ? { GOPROXY: "off" } : {}) },
  });
  if (status !== 0) return undefined;
  const { Dir, Sum } = JSON.parse(stdout) as { Dir: string; Sum: string };
  if (Sum !== sum) throw new Error(`${module}@${version} has the sum ${Sum}, and should have ${sum}.`);
  return Dir;
}
