import Ajv2020 from "ajv/dist/2020";
import { afterAll, describe, expect, it } from "vitest";
import { routesProject } from "../../bench/pairs";
import { outputJsonSchema, type PreviewOutput } from "../../preview/report";
import { type CommandResult, encodings, lockstep, projectCopy, root } from "../project";
import { append, type Edit, type Entries, edited, override, replace } from "../shipped";

const staging = "Pulumi.staging.yaml";
const copies: { remove(): void }[] = [];
afterAll(() => {
  for (const copy of copies) copy.remove();
});

function copyOf(edits: readonly Edit[], files: Entries = {}): string {
  const copy = projectCopy(edits, files);
  copies.push(copy);
  return copy.dir;
}

const report = ({ stdout }: CommandResult) => JSON.parse(stdout) as PreviewOutput;
const lineOf = (dir: string, file: string, text: string) => {
  const { readFileSync } = require("node:fs") as typeof import("node:fs");
  return (
    readFileSync(`${dir}/${file}`, "utf8")
      .split("\n")
      .findIndex((line: string) => line.includes(text)) + 1
  );
};

describe("lockstep preview of the shipped pair", () => {
  it("passes, shows both stacks, and prints JSON by its published schema", { timeout: 120_000 }, async () => {
    const result = await lockstep(["preview", "--json"], root);
    expect(result.stderr).toBe("");
    expect(result.code).toBe(0);
    const output = report(result);
    expect(new Ajv2020({ strict: false }).validate(outputJsonSchema(), output)).toBe(true);
    const [pair, ...others] = output.pairs;
    expect(others).toEqual([]);
    expect(pair?.findings).toEqual([]);
    expect(pair?.stacks.map(({ name, evaluated }) => [name, evaluated])).toEqual([
      ["staging", true],
      ["production", true],
    ]);
    expect(new Set(pair?.stacks.map(({ behaviourHash }) => behaviourHash)).size).toBe(1);
    for (const { resources, diagnostics } of pair?.stacks ?? []) {
      expect(diagnostics).toEqual([]);
      expect(resources.length).toBeGreaterThan(70);
      expect(
        resources
          .filter(({ type }) => type.startsWith("pulumi:providers:"))
          .map(({ name }) => /default/.test(name)),
      ).toEqual([false, false]);
    }
    expect(pair?.limits.find(({ path }) => path === "limits.monthlyUsd")).toEqual({
      path: "limits.monthlyUsd",
      unit: "USD per month",
      staging: 2_000,
      production: 20_000,
      holds: true,
    });
    expect(pair?.policies.filter(({ level }) => level !== "mandatory")).toEqual([]);
  });

  it("can be asked about one stack", { timeout: 120_000 }, async () => {
    const output = report(await lockstep(["preview", "--json", "--stack", "staging"], root));
    expect(output.passed).toBe(true);
    expect(output.pairs[0]?.stacks.map(({ name }) => name)).toEqual(["staging"]);
    expect(output.pairs[0]?.limits.length).toBeGreaterThan(20);
  });
});

interface Case {
  name: string;
  edits: Edit[];
  files?: Entries;
  expected: { rule: string; path: string; found: string; allowed: string; at: [file: string, text: string] };
}

