import { describe, expect, it } from "vitest";
import { readObjects } from "../../measure/drift/objects";
import { clusterDrift, type DeclaredResource, resourceDrift, UNKNOWN } from "../../measure/drift/resources";
import { HIDDEN, readState } from "../../measure/drift/state";
import { encodings } from "../project";
import { bytesOf } from "./deployed";

const urn = (type: string, name: string) => `urn:pulumi:staging::lockstep::${type}::${name}`;
const declared = (type: string, name: string, inputs: Record<string, unknown>): DeclaredResource => ({
  urn: urn(type, name),
  type,
  name,
  custom: true,
  inputs,
});
const exported = (resources: object[], more: object = {}) =>
  readState(bytesOf({ version: 3, deployment: { resources, ...more } }));
const deployed = (type: string, name: string, inputs: object, more: object = {}) => ({
  urn: urn(type, name),
  type,
  custom: true,
  inputs,
  ...more,
});
const differencesOf = (own: DeclaredResource[], ...theirs: object[]) =>
  resourceDrift(own, exported(theirs), "staging-gateway-config").differences.map(
    ({ name, difference, declared: one, deployed: other }) =>
      [name, difference, one, other].map((text) => text ?? "-").join(" | "),
  );

const table = "aws:rds/instance:Instance";

