import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { formatProblem } from "../../config/problem";
import { append, type Edit, edited, fullFiles, override, replace, shipped } from "../shipped";

const staging = "Pulumi.staging.yaml";
const problemsOf = (...edits: Edit[]) => loadPair(shipped(...edits), "staging").problems.map(formatProblem);
const pathsOf = (...edits: Edit[]) => loadPair(shipped(...edits), "staging").problems.map(({ path }) => path);

function lineOf(file: string, text: string, entries = edited()): number {
  return (entries[file] ?? "").split("\n").findIndex((line) => line.includes(text)) + 1;
}

describe("effective values", () => {
  it("come from Pulumi.yaml, and each knows the line that it stands in", () => {
    const { pair } = loadPair(shipped(), "staging");
    expect(pair?.staging.config.models["chat-large"]?.modelId).toBe("gpt-5.4-2026-03-05");
    expect(pair?.staging.position(["models", "chat-large", "modelId"])).toEqual({
      file: "Pulumi.yaml",
      line: lineOf("Pulumi.yaml", "modelId: gpt-5.4-2026-03-05"),
      column: 9,
    });
    expect(pair?.staging.position(["limits", "dailyUsd"])).toEqual({
      file: staging,
      line: lineOf(staging, "dailyUsd: 100"),
      column: 5,
    });
  });

  it("are replaced whole by a stack's own key: what the override leaves out is gone", () => {
    const own = append(staging, "\n  lockstep:residency:\n    regions: [eu-west-1]\n");
    const { pair } = loadPair(shipped(own), "staging");
    expect(pair?.staging.config.residency).toEqual({ regions: ["eu-west-1"] });
    expect(pair?.production.config.residency.regions).toContain("us-east-1");
    expect(pair?.staging.position(["residency", "regions"]).file).toBe(staging);
    const partial = append(staging, "\n  lockstep:objectives:\n    errorRatio: 0.5\n");
    expect(pathsOf(partial)).toContain("objectives.latencyP95Seconds");
  });

  it("are the same for a pair that keeps two full files", () => {
    const mirrored = loadPair(shipped(), "staging").pair;
    const full = loadPair(shipped(fullFiles()), "staging").pair;
    expect(full?.staging.config).toEqual(mirrored?.staging.config);
    expect(full?.production.behaviourHash).toBe(mirrored?.production.behaviourHash);
  });

  it("are the same whichever stack of the pair is asked for", () => {
    const fromStaging = loadPair(shipped(), "staging").pair;
    const fromProduction = loadPair(shipped(), "production").pair;
    expect(fromProduction?.staging.name).toBe("staging");
    expect(fromProduction?.staging.config).toEqual(fromStaging?.staging.config);
  });
});

