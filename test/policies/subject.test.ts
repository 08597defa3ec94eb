import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engineConfig } from "../../config/engine";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { noEvidence } from "../../lifecycle/evidence";
import { loadSubject, type Surroundings } from "../../policies/subject";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lockstep-"));
  const files = [
    "Pulumi.yaml",
    "Pulumi.staging.yaml",
    "Pulumi.production.yaml",
    "prompts",
    "tools",
    "retrieval",
    "releases",
  ];
  for (const file of files.filter(existsSync)) {
    cpSync(file, join(root, file), { recursive: true, force: true });
  }
  mkdirSync(join(root, "policies"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const edit = (file: string, change: (text: string) => string) =>
  writeFileSync(join(root, file), change(readFileSync(join(root, file), "utf8")));

/** The effective values as the engine makes them of the files as they are now. */
function effective(): Record<string, unknown> {
  const { values } = engineConfig(loadPair(projectFiles(root), "staging").own);
  return Object.fromEntries(
    Object.entries(values).map(([key, text]) => [key.replace(/^lockstep:/, ""), JSON.parse(text)]),
  );
}

const load = (more: Partial<Surroundings> = {}) =>
  loadSubject({
    projectDir: undefined,
    packDir: join(root, "policies"),
    project: "lockstep",
    stack: "staging",
    effective: effective(),
    ...more,
  });
const told = (more?: Partial<Surroundings>) =>
  load(more).findings.map(({ status, object, found }) => `${status}: ${object}: ${found}`);

describe("the pair of the stack under update", () => {
  it("is found in the project above the pack's folder, or where the environment says", () => {
    expect(load()).toMatchObject({ stack: "staging", findings: [] });
    expect(load().pair?.staging.name).toBe("staging");
    expect(load({ packDir: tmpdir(), projectDir: root }).pair?.staging.name).toBe("staging");
  });

  it("is not another project's that lies on the way", () => {
    writeFileSync(join(root, "policies", "Pulumi.yaml"), "name: other\nruntime: nodejs\n");
    expect(load().pair?.staging.name).toBe("staging");
  });

  it("is asked for where the engine has Lockstep's keys and no project is found", () => {
    expect(told({ packDir: tmpdir() })).toEqual([
      "cannot-decide: The project lockstep: no Pulumi.yaml of this project above the pack's folder",
    ]);
    expect(told({ projectDir: join(root, "nowhere") })).toHaveLength(1);
    expect(load({ packDir: tmpdir() }).findings).toEqual([
      {
        rule: "config-valid",
        status: "cannot-decide",
        object: "The project lockstep",
        path: "Pulumi.yaml",
        found: "no Pulumi.yaml of this project above the pack's folder",
        allowed: "the project's own files",
        remedy: "Set LOCKSTEP_PROJECT_DIR to the project's folder.",
      },
    ]);
  });

  it("cannot be judged without a stack's name", () => {
    expect(load({ stack: "", project: "", effective: {} }).findings).toEqual([
      {
        rule: "config-valid",
        status: "cannot-decide",
        object: "The stack under update",
        path: "Pulumi.yaml",
        found: "no stack name",
        allowed: "a stack's name from the engine",
        remedy:
          "Run the pack with pulumi preview or up: pulumi policy analyze gives it neither stack nor configuration.",
      },
    ]);
  });

  it("blocks when a stack file is missing or empty, whatever the engine made of it", () => {
    rmSync(join(root, "Pulumi.production.yaml"));
    expect(told()).toEqual(['violation: Pulumi.production.yaml: there is no file "Pulumi.production.yaml"']);
    const project = effective();
    writeFileSync(join(root, "Pulumi.staging.yaml"), "");
    expect(told({ effective: project }).length).toBeGreaterThan(0);
    rmSync(join(root, "Pulumi.staging.yaml"));
    edit("Pulumi.yaml", (text) => text.slice(0, text.indexOf("config:")));
    writeFileSync(join(root, "Pulumi.production.yaml"), "config:\n  lockstep:limits: {}\n");
    expect(told({ effective: {} })).toContain(
      'violation: Pulumi.staging.yaml: there is no file "Pulumi.staging.yaml"',
    );
  });

  it("is told of problems when Pulumi.yaml itself cannot be read", () => {
    const before = effective();
    edit("Pulumi.yaml", (text) => `${text}\n---\nname: second\n`);
    const findings = told({ effective: before });
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.join()).not.toContain("no Pulumi.yaml");
  });

  it("is nothing in a project without Lockstep's keys", () => {
    for (const file of ["Pulumi.staging.yaml", "Pulumi.production.yaml"]) rmSync(join(root, file));
    writeFileSync(join(root, "Pulumi.yaml"), "name: lockstep\nruntime: nodejs\n");
    expect(load({ effective: {} })).toEqual({
      stack: "staging",
      pair: undefined,
      evidence: noEvidence,
      findings: [],
    });
    expect(load({ effective: {}, packDir: tmpdir() })).toEqual({
      stack: "staging",
      pair: undefined,
      evidence: noEvidence,
      findings: [],
    });
  });
});

describe("the engine's effective configuration", () => {
  const unlike = "effective configuration unlike the reviewed file";
  const changed = (change: (values: Record<string, Record<string, unknown>>) => void) => {
    const values = structuredClone(effective()) as Record<string, Record<string, unknown>>;
    change(values);
    return load({ effective: values }).findings;
  };

  it("is a violation where it differs from the file, with the place and without the value", () => {
    const findings = changed((values) => {
      (values.limits ?? {}).monthlyUsd = 987654;
    });
    expect(findings).toEqual([
      {
        rule: "config-valid",
        status: "violation",
        object: "limits.monthlyUsd in Pulumi.staging.yaml",
        path: "limits.monthlyUsd",
        found: unlike,
        allowed: "what the file says",
        remedy:
          "Write the value into the file instead of giving it on the command line, and update from the reviewed commit.",
        at: { file: "Pulumi.staging.yaml", line: expect.any(Number), column: 5 },
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain("987654");
  });

  it.each<[string, (values: Record<string, Record<string, unknown>>) => void, string]>([
    [
      "a key that the file lacks",
      (values) => {
        values.surprise = {};
      },
      "surprise",
    ],
    [
      "a key that the engine lacks",
      (values) => {
        delete values.models;
      },
      "models",
    ],
    [
      "a field that the file lacks",
      (values) => {
        (values.limits ?? {}).extra = 1;
      },
      "limits.extra",
    ],
    [
      "a number as text",
      (values) => {
        (values.limits ?? {}).dailyUsd = "100";
      },
      "limits.dailyUsd",
    ],
    [
      "a longer list",
      (values) => {
        (values.residency ?? {}).regions = [
          ...(effective().residency as { regions: string[] }).regions,
          "eu-west-1",
        ];
      },
      "residency.regions[4]",
    ],
    [
      "a list for a map",
      (values) => {
        values.limits = [] as never;
      },
      "limits",
    ],
  ])("differs by %s", (_, change, path) => {
    expect(changed(change).map((one) => [one.path, one.found])).toEqual([[path, unlike]]);
  });

  it("is not compared where a value is encrypted, but has to be there", () => {
    edit(
      "Pulumi.staging.yaml",
      (text) => `${text}\n  lockstep:credentialValues:\n    openai:\n      secure: v1:abcdefgh:ijklmnop\n`,
    );
    const decrypted = changed((values) => {
      values.credentialValues = { openai: "the decrypted value" };
    });
    expect(decrypted).toEqual([]);
    const missing = changed((values) => {
      values.credentialValues = {};
    });
    expect(missing.map(({ path }) => path)).toEqual(["credentialValues.openai"]);
  });
});