describe("resources of the program and of the state", () => {
  it("with the same values, beside what a provider adds, have no difference", () => {
    const own = declared(table, "db", { instanceClass: "db.t4g.small", tags: { a: "b" }, storage: [1, 2] });
    const theirs = {
      instanceClass: "db.t4g.small",
      tags: { a: "b" },
      storage: [1, 2],
      port: 5432,
      __defaults: ["port"],
    };
    expect(differencesOf([own], deployed(table, "db", theirs))).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, object, string[]]>([
    ["a number", { size: 20 }, { size: 40 }, ["Instance db | size differs in the state | 20 | 40"]],
    [
      "a yes or no",
      { multiAz: false },
      { multiAz: true },
      ["Instance db | multiAz differs in the state | no | yes"],
    ],
    [
      "a text of a field that is no secret",
      { instanceClass: "db.t4g.small" },
      { instanceClass: "db.r6g.large" },
      ["Instance db | instanceClass differs in the state | db.t4g.small | db.r6g.large"],
    ],
    [
      "another text, which is not shown",
      { note: "one" },
      { note: "two" },
      ["Instance db | note differs in the state | - | -"],
    ],
    [
      "a number that may be a secret",
      { password: 1 },
      { password: 2 },
      ["Instance db | password differs in the state | - | -"],
    ],
    [
      "a value that is missing",
      { a: { b: 1 } },
      { a: {} },
      ["Instance db | a.b is missing in the state | 1 | nothing"],
    ],
    ["a longer list", { ids: [1] }, { ids: [1, 2] }, ["Instance db | ids differs in the state | - | -"]],
    [
      "an entry of a list that has names",
      { env: [{ name: "A", value: 1 }] },
      {
        env: [
          { name: "B", value: 1 },
          { name: "A", value: 2 },
        ],
      },
      [
        "Instance db | env.A.value differs in the state | 1 | 2",
        "Instance db | env.B is not declared in the state | - | -",
      ],
    ],
    ["a value that only an update tells", { arn: UNKNOWN }, { arn: "arn:aws:1" }, []],
    ["a secret value", { secretString: HIDDEN }, { secretString: "anything" }, []],
    ["a value that the program leaves open", { note: undefined, other: null }, { note: 1, other: 2 }, []],
  ])("%s", (_, own, theirs, expected) => {
    expect(differencesOf([declared(table, "db", own)], deployed(table, "db", theirs))).toEqual(expected);
  });

  it("that stand on one side only are told", () => {
    expect(differencesOf([declared(table, "one", {})], deployed(table, "two", {}))).toEqual([
      "Instance one | it is declared, and is not in the state | - | -",
      "Instance two | it is in the state, and is not declared | - | -",
    ]);
  });

  it("of an update that was broken off are told", () => {
    const left = deployed(table, "db", {}, { delete: true });
    const found = resourceDrift(
      [declared(table, "db", {})],
      exported([left, deployed(table, "db", {})], { pending_operations: [{ type: "creating" }] }),
      "",
    );
    expect(
      found.differences.map(({ name, difference, deployed: count }) => [name, difference, count]),
    ).toEqual([
      ["Instance db", "an update began to delete it and did not end", undefined],
      ["the stack", "an update began operations and did not end them", "1 operation"],
    ]);
  });

  it("leave default providers and the root aside, and say how much cannot be compared", () => {
    const state = exported([
      deployed("pulumi:pulumi:Stack", "lockstep-staging", {}),
      deployed("pulumi:providers:aws", "default_7_48_0", {}),
      deployed(table, "db", { a: 1, b: 2 }),
    ]);
    const found = resourceDrift([declared(table, "db", { a: UNKNOWN, b: HIDDEN })], state, "");
    expect(found.differences).toEqual([]);
    expect(found.leftAside).toEqual([
      "1 value that only an update tells, and 1 secret value, are not compared.",
    ]);
  });

  it("leave to other areas what these tell: the gateway's files, budgets and quotas", () => {
    const config = "kubernetes:core/v1:ConfigMap";
    const files = (text: string) => ({ data: { file: text }, metadata: { name: text, namespace: "llm" } });
    expect(
      differencesOf(
        [declared(config, "staging-gateway-config", files("a")), declared(config, "dashboard", files("a"))],
        deployed(config, "staging-gateway-config", files("b")),
        deployed(config, "dashboard", files("b")),
      ),
    ).toEqual([
      "ConfigMap dashboard | data.file differs in the state | - | -",
      "ConfigMap dashboard | metadata.name differs in the state | - | -",
    ]);
  });
});

describe("objects of the cluster", () => {
  const type = "kubernetes:batch/v1:CronJob";
  const own = declared(type, "probes", {
    metadata: { name: "probes-canary", namespace: "llm" },
    spec: { schedule: "7 * * * *", jobTemplate: { spec: { backoffLimit: 1 } } },
  });
  const found = (...items: object[]) =>
    clusterDrift([own], readObjects(bytesOf({ kind: "List", items })), "llm", [
      "CronJob",
      "Deployment",
    ]).differences.map(({ name, difference, declared: one, deployed: other }) =>
      [name, difference, one, other].map((text) => text ?? "-").join(" | "),
    );
  const cronJob = (spec: object) => ({
    kind: "CronJob",
    apiVersion: "batch/v1",
    metadata: { name: "probes-canary", namespace: "llm", uid: "1" },
    spec: { schedule: "7 * * * *", jobTemplate: { spec: { backoffLimit: 1, parallelism: 1 } }, ...spec },
  });

  it("that are as declared have no difference, whatever the cluster adds", () => {
    expect(found(cronJob({ suspend: false }))).toEqual([]);
  });

  it.each<[string, object[], string[]]>([
    [
      "another schedule",
      [cronJob({ schedule: "0 0 1 1 *" })],
      ["CronJob probes-canary | spec.schedule differs in the cluster | 7 * * * * | 0 0 1 1 *"],
    ],
    [
      "a job that is suspended",
      [cronJob({ suspend: true })],
      ["CronJob probes-canary | it is suspended in the cluster | - | -"],
    ],
    ["a job that is gone", [], ["CronJob probes-canary | it is declared, and is not in the cluster | - | -"]],
  ])("%s", (_, items, expected) => {
    expect(found(...items)).toEqual(expected);
  });
});

it.each(["note", "schedule", "cpu", "instanceClass", "password", "url"])(
  "a password that nobody marked as a secret is not shown as %s, in no encoding",
  (field) => {
    const secret = "Zx9-plain-passphrase-4711";
    for (const value of [secret, Buffer.from(secret).toString("hex"), [secret], { value: secret }]) {
      const text = differencesOf(
        [declared(table, "db", { [field]: "1" })],
        deployed(table, "db", { [field]: value }),
      );
      expect(text).toEqual([
        `Instance db | ${field} differs in the state | ${field === "cpu" ? "1" : "-"} | -`,
      ]);
      for (const form of encodings(secret)) expect(text.join()).not.toContain(form);
    }
  },
);