describe("problems of a stack file", () => {
  it("are reported all at once, each with its place, what was found, what is allowed and the remedy", () => {
    const problems = problemsOf(
      replace(staging, "dailyUsd: 100\n", "dailyUsd: -3\n"),
      replace(staging, "region: us-east-1", "region: Virginia"),
      replace(staging, "tier: staging", "tier: stage"),
      replace(staging, "    concurrentRequests: 20\n", "    concurentRequests: 20\n"),
    );
    const line = (text: string) => lineOf(staging, text);
    expect(problems).toEqual([
      [
        `${staging}:${line("tier: staging")}:5 environment.tier`,
        '  found   "stage"',
        '  allowed one of "staging", "production"',
        "  remedy  Correct the value of environment.tier.",
      ].join("\n"),
      [
        `${staging}:${line("region: us-east-1")}:5 environment.region`,
        '  found   "Virginia"',
        '  allowed an AWS region, such as "us-east-1"',
        "  remedy  Correct the value of environment.region.",
      ].join("\n"),
      [
        `${staging}:${line("dailyUsd: 100")}:5 limits.dailyUsd`,
        "  found   -3",
        "  allowed at least 0.1 USD per day",
        "  remedy  Correct the value of limits.dailyUsd.",
      ].join("\n"),
      [
        `${staging}:${line("lockstep:limits") + 1}:5 limits.concurrentRequests`,
        "  found   nothing",
        "  allowed a number in requests",
        "  remedy  Add limits.concurrentRequests.",
      ].join("\n"),
      [
        `${staging}:${line("concurrentRequests: 20")}:5 limits.concurentRequests`,
        "  found   an unknown key",
        '  allowed "concurrentRequests" is the nearest known key',
        '  remedy  Write "concurrentRequests", or remove the key.',
      ].join("\n"),
    ]);
  });

  it.each([
    ["a key in plain text", "openai: hunter2-hunter2-hunter2", "hunter2"],
    ["a key of a known form", "openai: sk-proj-AbCdEfGhIjKlMnOpQrStUvWx", "AbCdEf"],
  ])("never repeat %s", (_, line, secret) => {
    const [problem, ...rest] = problemsOf(append(staging, `\n  lockstep:credentialValues:\n    ${line}\n`));
    expect(rest).toEqual([]);
    expect(problem).toContain("a value in plain text");
    expect(problem).not.toContain(secret);
  });

  it("name a credential that stands where no credential belongs, without repeating it", () => {
    const key = `sk-ant-${"api03-abcdefghijklmnop"}`;
    for (const written of [key, Buffer.from(key).toString("base64")]) {
      const problems = problemsOf(
        replace(staging, "identity: wrkspc_example_staging", `identity: ${written}`),
      );
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain("an Anthropic API key");
      expect(problems[0]).not.toContain(written);
    }
  });

  it("accept an encrypted credential value, and keep nothing of its ciphertext", () => {
    const { pair } = loadPair(
      shipped(
        append(
          staging,
          "\n  lockstep:credentialValues:\n    openai:\n      secure: v1:abcdEFGH:ciphertext\n",
        ),
      ),
      "staging",
    );
    expect(pair?.staging.config.credentialValues).toEqual({ openai: "[encrypted]" });
    expect(JSON.stringify(pair)).not.toContain("ciphertext");
  });

  it("say which key lacks its namespace, and which stands twice in Pulumi.yaml", () => {
    expect(problemsOf(replace(staging, "  lockstep:monitoring:\n", "  monitoring:\n"))[0]).toContain(
      '"lockstep:monitoring"',
    );
    const twice = append("Pulumi.yaml", "  objectives:\n    value: {}\n");
    expect(problemsOf(twice).join("\n")).toContain("the key for a second time");
  });

  it("refuse typed defaults in Pulumi.yaml", () => {
    const typed = replace(
      "Pulumi.yaml",
      "  lockstep:residency:\n    value:\n",
      "  lockstep:residency:\n    default:\n",
    );
    expect(problemsOf(typed).join("\n")).toContain("a key without `value`");
  });

  it("let other namespaces through", () => {
    const { pair, own } = loadPair(shipped(append(staging, "\n  aws:region: eu-west-1\n")), "staging");
    expect(pair?.staging.name).toBe("staging");
    expect([...own.others.keys()]).toEqual(["aws:region"]);
  });
});

describe("a pair", () => {
  it("needs both stacks to name each other", () => {
    expect(
      problemsOf(replace("Pulumi.production.yaml", "counterpart: staging", "counterpart: other"))[0],
    ).toContain('"staging", which names production as its counterpart');
    expect(pathsOf(replace(staging, "counterpart: production", "counterpart: staging"))).toEqual([
      "environment.counterpart",
    ]);
  });

  it("needs one staging and one production", () => {
    expect(pathsOf(replace("Pulumi.production.yaml", "tier: production", "tier: staging"))).toEqual([
      "environment.tier",
    ]);
  });

  it("cannot lead out of the project by the counterpart's name", () => {
    const edit = replace(staging, "counterpart: production", 'counterpart: "../../etc/passwd"');
    expect(pathsOf(edit)).toContain("environment.counterpart");
  });

  it("without Pulumi.yaml is refused", () => {
    const { "Pulumi.yaml": _, ...rest } = edited();
    expect(loadPair(memoryFiles(rest), "staging").problems.map(formatProblem)[0]).toContain(
      'there is no file "Pulumi.yaml"',
    );
  });
});

