import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findPulumi, refusedVariables } from "../../engine/pulumi";

const folder = mkdtempSync(join(tmpdir(), "lockstep-path-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const install =
  "Install Pulumi's command line (https://www.pulumi.com/docs/install/) and put it on the PATH, or run lockstep preview, which needs none.";

function script(name: string, text: string): string {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "pulumi"), `#!/bin/sh\n${text}\n`);
  chmodSync(join(place, "pulumi"), 0o755);
  return place;
}

/** As npm lays its package "pulumi" out. */
function downloader(name: string, text: string): string {
  const place = script(`${name}/node_modules/pulumi`, text);
  const bin = join(folder, name, "node_modules/.bin");
  mkdirSync(bin);
  symlinkSync(join(place, "pulumi"), join(bin, "pulumi"));
  return bin;
}

const find = (...places: string[]) => findPulumi({ PATH: places.join(delimiter) });

describe("Pulumi's command line on the PATH", () => {
  const good = script("good", "echo v3.260.0");

  it("is the first that is one, with its version", async () => {
    expect(await find(join(folder, "missing"), good)).toEqual({
      path: join(good, "pulumi"),
      version: "3.260.0",
    });
    const development = script("development", "echo v3.261.0-alpha.1+dirty");
    expect((await find(development)).version).toBe("3.261.0");
  });

  it("is missing where there is none, or none that can be run", async () => {
    await expect(find(join(folder, "missing"))).rejects.toThrow(`There is no pulumi on the PATH. ${install}`);
    await expect(findPulumi({})).rejects.toThrow(`There is no pulumi on the PATH. ${install}`);
    const plain = script("plain", "echo v3.260.0");
    chmodSync(join(plain, "pulumi"), 0o644);
    await expect(find(plain)).rejects.toThrow("There is no pulumi on the PATH.");
  });

  it("is npm's downloader only where there is nothing else", async () => {
    const offline = downloader("offline", "echo no network >&2; exit 1");
    expect((await find(offline, good)).path).toBe(join(good, "pulumi"));
    await expect(find(offline)).rejects.toThrow(
      `The only pulumi on the PATH, "${join(offline, "pulumi")}", is the npm package, which downloads the command line on its first run and could not. ${install}`,
    );
    expect((await find(downloader("online", "echo v3.265.0"))).version).toBe("3.265.0");
  });

  it("has to be new enough, and to say so", async () => {
    await expect(find(script("old", "echo v3.205.9"))).rejects.toThrow(
      /is version 3\.205\.9; 3\.206\.0 or newer is needed to see whether the policies ran\./,
    );
    expect((await find(script("oldest", "echo v3.206.0"))).version).toBe("3.206.0");
    await expect(find(script("silent", "exit 3"))).rejects.toThrow("does not say which version it is");
    await expect(find(script("other", "echo hello"))).rejects.toThrow("does not say which version it is");
  });
});

describe("options of Pulumi's that stand in variables", () => {
  it("are refused but for those that only show", () => {
    expect(
      refusedVariables({
        PULUMI_OPTION_TARGET: "urn:pulumi:a::b::c::d",
        PULUMI_OPTION_POLICY_PACK_CONFIG: "off.json",
        PULUMI_OPTION_COLOR: "never",
        PULUMI_OPTION_REFRESH: "",
        PULUMI_BACKEND_URL: "file:///state",
      }),
    ).toEqual(["PULUMI_OPTION_POLICY_PACK_CONFIG", "PULUMI_OPTION_TARGET"]);
  });
});
