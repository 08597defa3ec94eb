import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { installedDigest, isCurrent, manifestName, sourcesDigest } from "../../preview/bundle";
import { writeEntries } from "../project";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const sources = {
  "index.ts": "export const url = 1;\n",
  "package.json": '{ "main": "index.ts" }\n',
  "tsconfig.json": "{}\n",
  "components/gateway.ts": "export const a = 1;\n",
  "config/stack.ts": "export const b = 1;\n",
  "gateway/callback/breaker.py": "c = 1\n",
  "lifecycle/price.ts": "export const d = 1;\n",
  "policies/index.ts": "export const e = 1;\n",
  "policies/config.json": '{ "all": "mandatory" }\n',
  "node_modules/.package-lock.json": '{ "packages": {} }\n',
  "node_modules/sdk/index.js": "exports.f = 1;\n",
};

/** A project, and beside it a build's folder whose bundles are of it. */
function built(): { dir: string; dist: string } {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-bundle-"));
  made.push(dir);
  writeEntries(dir, sources);
  const dist = join(dir, "dist");
  mkdirSync(dist);
  const { size, mtimeMs } = statSync(join(dir, "node_modules/sdk/index.js"));
  const manifest = {
    sources: sourcesDigest(dir),
    installed: installedDigest(dir),
    packages: [["node_modules/sdk/index.js", size, mtimeMs]],
  };
  writeFileSync(join(dist, manifestName), JSON.stringify(manifest));
  return { dir, dist };
}

describe("bundles that are what the sources say", () => {
  it("are taken", () => {
    const { dir, dist } = built();
    expect(isCurrent(dist, dir, {})).toBe(true);
  });

  it.each([
    ["the pack's settings, which it reads when it starts", { "policies/config.json": "{}\n" }],
    ["files that no program is compiled from", { "README.md": "# Read me\n", "cli/main.ts": "export {};\n" }],
    ["Python's own cache", { "gateway/callback/__pycache__/breaker.pyc": "x" }],
  ])("are taken after a change of %s", (_, entries) => {
    const { dir, dist } = built();
    writeEntries(dir, entries);
    expect(isCurrent(dist, dir, {})).toBe(true);
  });
});

describe("bundles that are stale", () => {
  it.each([
    ["an edit of the program", { "index.ts": "export const url = 2;\n" }],
    ["an edit of a component", { "components/gateway.ts": "export const a = 2;\n" }],
    ["an edit of the configuration", { "config/stack.ts": "export const b = 2;\n" }],
    ["an edit of what the gateway runs", { "gateway/callback/breaker.py": "c = 2\n" }],
    ["an edit of the life cycle", { "lifecycle/price.ts": "export const d = 2;\n" }],
    ["an edit of a policy", { "policies/index.ts": "export const e = 2;\n" }],
    ["a rule that nobody registered", { "policies/stack/new-rule.ts": "export {};\n" }],
    ["a file that is resolved before another", { "policies/index.js": "exports.e = 2;\n" }],
    ["a program that is resolved before the other", { "index.js": "exports.url = 2;\n" }],
    ["another main of the package", { "package.json": '{ "main": "components/gateway.ts" }\n' }],
    ["another compilation", { "tsconfig.json": '{ "extends": "./other.json" }\n' }],
    ["a package of the pack's own", { "policies/node_modules/sdk/index.js": "exports.f = 2;\n" }],
    ["another installation", { "node_modules/.package-lock.json": '{ "packages": { "sdk": {} } }\n' }],
    ["an edit of a package", { "node_modules/sdk/index.js": "exports.f = 22;\n" }],
    ["a manifest that was not written to its end", { [`dist/${manifestName}`]: '{ "sources": "' }],
  ])("are not taken after %s", (_, entries) => {
    const { dir, dist } = built();
    writeEntries(dir, entries);
    expect(isCurrent(dist, dir, {})).toBe(false);
  });

  it("are not taken after an edit of a package that left its size as it was", () => {
    const { dir, dist } = built();
    const file = join(dir, "node_modules/sdk/index.js");
    writeFileSync(file, "exports.f = 2;\n");
    utimesSync(file, new Date("2026-01-01T00:00:00Z"), new Date("2026-01-01T00:00:00Z"));
    expect(isCurrent(dist, dir, {})).toBe(false);
  });

  it.each([
    "policies/index.ts",
    "node_modules/sdk/index.js",
    "node_modules/.package-lock.json",
    "tsconfig.json",
  ])("are not taken without %s", (path) => {
    const { dir, dist } = built();
    rmSync(join(dir, path));
    expect(isCurrent(dist, dir, {})).toBe(false);
  });

  it("are not taken where another tsconfig.json is named, nor where the build made none", () => {
    const { dir, dist } = built();
    expect(isCurrent(dist, dir, { TSX_TSCONFIG_PATH: "other.json" })).toBe(false);
    expect(isCurrent(join(dir, "components"), dir, {})).toBe(false);
  });
});
