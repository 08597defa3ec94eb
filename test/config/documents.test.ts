import { describe, expect, it } from "vitest";
import { readProject, readStack } from "../../config/documents";
import { memoryFiles } from "../../config/files";
import type { Problem } from "../../config/problem";
import { toPlain } from "../../config/yaml";

const project = (text: string) => readProject(memoryFiles({ "Pulumi.yaml": text }));
const stack = (text: string) => readStack(memoryFiles({ "Pulumi.a.yaml": text }), "Pulumi.a.yaml");
const told = (problems: readonly Problem[]) =>
  problems.map(({ line, column, path, found, allowed, remedy, undecided }) => [
    `${line}:${column}`,
    path,
    found,
    allowed,
    remedy,
    ...(undecided ? ["undecided"] : []),
  ]);

const noName = ["name", "no name", "the project's name", 'Write "name: …" at the top.'];
const noMap = ["", "no map at the top", "a map of keys", "Write keys and values."];
const withoutValue = (place: string, key: string) => [
  place,
  `config.${key}`,
  "a key without `value`",
  '"value:" with the value below it, and nothing else but a description',
  `Write "${key}:" and below it "value:". Typed defaults are read differently by different commands.`,
];
const limit = [
  "limit",
  "an unknown key",
  '"limits" is the nearest known key',
  'Write "limits", or remove the key.',
];

describe("Pulumi.yaml", () => {
  it.each<[string, string[][]]>([
    ["name: 1\n", [["1:7", ...noName]]],
    ["description: x\n", [["1:1", ...noName]]],
    ["- a\n", [["1:1", ...noMap]]],
    ["name: a\nconfig:\n", []],
    ["name: a\nconfig: {}\n", []],
    [
      "name: a\nconfig: x\n",
      [
        [
          "2:9",
          "config",
          "no map",
          "a map of keys, each with a value",
          'Write "config:" and the keys below it.',
        ],
      ],
    ],
    [
      "name: lockstep\nconfig:\n  routes: { default: 1 }\n  lockstep:models: 1\n",
      [withoutValue("3:3", "routes"), withoutValue("4:3", "lockstep:models")],
    ],
    [
      "name: a\nconfig:\n  lockstep:routes: { value: 1, description: x, secret: true }\n",
      [withoutValue("3:3", "lockstep:routes")],
    ],
    ["name: a\nconfig:\n  lockstep:routes: { value: 1, description: x }\n", []],
    [
      "name: lockstep\nconfig:\n  limits: { value: 1 }\n  lockstep:limits: { value: 2 }\n",
      [
        [
          "4:3",
          "config.lockstep:limits",
          "the key for a second time",
          "each key once",
          "Keep one of the two.",
        ],
      ],
    ],
    ["name: a\nconfig:\n  lockstep:limit: { value: 2 }\n", [["3:3", ...limit]]],
    [
      "name: a\nconfig:\n  lockstep:x:y: { value: 2 }\n",
      [
        [
          "3:3",
          "x:y",
          "an unknown key",
          "one of environment, limits, credentials, credentialValues, deployment, monitoring, exceptions, carries, residency, models, routes, behaviour, gateway, objectives, acceptance",
          "Remove the key.",
        ],
      ],
    ],
  ])("%j", (text, problems) => {
    expect(told(project(text).problems)).toEqual(problems);
  });

  it("gives its name, its keys and those of others by their full names", () => {
    const text =
      "name: app\nconfig:\n  own: { value: 1 }\n  lockstep:limits: { value: { a: 2 } }\n  aws:region: { value: x }\n  aws:profile: p\n  own2: { type: string, default: z }\n  own3: { type: string }\n";
    const { project: name, entries, others } = project(text);
    expect(name).toBe("app");
    expect(Array.from(entries, ([key, { node, key: at }]) => [key, toPlain(node), at])).toEqual([
      ["limits", { a: 2 }, { file: "Pulumi.yaml", line: 4, column: 3 }],
    ]);
    expect(Array.from(others, ([key, node]) => [key, toPlain(node)])).toEqual([
      ["app:own", 1],
      ["aws:region", "x"],
      ["aws:profile", "p"],
      ["app:own2", "z"],
    ]);
  });

  it("takes a key without a namespace for the project's own", () => {
    expect([...project("name: lockstep\nconfig:\n  limits: { value: 1 }\n").entries.keys()]).toEqual([
      "limits",
    ]);
    expect([...project("name: app\nconfig:\n  limits: { value: 1 }\n").entries.keys()]).toEqual([]);
    expect([...project("config:\n  limits: { value: 1 }\n").others.keys()]).toEqual([":limits"]);
  });

  it.each([
    ["", ""],
    ["stackConfigDir: stacks\n", "stacks"],
    ["stackConfigDir: ./a/b//\n", "a/b"],
    ["stackConfigDir: ././a\n", "./a"],
    ["stackConfigDir: a./b\n", "a./b"],
    ["stackConfigDir: [a]\n", ""],
    ["stackConfigDir: 1\n", ""],
  ])("says where the stack files are: %j", (line, folder) => {
    expect(project(`name: a\n${line}`).stackDir).toBe(folder);
  });

  it("has to be there", () => {
    const { project: name, problems } = readProject(memoryFiles({}));
    expect(name).toBeUndefined();
    expect(told(problems)).toEqual([
      [
        "1:1",
        "",
        'there is no file "Pulumi.yaml"',
        "a readable file of the project",
        "Add Pulumi.yaml to the project.",
      ],
    ]);
  });

  it("names a place below a key as the configuration does, without its value", () => {
    const paths = (text: string) => project(`name: a\nconfig:\n${text}`).problems.map(({ path }) => path);
    expect(paths("  lockstep:limits:\n    value:\n      a: *x\n")).toEqual(["limits.a"]);
    expect(paths("  lockstep:limits:\n    value: [*x]\n")).toEqual(["limits[0]"]);
    expect(paths("  lockstep:limits:\n    value: *x\n")).toEqual(["limits"]);
    expect(paths("  lockstep:limits:\n    value-x: *x\n")).toEqual(["limits.value-x"]);
    expect(paths("  lockstep:limits:\n    values: *x\n")).toEqual(["limits.values"]);
    expect(paths("  aws:region:\n    value: *x\n")).toEqual(["config.aws:region.value"]);
  });
});

