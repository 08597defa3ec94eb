/**
 * Runs the tests on another version of Node, taken from npm's package "node": node scripts/testOnNode.mjs 24 [vitest arguments]
 * The package's binary comes as a dependency of its own for each platform, so that no install script is needed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const major = process.argv[2] ?? "";
if (!/^\d+$/.test(major)) {
  console.error("usage: node scripts/testOnNode.mjs <major version>");
  process.exit(2);
}
const folder = resolve("node_modules", ".cache", `node-${major}`);
const platform = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const binary = join(folder, "node_modules", platform, "bin", "node");
if (!existsSync(binary)) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"private":true}\n');
  const install = [
    "install",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--loglevel=error",
    `${platform}@${major}`,
  ];
  const { status } = spawnSync("npm", install, { cwd: folder, stdio: "inherit" });
  if (status !== 0 || !existsSync(binary)) {
    console.error(`Node ${major} could not be installed: ${readdirSync(folder).join(", ")}`);
    process.exit(1);
  }
}
const { status } = spawnSync(
  binary,
  [resolve("node_modules/vitest/vitest.mjs"), "run", ...process.argv.slice(3)],
  {
    stdio: "inherit",
    env: { ...process.env, PATH: `${join(binary, "..")}:${process.env.PATH}` },
  },
);
process.exit(status ?? 1);
