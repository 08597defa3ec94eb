import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkoutOf } from "../../cli/uncommitted";
import { formatDeployed } from "../../lifecycle/deployed";
import { deployedRecord } from "../lifecycle/deployedRecord";
import { lockstep, projectCopy } from "../project";

const staging = "Pulumi.staging.yaml";
let copy: ReturnType<typeof projectCopy>;
/** Without Pulumi, whatever is installed here. */
let path: string;
beforeAll(() => {
  copy = projectCopy();
  path = [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
});
afterAll(() => copy.remove());

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  lockstep(args, copy.dir, { PATH: path, ...env });
const refused = (message: string) => ({ code: 2, stdout: "", stderr: `lockstep: ${message}\n` });

describe("lockstep up", { timeout: 60_000 }, () => {
  const up = ["up", "-s", "staging"];

  it("skips no preview, and asks for --yes where nobody can be asked", async () => {
    expect(await run([...up, "--yes", "--skip-preview"])).toEqual(
      refused(
        "lockstep up skips no preview: a policy over a later resource stops an update half way, and the preview before anything is touched.",
      ),
    );
    expect(await run(up)).toEqual(
      refused("Nothing was updated: without a terminal to ask on, lockstep up needs --yes."),
    );
  });

  it("takes nothing on the side: no option of Pulumi's, and no variable that stands for one", async () => {
    const { code, stderr } = await run([...up, "--yes", "-c", "lockstep:limits=1"]);
    expect([code, stderr]).toEqual([2, "error: unknown option '-c'\n"]);
    const env = { PULUMI_OPTION_POLICY_PACK_CONFIG: "off.json", PULUMI_OPTION_CONFIG: "a=b" };
    for (const args of [
      [...up, "--yes"],
      ["preview", "--engine"],
    ])
      expect(await run(args, env)).toEqual(
        refused(
          "PULUMI_OPTION_CONFIG and PULUMI_OPTION_POLICY_PACK_CONFIG would change what Pulumi does without standing in a file: unset them.",
        ),
      );
  });

  it("says what is missing, and how to get it", async () => {
    const missing =
      "There is no pulumi on the PATH. Install Pulumi's command line (https://www.pulumi.com/docs/install/) and put it on the PATH, or run lockstep preview, which needs none.";
    expect(await run([...up, "--yes"])).toEqual(refused(missing));
    expect(await run(["preview", "--engine", "-s", "staging"])).toEqual(refused(missing));
  });

  it("asks Pulumi nothing while the files cannot be judged", async () => {
    const bin = join(copy.dir, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "pulumi"), `#!/bin/sh\necho "$*" >> "${copy.dir}/asked"\necho v3.260.0\n`);
    chmodSync(join(bin, "pulumi"), 0o755);
    const file = join(copy.dir, staging);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/^( +monthlyUsd:) 2000$/m, "$1 010"));
    const { code, stdout, stderr } = await run([...up, "--yes"], { PATH: [bin, path].join(delimiter) });
    writeFileSync(file, text);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /^lockstep: Nothing was updated: the configuration of the pair cannot be judged\.\nPulumi\.staging\.yaml:\d+:\d+ limits\.monthlyUsd\n/,
    );
    expect(() => readFileSync(join(copy.dir, "asked"))).toThrow();
  });
});

describe("a record that is none", { timeout: 60_000 }, () => {
  it("is refused by the audit and the review with its place", async () => {
    mkdirSync(join(copy.dir, "deployed"));
    const file = join(copy.dir, "deployed/staging.json");
    const record = deployedRecord({ stack: "staging", environment: "staging" });
    const broken = formatDeployed(record).replace(/"urn:pulumi:[^"]+"/, '"a resource"');
    writeFileSync(file, broken);
    const expected = refused("deployed/staging.json: resources[0] is not what lockstep up writes there.");
    expect(await run(["audit", "--offline", "-s", "staging"])).toEqual(expected);
    expect(
      await run(["audit", "--offline", "-s", "production", "--deployed", "deployed/staging.json"]),
    ).toEqual(refused('"deployed/staging.json": resources[0] is not what lockstep up writes there.'));
    writeFileSync(file, formatDeployed(record));
    expect(
      await run(["audit", "--offline", "-s", "production", "--deployed", "deployed/staging.json"]),
    ).toEqual(refused('"deployed/staging.json" is the record of "staging", and not of "production".'));
    expect((await run(["audit", "--offline", "-s", "staging", "--area", "exceptions"])).stderr).toBe("");
  });
});

describe("what an update reads, against the last commit", { timeout: 60_000 }, () => {
  const git = (...args: string[]) =>
    execFileSync(
      "git",
      ["-C", copy.dir, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args],
      {
        encoding: "utf8",
      },
    ).trim();

  it("is nothing without a commit", async () => {
    expect(await checkoutOf(copy.dir, [])).toEqual({ commit: undefined, uncommitted: [] });
  });

  it("is the same, or told by its path: changed, new, gone, and what git was told to overlook", async () => {
    writeFileSync(join(copy.dir, ".gitignore"), "node_modules\nPulumi.third.yaml\n");
    git("init", "--quiet");
    git("add", "--all");
    git("commit", "--quiet", "--message", "As it stands");
    const commit = git("rev-parse", "HEAD");
    expect(await checkoutOf(copy.dir, [])).toEqual({ commit, uncommitted: [] });

    writeFileSync(join(copy.dir, "notes.txt"), "of no interest");
    writeFileSync(join(copy.dir, "deployed/production.json"), "{}");
    expect((await checkoutOf(copy.dir, [])).uncommitted).toEqual([]);
    expect((await checkoutOf(copy.dir, ["notes.txt"])).uncommitted).toEqual(["notes.txt"]);

    const rule = "policies/stack/limits-stricter.ts";
    git("update-index", "--assume-unchanged", rule);
    for (const file of [staging, rule, "prompts/new.md", "Pulumi.third.yaml"])
      writeFileSync(join(copy.dir, file), "changed");
    git("rm", "--quiet", "index.ts");
    expect((await checkoutOf(copy.dir, [])).uncommitted).toEqual([
      staging,
      "Pulumi.third.yaml",
      "index.ts",
      rule,
      "prompts/new.md",
    ]);
  });
});