describe("references", () => {
  const cases: [string, Edit, string][] = [
    [
      "a target that is no model",
      replace("Pulumi.yaml", "model: chat-fast,", "model: chat-slow,"),
      "routes.economy-chat.targets[0].model",
    ],
    [
      "a target of another kind",
      replace("Pulumi.yaml", "model: chat-fast,", "model: embed-documents,"),
      "routes.economy-chat.targets[0].model",
    ],
    [
      "a prompt that is not declared",
      replace("Pulumi.yaml", "prompt: ticket-triage", "prompt: triage"),
      "routes.ticket-triage.prompt",
    ],
    [
      "a tool that is not declared",
      replace("Pulumi.yaml", "tools: [create-ticket]", "tools: [open-ticket]"),
      "routes.support-chat.tools",
    ],
    [
      "a credential of another provider",
      replace("Pulumi.yaml", "credential: anthropic", "credential: openai"),
      "models.chat-fast.credential",
    ],
    [
      "an overlap as long as the chunk",
      replace("Pulumi.yaml", "chunkOverlapTokens: 60", "chunkOverlapTokens: 400"),
      "behaviour.retrieval.chunkOverlapTokens",
    ],
    [
      "a first wait above the longest",
      replace("Pulumi.yaml", "initialSeconds: 0.25", "initialSeconds: 3"),
      "gateway.backoff.initialSeconds",
    ],
    [
      "a team above the environment",
      replace(staging, "tokensPerMinute: 100000", "tokensPerMinute: 200001"),
      "limits.teams.support.tokensPerMinute",
    ],
    [
      "fewer replicas at most than at least",
      replace(staging, "{ min: 2, max: 4,", "{ min: 5, max: 4,"),
      "deployment.replicas.min",
    ],
    ["a day's budget above the month's", replace(staging, "dailyUsd: 45\n", "dailyUsd: 95\n"), "none"],
    [
      "a day's budget above the month's own",
      replace(staging, "dailyUsd: 15\n", "dailyUsd: 301\n"),
      "limits.teams.triage.dailyUsd",
    ],
  ];
  it.each(cases)("%s", (_, edit, path) => {
    expect([...new Set(pathsOf(edit))].slice(0, 1)).toEqual(path === "none" ? [] : [path]);
  });

  it("refuse fallbacks that go in a circle, and a route that falls back to itself", () => {
    const back = (to: string) =>
      replace(
        "Pulumi.yaml",
        "fallbacks: []\n        contextWindowFallbacks: []\n        contentPolicyFallbacks: []\n        coolDown:\n          seconds: 20",
        `fallbacks: [${to}]\n        contextWindowFallbacks: []\n        contentPolicyFallbacks: []\n        coolDown:\n          seconds: 20`,
      );
    expect(problemsOf(back("support-chat")).join("\n")).toContain(
      '"support-chat", which falls back to "economy-chat" again',
    );
    expect(problemsOf(back("economy-chat")).join("\n")).toContain("the route itself");
  });

  it("refuse replicas that share nothing, and a store that nobody uses", () => {
    const alone = override("staging", "gateway", "redis: true", "redis: false");
    expect(pathsOf(alone)).toEqual(expect.arrayContaining(["deployment.redis", "deployment.replicas.max"]));
    const teams = override("staging", "gateway", "postgres: true", "postgres: false");
    expect(pathsOf(teams)).toEqual(expect.arrayContaining(["deployment.postgres", "limits.teams"]));
  });

  it("leave who approved an exception and for how long to its rule, and refuse a date that does not exist", () => {
    const exception = (approver: string, expires: string) =>
      append(
        staging,
        `
  lockstep:exceptions:
    - rule: limits-stricter
      path: limits.monthlyUsd
      reason: The load test of the autumn needs the larger budget.
      owner: Ada
      approver: ${approver}
      ticket: OPS-1
      created: "2026-11-01"
      expires: "${expires}"
      compensatingControl: The spend is looked at every morning.
`,
      );
    expect(pathsOf(exception("ada", "2027-01-31"))).toEqual([]);
    expect(pathsOf(exception("Grace", "2026-02-30"))).toEqual(["exceptions[0].expires"]);
  });
});

