import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const source = join(__dirname, "peers");
export const peersFolder = join(__dirname, "..", "node_modules", ".cache", "peers");

/** Installs what is compared with, once a lockfile; undefined where this machine cannot have it. */
export function installPeers(): string | undefined {
  const lock = readFileSync(join(source, "package-lock.json"), "utf8");
  const stamp = join(peersFolder, "installed");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    mkdirSync(peersFolder, { recursive: true });
    for (const name of ["package.json", "package-lock.json"])
      cpSync(join(source, name), join(peersFolder, name));
    const { status } = spawnSync(
      "npm",
      ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
      { cwd: peersFolder, stdio: "inherit", timeout: 600_000 },
    );
    if (status !== 0) return undefined;
    writeFileSync(stamp, lock);
  }
  const pack = join(peersFolder, "awsguard");
  mkdirSync(pack, { recursive: true });
  writeFileSync(join(pack, "PulumiPolicy.yaml"), "runtime: nodejs\nmain: index.js\n");
  writeFileSync(
    join(pack, "package.json"),
    '{ "name": "awsguard-pack", "version": "0.1.0", "main": "index.js" }\n',
  );
  writeFileSync(
    join(pack, "index.js"),
    'const { AwsGuard } = require("@pulumi/awsguard");\nnew AwsGuard({ all: "mandatory" });\n',
  );
  return peersFolder;
}

/** Exact versions, for the line above the figures. */
export function peerVersions(): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return ["@pulumi/awsguard", "cdk-nag", "aws-cdk-lib"].map((name) => `${name} ${dependencies[name]}`);
}