describe("a stack file", () => {
  const noConfig = [
    "config",
    "no configuration",
    "the stack's own keys",
    'Write "config:" and the keys below it.',
  ];

  it.each<[string, string[][]]>([
    ["- a\n", [["1:1", ...noMap]]],
    ["encryptedkey: a\nencryptionsalt: b\nsecretsprovider: c\nconfig: {}\n", []],
    ["config:\n", [["1:8", ...noConfig]]],
    ["config: []\n", [["1:9", ...noConfig]]],
    ["secretsprovider: c\n", [["1:1", ...noConfig]]],
    [
      "confi: {}\nconfig: {}\n",
      [
        [
          "1:1",
          "confi",
          "an unknown key",
          '"config" is the nearest known key',
          'Write "config", or remove the key.',
        ],
      ],
    ],
    [
      "name: {}\nconfig: {}\n",
      [
        [
          "1:1",
          "name",
          "an unknown key",
          "one of config, secretsprovider, encryptedkey, encryptionsalt, environment",
          "Remove the key.",
        ],
      ],
    ],
    ["environment:\nconfig: {}\n", []],
    [
      "environment: [a]\nconfig: {}\n",
      [
        [
          "1:1",
          "environment",
          "an import from Pulumi ESC",
          "values that stand in the project's own files",
          "Move what governs the stack (limits, models, routes) out of the ESC environment: it cannot be read here, so nothing can be proven about it.",
          "undecided",
        ],
      ],
    ],
    [
      "config:\n  limits: 1\n",
      [
        [
          "2:3",
          "config.limits",
          "a key without a namespace",
          '"lockstep:limits"',
          'Write "lockstep:limits". Beside a key that has the namespace, the engine picks one of the two at random.',
        ],
      ],
    ],
    ["config:\n  lockstep:limit: 1\n", [["2:3", ...limit]]],
  ])("%j", (text, problems) => {
    expect(told(stack(text).problems)).toEqual(problems);
  });

  it("gives its keys, and those of others by their full names", () => {
    const { entries, others, file } = stack(
      "config:\n  lockstep:limits: { a: 1 }\n  aws:region: x\n  lockstep-x:a: 1\n",
    );
    expect(file).toBe("Pulumi.a.yaml");
    expect(Array.from(entries, ([key, { node, key: at }]) => [key, toPlain(node), at])).toEqual([
      ["limits", { a: 1 }, { file: "Pulumi.a.yaml", line: 2, column: 3 }],
    ]);
    expect(Array.from(others, ([key, node]) => [key, toPlain(node)])).toEqual([
      ["aws:region", "x"],
      ["lockstep-x:a", 1],
    ]);
  });

  it("names a place below a key as the configuration does", () => {
    const paths = (text: string) => stack(text).problems.map(({ path }) => path);
    expect(paths("config:\n  lockstep:limits:\n    value: *x\n    b: [*y]\n")).toEqual([
      "limits.value",
      "limits.b[0]",
    ]);
    expect(paths("config:\n  xlockstep:limits: *x\n")).toEqual(["config.xlockstep:limits"]);
  });

  it("has to be there, and to be read whole", () => {
    expect(told(readStack(memoryFiles({}), "Pulumi.a.yaml").problems)).toEqual([
      [
        "1:1",
        "",
        'there is no file "Pulumi.a.yaml"',
        "a readable file of the project",
        "Add Pulumi.a.yaml to the project.",
      ],
    ]);
    const { entries, problems } = stack("config:\n  lockstep:limits: *x\n  lockstep:routes: 1\n");
    expect([entries.size, problems.length]).toEqual([0, 1]);
  });

  it("does not show a credential that somebody pasted as a key, in what is wrong with it or behind it", () => {
    const key = `sk-proj-${"a1".repeat(20)}`;
    for (const text of [`${key}: 1\n`, `config:\n  ${key}: 1\n`, `config:\n  a:b:\n    ${key}: *x\n`]) {
      const { problems } = stack(text);
      expect(problems.length).toBeGreaterThan(0);
      expect(JSON.stringify(problems)).not.toContain("a1a1");
      expect(JSON.stringify(problems)).toContain("[hidden]");
    }
    expect(stack("config:\n  sk-proj-short: 1\n").problems[0]?.path).toBe("config.sk-proj-short");
  });
});
