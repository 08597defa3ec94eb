import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PreviewOutput } from "../../preview/report";
import { proven } from "../evidence";
import { type CommandResult, lockstep } from "../project";
import { driven, wrapped } from "./driven";
import { EngineProject, note, pulumi } from "./harness";

const command = ["preview", "--engine", "-s", "staging"];

describe.skipIf(!pulumi)(`lockstep preview --engine${note}`, () => {
  let project: EngineProject;
  const original = new Map<string, string>();

  beforeAll(async () => {
    project = EngineProject.copy([proven]);
    await project.init("staging");
  });
  afterAll(() => project?.remove());

  /** Does something while a file of the project is another. */
  async function during<T>(
    path: string,
    from: string | RegExp,
    to: string,
    run: () => Promise<T>,
  ): Promise<T> {
    const file = join(project.dir, path);
    const text = original.get(path) ?? readFileSync(file, "utf8");
    original.set(path, text);
    const edited = text.replace(from, to);
    expect(edited).not.toBe(text);
    writeFileSync(file, edited);
    try {
      return await run();
    } finally {
      writeFileSync(file, text);
    }
  }
  const pairOf = ({ stdout }: CommandResult) => (JSON.parse(stdout) as PreviewOutput).pairs[0];

  it("says what the embedded preview says of the same files", async () => {
    await during("Pulumi.staging.yaml", /^( +monthlyUsd:) 2000$/m, "$1 999999", async () => {
      const [real, embedded] = [
        await driven(project, [...command, "--json"]),
        await lockstep(["preview", "-s", "staging", "--json"], project.dir),
      ];
      expect([real.code, embedded.code]).toEqual([1, 1]);
      const [own, other] = [pairOf(real), pairOf(embedded)];
      const sorted = (pair: typeof own) => (pair?.findings ?? []).map((one) => JSON.stringify(one)).sort();
      expect(sorted(own)).toEqual(sorted(other));
      expect(own?.findings.map(({ rule }) => rule)).toContain("limits-stricter");
      expect(own?.stacks[0]?.engine?.faults).toEqual([]);
      expect(new Set(own?.policies.map(({ name }) => name))).toEqual(
        new Set(other?.policies.map(({ name }) => name)),
      );
      const urns = (pair: typeof own) =>
        pair?.stacks[0]?.resources
          .filter(({ type }) => !/::default/.test(type))
          .map(({ urn }) => urn)
          .sort();
      expect(urns(own)).toEqual(urns(other));
    });
  });

  /** The faults of a preview in which "pulumi" is a wrapper of somebody's. */
  async function faultsWith(script: string) {
    const result = await driven(project, [...command, "--json"], wrapped(project, script));
    const pair = pairOf(result);
    return { code: result.code, findings: pair?.findings, faults: pair?.stacks[0]?.engine?.faults ?? [] };
  }

  it("fails where somebody leaves the pack out", async () => {
    const { code, faults } = await faultsWith(
      `args=(); while [ $# -gt 0 ]; do if [ "$1" = --policy-pack ]; then shift; else args+=("$1"); fi; shift; done
set -- "\${args[@]}"`,
    );
    expect({ code, faults }).toEqual({
      code: 3,
      faults: [
        {
          kind: "absent",
          policy: "lockstep",
          message: "The policy pack did not run: the engine asked it about nothing.",
        },
      ],
    });
  });

  const settings = (text: string) =>
    `echo '${text}' > "$0.json"
case "$1" in preview|up) set -- "$@" --policy-pack-config "$0.json";; esac`;

  it("fails where somebody makes the policies advisory, though they find nothing", async () => {
    const { code, findings, faults } = await faultsWith(settings('{"all":"advisory"}'));
    expect({ code, findings }).toEqual({ code: 3, findings: [] });
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(["downgraded"]));
    expect(faults[0]).toEqual({
      kind: "downgraded",
      policy: "config-valid",
      message: "Policy config-valid ran as advisory, not mandatory.",
    });
  });

  it("fails where somebody disables one policy", async () => {
    const { code, faults } = await faultsWith(settings('{"limits-stricter":"disabled"}'));
    expect({ code, faults }).toEqual({
      code: 3,
      faults: [
        {
          kind: "disabled",
          policy: "limits-stricter",
          message: "Policy limits-stricter is disabled, or not in the pack.",
        },
      ],
    });
  });

  it("fails where the SDK made a policy advisory because of an unknown", async () => {
    const { code, faults } = await during(
      "policies/pack.ts",
      'if (types !== "any" && !types.includes(args.type)) return;',
      `$&
      if (args.type === "aws:secretsmanager/secretPolicy:SecretPolicy" && rule.name === "no-inline-credentials")
        String((args.props as { secretArn?: string }).secretArn);`,
      async () => {
        const result = await driven(project, [...command, "--json"]);
        return { code: result.code, faults: pairOf(result)?.stacks[0]?.engine?.faults };
      },
    );
    expect({ code, faults }).toEqual({
      code: 3,
      faults: [
        {
          kind: "unknown",
          policy: "no-inline-credentials",
          message:
            "Policy no-inline-credentials read a value that is not known before the update, so the SDK made it advisory.",
        },
      ],
    });
  });

  it("refuses a configuration that the files do not have", async () => {
    const { code, stderr } = await driven(
      project,
      command,
      wrapped(
        project,
        `sed 's/monthlyUsd: 2000$/monthlyUsd: 1999/' Pulumi.staging.yaml > "$0.yaml"
case "$1" in config|preview|up) set -- "$@" --config-file "$0.yaml";; esac`,
      ),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^lockstep: Pulumi would not use the configuration that stands in Pulumi\.staging\.yaml and Pulumi\.yaml:\n {2}lockstep:limits differs at monthlyUsd \(Pulumi\.staging\.yaml:\d+\)\.\nWrite what is meant into the files, and give nothing on the side\.\n$/,
    );
  });
});
