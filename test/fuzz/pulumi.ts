import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pulumi as command } from "../engine/cli";

/** What `pulumi config --json` says of one key. */
export interface Said {
  value?: string;
  objectValue?: unknown;
  secret: boolean;
}

/** The Pulumi CLI over files of ours, with a state in a temporary folder, no network and no credentials. */
export interface Pulumi {
  dir: string;
  /** The configuration of the stack "staging" of the project "lockstep"; undefined where the CLI refuses the files. */
  config(project: Uint8Array, stack: Uint8Array): Record<string, Said> | undefined;
  remove(): void;
}

function run(args: readonly string[], cwd: string, env: Record<string, string>) {
  if (command === undefined) throw new Error("There is no Pulumi CLI.");
  return spawnSync(command, [...args, "--non-interactive"], { cwd, env, encoding: "utf8", timeout: 60_000 });
}

const environment = (dir: string) => ({
  PATH: process.env.PATH ?? "",
  HOME: dir,
  PULUMI_HOME: join(dir, "home"),
  PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
  PULUMI_CONFIG_PASSPHRASE: "only for these files",
  PULUMI_SKIP_UPDATE_CHECK: "true",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
});

/** Undefined where no `pulumi` on the PATH answers. */
export function findPulumi(): Pulumi | undefined {
  if (command === undefined) return undefined;
  const dir = mkdtempSync(join(tmpdir(), "lockstep-pulumi-"));
  const pulumi = pulumiIn(dir);
  for (const folder of ["files", "home", "state"]) mkdirSync(join(dir, folder), { recursive: true });
  const files = join(dir, "files");
  writeFileSync(join(files, "Pulumi.yaml"), "name: lockstep\nruntime: nodejs\n");
  const made = run(["stack", "init", "organization/lockstep/staging"], files, environment(dir));
  if (made.status !== 0) throw new Error(`pulumi stack init: ${made.stderr}`);
  return pulumi;
}

/** What {@link findPulumi} made in a folder. */
export function pulumiIn(dir: string): Pulumi {
  const files = join(dir, "files");
  return {
    dir,
    config(project, stack) {
      writeFileSync(join(files, "Pulumi.yaml"), project);
      writeFileSync(join(files, "Pulumi.staging.yaml"), stack);
      const { status, stdout } = run(["config", "--json", "--stack", "staging"], files, environment(dir));
      return status === 0 ? (JSON.parse(stdout) as Record<string, Said>) : undefined;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
