import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { loadPair, type Pair } from "../../config/pair";
import { evidenceStore } from "../../lifecycle/evidence";
import { evidenceAges, exceptionAges, indexAge } from "../../measure/drift/ages";
import { DriftInputError } from "../../measure/drift/json";
import { readSecretVersions, secretAges } from "../../measure/drift/secrets";
import { readState } from "../../measure/drift/state";
import { pairOf } from "../components/shippedEnvironment";
import { passingResults, statement } from "../evidence";
import { carry, firstHash, steady, upgradeFile, upgradeText } from "../policies/stack/releases";
import { append, type Edit, type Entries, edited } from "../shipped";
import { bytesOf, type ExportedStack, exportedState, resource } from "./deployed";

const now = new Date("2026-11-21T21:00:00Z");
const when = { now, warnDays: 30 };
const { staging } = pairOf();

const both = ({ staging, production }: Pair) => [staging, production];

describe("the age of stored credentials", () => {
  const ages = (plant: (state: ExportedStack) => void = () => {}, versions: unknown = []) => {
    const state = exportedState(staging);
    plant(state);
    return secretAges(staging.config, readState(bytesOf(state)), readSecretVersions(bytesOf(versions)), when);
  };

  it("that may be 30 days is told before it ends", () => {
    const { differences, notAudited, expiring, compared } = ages();
    expect({ differences, notAudited, compared }).toEqual({ differences: [], notAudited: [], compared: 2 });
    expect(expiring).toEqual([
      { area: "secrets", name: "credential openai", ends: "2026-12-10" },
      { area: "secrets", name: "credential anthropic", ends: "2026-12-21" },
    ]);
  });

  it.each<[string, string[]]>([
    ["2026-10-22T21:00:00Z", []],
    [
      "2026-10-22T20:59:59Z",
      ["openai: the credential is older than it may be: at most 30 days, stored on 2026-10-22"],
    ],
  ])("counts from when Pulumi wrote the value: %s", (created, expected) => {
    const { differences } = ages((state) => {
      resource(state, "-secrets-openai", "SecretVersion").created = created;
    });
    expect(
      differences.map((one) => `${one.name}: ${one.difference}: ${one.declared}, ${one.deployed}`),
    ).toEqual(expected);
  });

  const emptySince = (state: ExportedStack) => {
    resource(state, "-secrets-anthropic", "secret:Secret").created = "2026-09-01T00:00:00Z";
  };
  const version = (CreatedDate: string | number, VersionStages = ["AWSCURRENT"]) => [
    { Name: "lockstep/staging/anthropic", Versions: [{ VersionStages, CreatedDate }] },
  ];

  it("is not known of a value stored out of band in an old secret", () => {
    expect(ages(emptySince)).toMatchObject({
      differences: [],
      notAudited: [
        'When the credential "anthropic" was stored is not known: give what aws secretsmanager list-secret-version-ids says (--secret-versions).',
      ],
    });
  });

  it.each([
    ["2026-11-01T00:00:00+00:00", 0],
    [Date.parse("2026-11-01T00:00:00Z") / 1000, 0],
    ["2026-10-01T00:00:00+00:00", 1],
  ])("is what Secrets Manager says: %s", (created, count) => {
    const found = ages(emptySince, version(created));
    expect(found.notAudited).toEqual([]);
    expect(found.differences).toHaveLength(count);
  });

  it("is not that of a former version", () => {
    expect(ages(emptySince, version("2026-11-01T00:00:00Z", ["AWSPREVIOUS"])).notAudited).toHaveLength(1);
  });

  it("of a secret that is not there is a difference", () => {
    const { differences } = ages((state) => {
      state.deployment.resources = state.deployment.resources.filter(
        ({ urn }) => !urn.endsWith("-secrets-anthropic"),
      );
    });
    expect(differences).toEqual([
      { area: "secrets", name: "anthropic", difference: "the secret is missing in the state" },
    ]);
  });

  it.each([[{}], [[{ Name: "a" }]], [null], ["text"]])("is not read from something else: %j", (data) => {
    expect(() => readSecretVersions(bytesOf(data))).toThrow(DriftInputError);
  });
});

const load = (entries: Entries): Pair => {
  const { pair, problems } = loadPair(memoryFiles(entries), "staging");
  if (pair === undefined) throw new Error(JSON.stringify(problems));
  return pair;
};

describe("exceptions", () => {
  const until = (expires: string) =>
    append(
      "Pulumi.staging.yaml",
      `
  lockstep:exceptions:
    - rule: limits-stricter
      path: limits.monthlyUsd
      reason: The budget is being moved to another account.
      owner: Ada Example
      approver: Ben Example
      ticket: OPS-1
      created: "2026-09-01"
      expires: "${expires}"
      compensatingControl: Alarms go to the owner.
`,
    );

  it.each([
    ["2026-12-22", 0, 0],
    ["2026-12-21", 0, 0],
    ["2026-12-20", 0, 1],
    ["2026-11-21", 0, 1],
    ["2026-11-20", 1, 0],
  ])("that end on %s: %i differences, %i told ahead", (expires, differences, expiring) => {
    const found = exceptionAges(both(load(edited(until(expires)))), when);
    expect([found.differences.length, found.expiring.length, found.compared]).toEqual([
      differences,
      expiring,
      1,
    ]);
  });

  it("that have expired are told with rule and path", () => {
    expect(exceptionAges(both(load(edited(until("2026-11-20")))), when).differences).toEqual([
      {
        area: "exceptions",
        name: "staging: limits-stricter at limits.monthlyUsd",
        difference: "the exception has expired",
        declared: "until 2026-11-20",
      },
    ]);
  });
});