const cases: Case[] = [
  {
    name: "staging's monthly budget equal to production's",
    edits: [replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: 20000\n")],
    expected: {
      rule: "limits-stricter",
      path: "limits.monthlyUsd",
      found: "20,000 USD per month",
      allowed: "less than production's 20,000 USD per month",
      at: [staging, "monthlyUsd: 20000"],
    },
  },
  {
    name: "a route's retry count overridden in one stack",
    edits: [
      override(
        "staging",
        "routes",
        "rateLimit: 2\n        timeout: 1\n        serverError: 2",
        "rateLimit: 1\n        timeout: 1\n        serverError: 2",
      ),
    ],
    expected: {
      rule: "routing-mirrored",
      path: "routes.support-chat.retries.rateLimit",
      found: "staging 1, production 2",
      allowed: "the same value in both environments",
      at: [staging, "rateLimit: 1"],
    },
  },
  {
    name: "gpt-4o in place of its dated id",
    edits: [replace("Pulumi.yaml", "modelId: gpt-5.4-2026-03-05", "modelId: gpt-4o")],
    expected: {
      rule: "models-pinned",
      path: "models.chat-large.modelId",
      found: '"gpt-4o": An OpenAI name without a date points at whichever snapshot is the default.',
      allowed: 'the id of one fixed version, such as "gpt-4o-2024-08-06"',
      at: ["Pulumi.yaml", "modelId: gpt-4o"],
    },
  },
  {
    name: "one secret name used by both",
    edits: [
      replace(staging, "secretName: lockstep/staging/openai", "secretName: lockstep/production/openai"),
    ],
    expected: {
      rule: "credentials-separate",
      path: "credentials.openai.secretName",
      found: '"lockstep/production/openai", which production uses as credentials.openai.secretName',
      allowed: "a secret that production does not use",
      at: [staging, "secretName: lockstep/production/openai"],
    },
  },
  {
    name: "a :latest image",
    edits: [
      (entries) => ({
        ...entries,
        "Pulumi.yaml": (entries["Pulumi.yaml"] ?? "").replace(
          /image: \S+litellm\S+/,
          "image: ghcr.io/berriai/litellm:latest",
        ),
      }),
    ],
    expected: {
      rule: "images-pinned",
      path: "gateway.image",
      found: '"ghcr.io/berriai/litellm:latest": the tag latest',
      allowed: "registry/repository@sha256:… with the digest of one build",
      at: ["Pulumi.yaml", "image: ghcr.io/berriai/litellm:latest"],
    },
  },
  {
    name: "one stack pointed to an edited copy of a prompt",
    edits: [
      override(
        "staging",
        "behaviour",
        "file: prompts/support-answer.md",
        "file: prompts/support-answer-copy.md",
      ),
      (entries) => ({
        ...entries,
        "prompts/support-answer-copy.md": `${entries["prompts/support-answer.md"] ?? ""}Be brief.\n`,
      }),
    ],
    expected: {
      rule: "behaviour-mirrored",
      path: "behaviour.prompts.support-answer.file",
      found: expect.stringMatching(
        /^staging "prompts\/support-answer-copy\.md" \(sha256 [0-9a-f]{12}…\), production "prompts\/support-answer\.md" \(sha256 [0-9a-f]{12}…\)$/,
      ) as unknown as string,
      allowed: "files with the same content in both environments",
      at: [staging, "file: prompts/support-answer-copy.md"],
    },
  },
];

describe("a single edit of the shipped pair makes lockstep preview exit 1", () => {
  it.each(cases)("$name", { timeout: 120_000 }, async ({ edits, expected }) => {
    const dir = copyOf(edits);
    const result = await lockstep(["preview", "--json"], dir);
    expect(result.code).toBe(1);
    const { findings = [] } = report(result).pairs[0] ?? {};
    const finding = findings.find(({ rule, path }) => rule === expected.rule && path === expected.path);
    const [file, text] = expected.at;
    expect(finding).toMatchObject({ found: expected.found, allowed: expected.allowed, status: "violation" });
    expect(finding?.at).toMatchObject({ file, line: lineOf(dir, file, text) });
    // What the edit does not concern stays silent, and the same finding about both stacks stands once.
    const others = findings.filter((one) => one !== finding).map(({ rule }) => rule);
    expect(others.filter((rule) => !["workload-images-pinned", "production-proven"].includes(rule))).toEqual(
      [],
    );
    // A mirrored value that is edited by hand makes production something that no release has proven, too.
    expect(others.includes("production-proven")).toBe(file === "Pulumi.yaml");
    expect(finding?.stacks).toEqual(["staging", "production"]);
  });
});

describe("an exception in lockstep preview", () => {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const excepted = (approver: string) =>
    copyOf([
      replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: 20000\n"),
      append(
        staging,
        `
  lockstep:exceptions:
    - rule: limits-stricter
      path: limits.monthlyUsd
      reason: The load test of the autumn needs the larger budget.
      owner: Ada Example
      approver: ${approver}
      ticket: OPS-1
      created: "${day(-1)}"
      expires: "${day(40)}"
      compensatingControl: The spend is looked at every morning.
`,
      ),
    ]);

  it("lets its finding pass, with its owner and the days that are left", { timeout: 120_000 }, async () => {
    const dir = excepted("Grace Example");
    const [json, text] = await Promise.all([
      lockstep(["preview", "--json"], dir),
      lockstep(["preview"], dir),
    ]);
    expect([json.code, text.code]).toEqual([0, 0]);
    const output = report(json);
    expect(new Ajv2020({ strict: false }).validate(outputJsonSchema(), output)).toBe(true);
    expect(output.pairs[0]?.findings.map(({ path, status, exception }) => [path, status, exception])).toEqual(
      [
        [
          "limits.monthlyUsd",
          "exempted",
          { owner: "Ada Example", expires: day(40), daysLeft: 40, ticket: "OPS-1" },
        ],
      ],
    );
    expect(text.stdout).toContain(
      `staging's limits.monthlyUsd  (exempted until ${day(40)}, 40 days left, owner Ada Example)`,
    );
    expect(text.stdout).toContain("; 1 finding under an exception.");
  });

  it("covers nothing where its owner approved it, and is a finding itself", {
    timeout: 120_000,
  }, async () => {
    const result = await lockstep(["preview", "--json"], excepted("ada example"));
    expect(result.code).toBe(1);
    expect(report(result).pairs[0]?.findings.map(({ rule, path, status }) => [rule, path, status])).toEqual([
      ["limits-stricter", "limits.monthlyUsd", "violation"],
      ["exceptions-accountable", "exceptions[0].approver", "violation"],
    ]);
  });
});

describe("no output of lockstep preview carries a secret", () => {
  const planted = "Qx7-planted-secret-9fLm2";
  const key = `sk-proj-${"Zk4planted8Secret2Key6Value"}`;
  const program = `
    import { ConfigMap } from "@pulumi/kubernetes/core/v1";
    import { Provider } from "@pulumi/kubernetes/provider";
    import * as pulumi from "@pulumi/pulumi";
    const provider = new Provider("p", { context: "llm-staging" });
    new ConfigMap("leaky", { data: { TOKEN: "${key}", again: Buffer.from("${key}").toString("base64") } }, { provider });
    throw new Error("stopped");`;

  const places: [string, Edit[], Entries][] = [
    [
      "a plain credential value",
      [append(staging, `\n  lockstep:credentialValues:\n    openai: ${planted}\n`)],
      {},
    ],
    [
      "a key as an account's identity",
      [replace(staging, "identity: proj_example_staging", `identity: ${key}`)],
      {},
    ],
    [
      "a key as a contact",
      [replace(staging, "contacts: [llm-platform@example.com]", `contacts: [${key}]`)],
      {},
    ],
    ["a key under an unknown key", [append(staging, `\n  lockstep:apiKey: ${key}\n`)], {}],
    ["a key in broken YAML", [append(staging, `\n  lockstep:apiKey: "${key}\n`)], {}],
    [
      "a key in a password's place",
      [append(staging, `\n  lockstep:credentialValues:\n    openai:\n      - ${planted}\n`)],
      {},
    ],
    ["a program that leaks and fails", [], { "index.ts": program }],
  ];

  it.each(places)("with %s", { timeout: 120_000 }, async (_, edits, files) => {
    const dir = copyOf(edits, files);
    for (const args of [["preview"], ["preview", "--json"], ["show", "-s", "staging"]]) {
      const { code, stdout, stderr } = await lockstep(args, dir, { LOCKSTEP_DEBUG: "1" });
      if (args[0] === "preview") expect(code).not.toBe(0);
      for (const secret of [planted, key]) {
        for (const form of encodings(secret)) expect(stdout + stderr).not.toContain(form);
      }
    }
  });
});

it.runIf(process.platform === "linux")(
  "says that a configuration is more than Pulumi can hand over, and ends",
  async () => {
    const dir = copyOf([], routesProject(edited(), 600));
    const { code, stdout, stderr } = await lockstep(["preview"], dir);
    expect(stdout).toMatch(
      /error: The stack's configuration is \d+ KiB long, \d+ KiB of it lockstep:routes \(Pulumi\.yaml:\d+\); Pulumi hands it .* Linux limits to 128 KiB\./,
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
  },
  60_000,
);

describe("the command line", () => {
  it.each([
    [["--help"], 0, "Usage: lockstep"],
    [["preview", "--stak", "x"], 2, "unknown option"],
    [["previw"], 2, "unknown command"],
    [["show", "no.such.path"], 2, 'no value at "no.such.path"'],
    [["show", "--stack", "nowhere"], 2, 'there is no file "Pulumi.nowhere.yaml"'],
    [["--cwd", "/", "preview"], 2, "There is no Pulumi.yaml"],
  ])("%j exits %i", async (args, code, words) => {
    const result = await lockstep(args, root);
    expect(result.code).toBe(code);
    expect(result.stdout + result.stderr).toContain(words);
    expect(result.stdout + result.stderr).not.toMatch(/\n\s+at .+:\d+:\d+/);
  });

  it("show prints a value with its relation and the line that it comes from", async () => {
    const { stdout } = await lockstep(["show", "gateway.backoff", "--stack", "staging"], root);
    const line = lineOf(root, "Pulumi.yaml", "backoff:");
    expect(stdout).toBe(
      [
        "path                            value         relation  from",
        `gateway.backoff.initialSeconds  0.25 seconds  mirrored  Pulumi.yaml:${line}`,
        `gateway.backoff.maxSeconds      2 seconds     mirrored  Pulumi.yaml:${line}`,
        `gateway.backoff.jitterSeconds   0.25 seconds  mirrored  Pulumi.yaml:${line}`,
        "",
      ].join("\n"),
    );
  });
});
