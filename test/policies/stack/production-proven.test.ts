import { expect, it } from "vitest";
import { productionProven } from "../../../policies/stack/production-proven";
import { closedRelease } from "../../evidence";
import { ed25519, rsa } from "../../lifecycle/keys";
import { append, type Edit, remove, replace } from "../../shipped";
import { judged, place, production, project, staging } from "./judged";
import { except, first, firstHash, promotion, steady, upgradeHash } from "./releases";

const topK = replace(project, "topK: 8", "topK: 10");
/** The start of the hash that is refused. */
const hashWith = (edits: readonly Edit[]) =>
  (/^behaviourHash\["(.*)"\]$/.exec(judged(productionProven, edits)[0]?.path ?? "") ?? [])[1] ?? "";
const initial = "releases/initial/release.yaml";
const closedAt = (at: string) => replace(initial, "2026-11-10T12:00:00Z", at);
const told = (edits: readonly Edit[], now?: string) =>
  judged(productionProven, edits, now === undefined ? {} : { now }).map(({ path, found, allowed }) => [
    path,
    found,
    allowed,
  ]);

it("production-proven accepts the hash of a closed release, and that of an open one that is carried", () => {
  expect(told(steady.edits)).toEqual([]);
  expect(told(promotion.edits)).toEqual([]);
  expect(told(first.edits)).toEqual([]);
});

it("production-proven refuses a direct edit of a mirrored value, and says how it becomes a release", () => {
  const edits = [...steady.edits, topK];
  const hash = hashWith(edits);
  expect(hash).toMatch(/^[0-9a-f]{12}$/);
  expect(hash).not.toBe(firstHash.slice(0, 12));
  expect(judged(productionProven, edits)).toEqual([
    {
      rule: "production-proven",
      status: "violation",
      object: "production's behaviour hash",
      path: `behaviourHash["${hash}"]`,
      found: `${hash}…, which no closed release has, and production carries none`,
      allowed: `the hash of a release, such as ${firstHash.slice(0, 12)}… of initial`,
      remedy:
        "Turn the edit of the mirrored values into a release: lockstep release new <id> --since <the commit before it>",
      at: { file: "Pulumi.yaml", line: 1, column: 1 },
    },
  ]);
});

it("production-proven asks nothing of an update of staging", () => {
  expect(judged(productionProven, [...steady.edits, topK], { tier: "staging" })).toEqual([]);
});

it("production-proven accepts an edit that touches no mirrored value", () => {
  expect(told([...steady.edits, replace(production, "monthlyUsd: 20000", "monthlyUsd: 21000")])).toEqual([]);
});

it("production-proven lets production go back to what a closed release proved, while staging goes on", () => {
  const back = replace(production, "  lockstep:carries: [chat-upgrade]\n", "");
  expect(told([...promotion.edits, back])).toEqual([]);
  expect(told([...promotion.edits, back, topK])).toHaveLength(1);
});

it("production-proven says how the first release is made where there is none", () => {
  const edits = [...steady.edits, remove(initial)];
  expect(judged(productionProven, edits)).toEqual([
    {
      rule: "production-proven",
      status: "violation",
      object: "production's behaviour hash",
      path: `behaviourHash["${firstHash.slice(0, 12)}"]`,
      found: `${firstHash.slice(0, 12)}…, which no closed release has, and production carries none`,
      allowed: "the hash of a release with evidence",
      remedy:
        "Make the first release, let both stacks carry it, and measure it in staging: lockstep release new <id> --empty",
      at: { file: "Pulumi.yaml", line: 1, column: 1 },
    },
  ]);
});

it("production-proven counts no open release that only staging carries", () => {
  const edits = [...first.edits, replace(production, "  lockstep:carries: [initial]\n", "")];
  expect(told(edits).map(([path]) => path)).toEqual([`behaviourHash["${firstHash.slice(0, 12)}"]`]);
});

it("production-proven names the release that was closed last", () => {
  const other = "b".repeat(64);
  const later = append(
    "releases/a-later/release.yaml",
    closedRelease("a-later", "2026-11-15T12:00:00Z", other),
  );
  const sooner = append(
    "releases/z-first/release.yaml",
    closedRelease("z-first", "2026-11-01T12:00:00Z", other),
  );
  expect(told([...steady.edits, later, sooner, topK])[0]?.[2]).toBe(
    "the hash of a release, such as bbbbbbbbbbbb… of a-later",
  );
});

