import type { EngineConfig } from "../config/engine";

/** What a program and a pack are started for. */
export interface Launch {
  projectDir: string;
  project: string;
  stack: string;
  config: EngineConfig;
}

/** The pack cannot be used; the message is meant for a person and holds nothing of the configuration. */
export class PackError extends Error {}

/** What the engine's language host tells the SDK's runner of programs. */
export const programArgs = ({ projectDir, project, stack }: Launch, address: string): string[] => [
  ...["--monitor", address, "--engine", address, "--project", project, "--stack", stack],
  ...["--organization", "organization", "--root-directory", projectDir, "--pwd", projectDir],
  ...["--dry-run", "--parallel", "16", "."],
];

export const programEnv = ({ config }: Launch) => ({
  PULUMI_CONFIG: JSON.stringify(config.values),
  PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config.secretKeys),
});

/** What the engine tells a pack through its environment, and where ours finds the project. */
export const packEnv = ({ projectDir, project, stack, config }: Launch) => ({
  PULUMI_NODEJS_TYPESCRIPT: "true",
  PULUMI_NODEJS_ORGANIZATION: "organization",
  PULUMI_NODEJS_PROJECT: project,
  PULUMI_NODEJS_STACK: stack,
  PULUMI_NODEJS_DRY_RUN: "true",
  PULUMI_CONFIG: JSON.stringify(config.values),
  LOCKSTEP_PROJECT_DIR: projectDir,
});

/** The port that a pack writes first of all, where the engine reads it, from what it writes as it comes. */
export function announcedPort(listen: (hear: (text: string) => void) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    listen((more) => {
      text += more;
      const end = text.indexOf("\n");
      if (end < 0) return;
      const port = Number(text.slice(0, end));
      if (Number.isInteger(port) && port > 0 && port < 65_536) resolve(port);
      else
        reject(
          new PackError("The policy pack wrote something else than its port first. Nothing in it may print."),
        );
    });
  });
}
