import { describe, expect, it } from "vitest";
import { environmentsSeparate } from "../../../policies/stack/environments-separate";
import { type Edit, replace } from "../../shipped";
import { judged, place, staging } from "./judged";

it("environments-separate accepts a shared region, and names that differ in one character", () => {
  expect(judged(environmentsSeparate)).toEqual([]);
  expect(
    judged(environmentsSeparate, [
      replace(staging, "namespace: llm-staging", "namespace: llm-production2"),
      replace(staging, "kmsAlias: alias/lockstep/staging", "kmsAlias: alias/lockstep/Production"),
    ]),
  ).toEqual([]);
});

const shared: [string, string, string, string][] = [
  ["name", "    name: staging", "    name: production", "tier: staging\n"],
  ["cluster.name", "name: llm-staging", "name: llm-production", "region: us-east-1\n    cluster:\n"],
  [
    "cluster.context",
    "context: llm-staging",
    "context: llm-production",
    "cluster:\n      name: llm-staging\n",
  ],
  ["namespace", "namespace: llm-staging", "namespace: llm-production", "context: llm-staging\n"],
  [
    "kmsAlias",
    "kmsAlias: alias/lockstep/staging",
    "kmsAlias: alias/lockstep/production",
    "secretPrefix: lockstep/staging\n",
  ],
  [
    "alarmTopic",
    "alarmTopic: lockstep-staging-alarms",
    "alarmTopic: lockstep-production-alarms",
    "kmsAlias: alias/lockstep/staging\n",
  ],
  [
    "requestLogBucket",
    "requestLogBucket: example-lockstep-staging-requests",
    "requestLogBucket: example-lockstep-production-requests",
    "alarmTopic: lockstep-staging-alarms\n",
  ],
];

it.each(shared)("environments-separate refuses a shared %s", (field, from, to, before) => {
  const [, value] = to.split(": ");
  const key = field.split(".").at(-1) ?? "";
  expect(judged(environmentsSeparate, [replace(staging, `${from}\n`, `${to}\n`)])).toEqual([
    {
      rule: "environments-separate",
      status: "violation",
      object: `staging's environment.${field}`,
      path: `environment.${field}`,
      found: `"${value}", as in production`,
      allowed: "a value of its own",
      remedy: `Give staging an environment.${field} of its own in Pulumi.staging.yaml.`,
      at: place(staging, before, key),
    },
  ]);
});

it("environments-separate refuses one account, and then the administrators that are in it", () => {
  const edits: Edit[] = [
    (entries) => ({
      ...entries,
      [staging]: (entries[staging] ?? "").replaceAll("111122223333", "444455556666"),
    }),
  ];
  expect(judged(environmentsSeparate, edits).map(({ path, found, at }) => [path, found, at])).toEqual([
    [
      "environment.account",
      '"444455556666", as in production',
      place(staging, "counterpart: production\n", "account"),
    ],
    [
      "environment.administrators",
      '["arn:aws:iam::444455556666:role/platform-deployer"], as in production',
      place(staging, 'account: "444455556666"\n', "administrators", edits),
    ],
  ]);
});

it("environments-separate leaves secrets and provider accounts to credentials-separate", () => {
  const edits = [
    replace(staging, "secretName: lockstep/staging/openai", "secretName: lockstep/production/openai"),
    replace(staging, "identity: proj_example_staging", "identity: proj_example_production"),
  ];
  expect(judged(environmentsSeparate, edits)).toEqual([]);
});

describe("environments-separate on a prefix inside the other's", () => {
  const prefix = (name: string) => [
    replace(staging, "secretPrefix: lockstep/staging", `secretPrefix: ${name}`),
  ];

  it("refuses staging's that holds production's", () => {
    expect(judged(environmentsSeparate, prefix("lockstep"))).toEqual([
      {
        rule: "environments-separate",
        status: "violation",
        object: "staging's environment.secretPrefix",
        path: "environment.secretPrefix",
        found: '"lockstep", inside which production\'s "lockstep/production" lies',
        allowed: "prefixes of which none begins with the other",
        remedy: 'Rename one of the prefixes, such as "lockstep/staging".',
        at: place(staging, "namespace: llm-staging", "secretPrefix"),
      },
    ]);
  });

  it("refuses production's that holds staging's", () => {
    const [report, ...others] = judged(environmentsSeparate, prefix("lockstep/production/staging"));
    expect(others).toEqual([]);
    expect(report?.object).toBe("production's environment.secretPrefix");
  });

  it("accepts one that only begins with the same letters", () => {
    expect(judged(environmentsSeparate, prefix("lockstep/production-staging"))).toEqual([]);
  });
});