describe("the index", () => {
  const found = (ended: string, indexAgeHours: number) => {
    const results = { ...passingResults(staging.config).retrieval, indexAgeHours };
    const entries = edited((all) => ({
      ...Object.fromEntries(Object.entries(all).filter(([path]) => !path.includes("/evidence/"))),
      ...statement("initial", "retrieval", { hash: staging.behaviourHash, ended, results }),
    }));
    return indexAge(staging, evidenceStore(memoryFiles(entries)), ["initial"], when);
  };

  it.each<[string, number, string[], number]>([
    ["2026-11-20T00:00:00Z", 24, [], 0],
    [
      "2026-11-20T00:00:00Z",
      24.5,
      ["the index was older than it may be: at most 24 hours, 24.5 hours on 2026-11-20"],
      0,
    ],
    ["2026-10-20T00:00:00Z", 24, [], 1],
  ])("measured on %s at %d hours", (ended, hours, differences, notAudited) => {
    const one = found(ended, hours);
    expect(one.differences.map((each) => `${each.difference}: ${each.declared}, ${each.deployed}`)).toEqual(
      differences,
    );
    expect(one.notAudited).toHaveLength(notAudited);
  });

  it("of which nothing was measured is not audited", () => {
    expect(indexAge(staging, evidenceStore(memoryFiles({})), ["initial"], when).notAudited).toEqual([
      "There is no retrieval evidence about the declared behaviour: lockstep evidence retrieval measures it.",
    ]);
  });
});

describe("evidence", () => {
  const staging = "Pulumi.staging.yaml";
  const underway = [
    ...steady.edits,
    append(upgradeFile, upgradeText(firstHash)),
    carry(staging, "chat-upgrade"),
  ];
  /** The upgrade's hash is production's once it carries it: what staging has now. */
  const ages = (release: string, ended: string, ...edits: readonly Edit[]) => {
    const entries = edited(...edits);
    const pair = load(entries);
    const hash = pair.staging.behaviourHash;
    const results = passingResults(pair.production.config);
    const files = memoryFiles({
      ...entries,
      ...statement(release, "fingerprint", { hash, ended, results: results.fingerprint }),
    });
    return evidenceAges(pair, {
      ...when,
      store: evidenceStore(files),
      trust: { trustedKeys: [], stubProviders: "accept" },
      requiredKinds: ["fingerprint", "drift", "traffic"],
    });
  };

  it.each<[string, string[], string[]]>([
    ["2026-11-20T00:00:00Z", [], ["fingerprint evidence of release chat-upgrade until 2026-11-27"]],
    ["2026-11-14T21:00:00Z", [], ["fingerprint evidence of release chat-upgrade until 2026-11-21"]],
    [
      "2026-11-14T20:59:59Z",
      [
        "fingerprint of release chat-upgrade: the evidence is older than it may be: at most 7 days, of 2026-11-14",
      ],
      [],
    ],
  ])("of a release on its way, measured on %s", (ended, differences, expiring) => {
    const found = ages("chat-upgrade", ended, ...underway);
    expect(
      found.differences.map((one) => `${one.name}: ${one.difference}: ${one.declared}, ${one.deployed}`),
    ).toEqual(differences);
    expect(found.expiring.map(({ name, ends }) => `${name} until ${ends}`)).toEqual(expiring);
    expect(found.leftAside).toEqual([
      "There is no drift evidence for release chat-upgrade yet.",
      "There is no traffic evidence for release chat-upgrade yet.",
    ]);
  });

  it("of a closed release is not asked for anew, however old", () => {
    const found = ages("initial", "2026-11-10T11:00:00Z", ...steady.edits);
    expect(found).toMatchObject({
      differences: [],
      expiring: [],
      leftAside: [
        "Release initial is closed: its evidence counted on 2026-11-10, and a new release needs its own.",
      ],
    });
    expect(ages("initial", "2026-11-18T11:00:00Z", ...steady.edits).expiring).toEqual([
      { area: "evidence", name: "fingerprint evidence of release initial", ends: "2026-11-25" },
    ]);
  });

  it("of nobody is a difference: no release has proven what production declares", () => {
    const bare: Edit = (all) =>
      Object.fromEntries(Object.entries(all).filter(([path]) => !path.startsWith("releases/")));
    expect(ages("none", "2026-11-18T11:00:00Z", bare).differences).toEqual([
      {
        area: "evidence",
        name: "production",
        difference: "no release has proven the behaviour that production declares",
      },
    ]);
  });
});