it("production-proven lets the clock that closed a release be five minutes ahead, and no more", () => {
  const now = "2026-11-10T11:55:00.000Z";
  expect(told(steady.edits, now)).toEqual([]);
  const edits = steady.edits;
  expect(judged(productionProven, edits, { now: "2026-11-10T11:54:59.999Z" })[0]).toEqual({
    rule: "production-proven",
    status: "violation",
    object: "release initial's closed.at",
    path: "releases.initial.closed.at",
    found: "2026-11-10T12:00:00Z, which is in the future",
    allowed: "a time that has been",
    remedy: "Close the release with: lockstep release close initial",
    at: place(initial, "closed:", "at:", edits),
  });
  // What has not been closed yet proves nothing.
  expect(told(edits, "2026-11-10T11:54:59.999Z").map(([path]) => path)).toEqual([
    "releases.initial.closed.at",
    `behaviourHash["${firstHash.slice(0, 12)}"]`,
  ]);
});

it("production-proven reports a release of the future beside a promotion that is carried", () => {
  expect(told([...promotion.edits, closedAt("2027-01-01T00:00:00Z")]).map(([path]) => path)).toEqual([
    "releases.initial.closed.at",
  ]);
});

it("production-proven lets an exception cover one hash, and no later edit", () => {
  const edits = [...steady.edits, topK];
  const exempt = except("production-proven", `behaviourHash["${hashWith(edits)}"]`);
  const statuses = (...more: Edit[]) =>
    judged(productionProven, [...edits, exempt, ...more]).map(({ status }) => status);
  expect(statuses()).toEqual(["exempted"]);
  expect(statuses(replace(project, "chunkTokens: 400", "chunkTokens: 300"))).toEqual(["violation"]);
});

it("production-proven is about the hash with the changes of what production carries", () => {
  expect(upgradeHash).not.toBe(firstHash);
  const closed = append(
    "releases/proven/release.yaml",
    closedRelease("proven", "2026-11-20T12:00:00Z", upgradeHash),
  );
  const inPlace = replace(
    project,
    "maxOutputTokens: 1200\n        timeoutSeconds: 20\n        contextWindowTokens: 1050000",
    "maxOutputTokens: 1600\n        timeoutSeconds: 20\n        contextWindowTokens: 1050000",
  );
  expect(told([...steady.edits, closed, inPlace])).toEqual([]);
  expect(told([...steady.edits, inPlace])).toHaveLength(1);
});

it.each([
  [{}, undefined],
  [{ requiredKinds: [] }, undefined],
  [{ requiredKinds: ["eval", "drift"], stubProviders: "accept" }, undefined],
  [{ trustedKeys: [ed25519().publicKey] }, undefined],
  [{ requiredKinds: ["evals"] }, "requiredKinds.0"],
  [{ requiredKinds: Array.from({ length: 10 }, () => "eval") }, "requiredKinds"],
  [{ stubProviders: "allow" }, "stubProviders"],
  [{ trustedKeys: Array.from({ length: 51 }, () => ed25519().publicKey) }, "trustedKeys"],
  [{ trustedKey: [] }, ""],
])("production-proven reads settings %#", (settings, fault) => {
  const issues = productionProven.settings?.safeParse(settings).error?.issues ?? [];
  expect(issues.map(({ path }) => path.join("."))).toEqual(fault === undefined ? [] : [fault]);
});

it.each([
  [rsa().publicKey, /^it is a key of the type rsa; a key has to be Ed25519 or ECDSA P-256$/],
  [ed25519().privateKey, /^it is a private key, which has to be replaced now/],
  ["no key", /^it is not one public key in PEM/],
  ["x".repeat(2_001), /2000/],
])("production-proven says why a trusted key cannot be one %#", (key, why) => {
  const [issue] = productionProven.settings?.safeParse({ trustedKeys: [key] }).error?.issues ?? [];
  expect(issue?.message).toMatch(why);
  expect(issue?.message).not.toContain(key);
});

it("production-proven asks for every kind, and refuses stand-ins, unless told otherwise", () => {
  expect(productionProven.settings?.parse({})).toEqual({
    requiredKinds: [
      "eval",
      "fingerprint",
      "load",
      "cache",
      "retrieval",
      "traffic",
      "validity",
      "routing",
      "drift",
    ],
    trustedKeys: [],
    stubProviders: "refuse",
  });
});

it("production-proven carries on where both stacks carry a second release on top of the first", () => {
  const second: Edit = (entries) => ({
    ...entries,
    "releases/second/release.yaml": `id: second
owner: Ada Example
created: "2026-11-16"
state: open
changes:
  - path: behaviour.retrieval.topK
    from: 8
    to: 10
`,
  });
  const stacks = [staging, production].map((stack) =>
    replace(stack, "lockstep:carries: [chat-upgrade]", "lockstep:carries: [chat-upgrade, second]"),
  );
  expect(told([...promotion.edits, second, ...stacks])).toEqual([]);
});
