import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = join(__dirname, "..", "..");
const text = (path: string) => readFileSync(join(root, path), "utf8");
const page = text("docs/supply-chain.md");

interface Locked {
  version: string;
  license?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  devOptional?: boolean;
  hasInstallScript?: boolean;
}

const { "": _project, ...packages } = (
  JSON.parse(text("package-lock.json")) as { packages: Record<string, Locked> }
).packages;
const locked = Object.entries(packages).map(([path, entry]) => ({
  name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
  path,
  ...entry,
}));
/** What somebody who runs the program, the pack or the command line has. */
const shipped = locked.filter(({ dev, devOptional }) => dev !== true && devOptional !== true);

/** The rows of a table of the page, each by its cells, under a heading. */
function rows(heading: string): string[][] {
  const [, section = ""] = page.split(`## ${heading}\n`);
  const lines = section.split(/\n## /)[0]?.split("\n") ?? [];
  return lines
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .slice(1)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

describe("the lockfile", () => {
  it("has a SHA-512 for every package, and names no host that it comes from", () => {
    expect(locked.length).toBeGreaterThan(500);
    expect(locked.filter(({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""))).toEqual([]);
    expect(locked.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
    expect(text(".npmrc").split("\n")).toContain("omit-lockfile-registry-resolved=true");
  });

  it("is what package.json pins, each version exactly", () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(text("package.json"));
    const pinned = Object.entries<string>({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(pinned.length).toBeGreaterThan(30);
    for (const [name, version] of pinned)
      expect([name, packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
  });
});

describe("licences", () => {
  const allowed = rows("Licences").map(([licence = "", count]) => [licence, Number(count)] as const);

  it("of what runs are the ones that the page lists, so many of each", () => {
    const counts = new Map<string, number>();
    for (const { license = "none" } of shipped) counts.set(license, (counts.get(license) ?? 0) + 1);
    expect(Object.fromEntries(allowed)).toEqual(Object.fromEntries(counts));
  });

  it("of what runs ask nobody to publish code of their own", () => {
    expect(allowed.length).toBeGreaterThan(5);
    const copyleft = /GPL|MPL|EPL|CDDL|EUPL|OSL|CPAL|SSPL|BUSL|CC-BY-(?:NC|SA|ND)|UNLICENSED|none/i;
    expect(allowed.filter(([licence]) => copyleft.test(licence))).toEqual([]);
    expect(copyleft.test("LGPL-3.0-or-later")).toBe(true);
  });

  it("stand in the packages as they do in the lockfile", () => {
    const different = shipped.flatMap(({ name, path, license }) => {
      const manifest = join(root, path, "package.json");
      // Packages for other platforms are not installed.
      if (!existsSync(manifest)) return [];
      const { license: own, licenses } = JSON.parse(readFileSync(manifest, "utf8"));
      const written = typeof own === "string" ? own : (own?.type ?? licenses?.[0]?.type);
      return written === license ? [] : [{ name, license, written }];
    });
    expect(different).toEqual([]);
  });

  it("that are no SPDX name are those of a file that says MIT", () => {
    const custom = shipped.filter(({ license }) => license?.startsWith("SEE LICENSE"));
    expect(custom.map(({ name }) => name)).toEqual(["@logdna/tail-file"]);
    expect(text("node_modules/@logdna/tail-file/LICENSE")).toMatch(/^The MIT License \(MIT\)\n/);
  });
});

describe("install scripts", () => {
  const scripted = locked.filter(({ hasInstallScript }) => hasInstallScript === true);

  it("are those that the page says are not needed, and no others", () => {
    expect(
      rows("Install scripts")
        .map(([name]) => name)
        .sort(),
    ).toEqual(scripted.map(({ name }) => name).sort());
  });

  it("are run by no installation of the project's own", () => {
    for (const path of ["Makefile", "Dockerfile", "scripts/ci/build.sh"]) {
      const commands = text(path).match(/npm ci .*/g) ?? [];
      expect([path, commands.length, commands.filter((one) => !one.includes("--ignore-scripts"))]).toEqual([
        path,
        1,
        [],
      ]);
    }
  });

  it("are not what makes esbuild work: its binary comes as a package of the platform", async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        "-e",
        "console.log(require('esbuild').transformSync('let a: number = 1', { loader: 'ts' }).code.trim())",
      ],
      { cwd: root },
    );
    expect(stdout).toBe("let a = 1;\n");
  }, 60_000);
});

describe("the bill of materials", () => {
  it("comes from the lockfile alone, and has every package, by name, version and SHA-512", async () => {
    const command = /^npm (sbom .*)$/m.exec(page)?.[1] ?? "";
    expect(command).toContain("--sbom-format cyclonedx");
    // Nothing is asked of a registry: there is none at this address.
    const env = { ...process.env, npm_config_registry: "http://127.0.0.1:9/" };
    const run = promisify(execFile)("npm", command.split(" "), { cwd: root, env, maxBuffer: 2 ** 26 });
    const bom = JSON.parse((await run).stdout) as {
      bomFormat: string;
      specVersion: string;
      serialNumber: string;
      components: {
        name: string;
        version: string;
        purl: string;
        hashes?: { alg: string; content: string }[];
      }[];
      dependencies: { ref: string; dependsOn: string[] }[];
    };
    expect([bom.bomFormat, bom.specVersion]).toEqual(["CycloneDX", "1.5"]);
    expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
    const purl = ({ name, version }: { name: string; version: string }) =>
      `pkg:npm/${name.replace("@", "%40")}@${version}`;
    const listed = bom.components.map((one) => one.purl).sort();
    expect(listed).toEqual([...new Set(locked.map(purl))].sort());
    for (const { name, hashes } of bom.components)
      expect([name, hashes?.[0]?.alg, hashes?.[0]?.content.length]).toEqual([name, "SHA-512", 128]);
    const { dependencies } = JSON.parse(text("package.json"));
    const own = bom.dependencies.find(({ ref }) => ref.startsWith("lockstep@"))?.dependsOn ?? [];
    for (const [name, version] of Object.entries(dependencies)) expect(own).toContain(`${name}@${version}`);
  }, 120_000);
});

describe("what else is fetched", () => {
  it("of Python is pinned by hash, every package", () => {
    const blocks = text("measure/requirements.txt")
      .split(/\n(?=[A-Za-z0-9])/)
      .filter((block) => /^[A-Za-z0-9]/.test(block));
    expect(blocks.length).toBeGreaterThan(50);
    expect(
      blocks.filter((block) => !/^[\w.[\],-]+==\S+/.test(block) || !/--hash=sha256:[0-9a-f]{64}/.test(block)),
    ).toEqual([]);
  });

  it("as an image has no default, so that a digest has to be given", () => {
    expect(text("Dockerfile")).toMatch(/^ARG NODE_IMAGE\n/m);
    expect(text("Dockerfile").match(/^FROM (?!\$\{NODE_IMAGE\}(?: AS build)?$).*/gm)).toBeNull();
  });
});