describe("a stack that is loaded again", () => {
  const loaded = (...edits: Edit[]) => {
    const { pair } = loadPair(shipped(...edits), "staging");
    if (pair === undefined) throw new Error("the pair cannot be read");
    return pair;
  };

  it("is the same where its text and all that it points to are, and shares what stands in Pulumi.yaml", () => {
    const [one, other] = [loaded(), loaded()];
    expect(other.staging.config).toBe(one.staging.config);
    expect(other.staging.contents).toBe(one.staging.contents);
    expect(one.staging.config.models).toBe(one.production.config.models);
    expect(one.staging.config.limits).not.toBe(one.production.config.limits);
  });

  it.each<[string, Edit]>([
    ["another value of its own", replace(staging, "dailyUsd: 100\n", "dailyUsd: 99\n")],
    ["another mirrored value", replace("Pulumi.yaml", "topK: 8", "topK: 9")],
    ["another content of a prompt", append("prompts/ticket-triage.md", "Be brief.\n")],
    ["another content of a schema", append("tools/triage.schema.json", "\n")],
  ])("is another one with %s, and the first one again without", (_, edit) => {
    const before = loaded().staging;
    const after = loaded(edit).staging;
    expect([after.config, after.contents]).not.toEqual([before.config, before.contents]);
    expect(loaded().staging.behaviourHash).toBe(before.behaviourHash);
  });

  it("is read anew where a file that it points to has gone", () => {
    loaded();
    const { "prompts/ticket-triage.md": _, ...rest } = edited();
    expect(loadPair(memoryFiles(rest), "staging").problems.map(({ path }) => path)).toEqual([
      "behaviour.prompts.ticket-triage.file",
    ]);
  });

  it("would carry a release with the files of today", () => {
    const release: Edit = (entries) => ({
      ...entries,
      "prompts/other.md": "Other.\n",
      "releases/other/release.yaml": [
        "id: other",
        "owner: Ada Example",
        'created: "2026-11-20"',
        "state: open",
        "changes:",
        "  - path: behaviour.prompts.ticket-triage.file",
        "    from: prompts/ticket-triage.md",
        "    to: prompts/other.md",
        "",
      ].join("\n"),
    });
    const hashOf = (pair: ReturnType<typeof loaded>) =>
      pair.staging.carrying([...pair.releases.values()].filter(({ id }) => id === "other"))?.behaviourHash;
    const first = hashOf(loaded(release));
    const second = hashOf(loaded(release, append("prompts/other.md", "More.\n")));
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).not.toBe(first);
  });

  it("is another one where a release that it carries says something else", () => {
    const carried = (topK: number) =>
      loaded(append(staging, "  lockstep:carries: [other]\n"), (entries) => ({
        ...entries,
        "releases/other/release.yaml": `id: other\nowner: Ada Example\ncreated: "2026-11-20"\nstate: open\nchanges:\n  - { path: behaviour.retrieval.topK, from: 8, to: ${topK} }\n`,
      })).staging.config.behaviour.retrieval?.topK;
    expect([carried(9), carried(10), carried(9)]).toEqual([9, 10, 9]);
  });

  it("has values that nobody can change for the others", () => {
    const { config } = loaded().staging;
    expect(() => {
      config.limits.dailyUsd = 1;
    }).toThrow(TypeError);
    expect(() => config.exceptions.push({} as never)).toThrow(TypeError);
    expect(() => {
      Object.assign(config.models["chat-large"] ?? {}, { modelId: "x" });
    }).toThrow(TypeError);
  });

  it("tells its problems as often as it is read", () => {
    const broken = replace(staging, "dailyUsd: 100\n", "dailyUsd: 0\n");
    expect(problemsOf(broken)).toEqual(problemsOf(broken));
    expect(problemsOf(broken)).toHaveLength(1);
  });
});
