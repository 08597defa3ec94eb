import { memoryFiles } from "../../../config/files";
import { loadPair, type Pair } from "../../../config/pair";
import { formatProblem } from "../../../config/problem";
import type { Tier } from "../../../config/schema/environment";
import { evidenceStore } from "../../../lifecycle/evidence";
import { type KindName, kindNames } from "../../../lifecycle/kind";
import type { Finding } from "../../../policies/finding";
import { judge } from "../../../policies/judge";
import { rules } from "../../../policies/registry";
import type { Settings, StackRule } from "../../../policies/rule";
import { closedRelease, type Made, passingResults, statement } from "../../evidence";
import { append, type Edit, type Entries, edited } from "../../shipped";
import { production, staging } from "./judged";

/** When the tests judge, and when the evidence of the open release ended: a day before. */
export const now = "2026-11-21T12:00:00Z";
export const measured = "2026-11-20T12:00:00Z";
/** When the first release was closed, and when its evidence ended. */
export const firstClosed = "2026-11-10T12:00:00Z";
export const firstMeasured = "2026-11-10T11:00:00Z";

export const upgradeFile = "releases/chat-upgrade/release.yaml";

/** The file of an open release, complete; the hash to go back to stands in it. */
export const upgradeText = (backTo: string) => `id: chat-upgrade
owner: Ada Example
created: "2026-11-16"
state: open
changes:
  - path: models.chat-large.maxOutputTokens
    from: 1200
    to: 1600
tokenDelta:
  - route: support-chat
    requestsPerMonth: 300000
    before: { input: 2000, output: 300 }
    after: { input: 2100, output: 330 }
    monthlyUsd: { warm: 169.5, cold: 210 }
hypothesis: Long answers are no longer cut off, so fewer than 1 % of answers fail their validator.
rollback:
  to: ${backTo}
  steps:
    - Take chat-upgrade out of production's list, and run pulumi up.
  rehearsed: "2026-11-18"
signOffs:
  - { name: Grace Example, role: head of support, date: "2026-11-20" }
`;

/** A project about releases, without the evidence. */
export interface Scene {
  edits: readonly Edit[];
  pair: Pair;
  /** The release whose evidence is asked, and when that ended. */
  release: string;
  ended: string;
}

/** The project that some edits make of the shipped one; throws where its pair cannot be read. */
export function scene(release: string, ended: string, edits: readonly Edit[]): Scene {
  const { pair, problems } = loadPair(memoryFiles(edited(...edits)), "production");
  if (!pair) throw new Error(problems.map(formatProblem).join("\n"));
  return { edits, pair, release, ended };
}

/** The shipped project without its own releases. */
const bare: Edit = (entries) =>
  Object.fromEntries(Object.entries(entries).filter(([path]) => !path.startsWith("releases/")));
const file = (path: string, text: string): Edit => append(path, text);
export const carry = (stack: string, ...ids: string[]): Edit =>
  append(stack, `  lockstep:carries: [${ids.join(", ")}]\n`);

/** The behaviour hash of the shipped project, with which the first release was closed. */
export const firstHash = scene("", "", [bare]).pair.production.behaviourHash;

/** In steady state: production is what the first release was closed with. */
export const steady = scene("initial", firstMeasured, [
  bare,
  file("releases/initial/release.yaml", closedRelease("initial", firstClosed, firstHash)),
]);

/** The first release, open: production carries it, and no other was closed. */
export const first = scene("initial", measured, [
  bare,
  file(
    "releases/initial/release.yaml",
    `id: initial
owner: Ada Example
created: "2026-11-01"
state: open
changes: []
hypothesis: Support answers tickets in a minute, as the median of the dashboard shows.
signOffs:
  - { name: Grace Example, role: head of support, date: "2026-11-20" }
`,
  ),
  carry(staging, "initial"),
  carry(production, "initial"),
]);

/** A promotion: both stacks carry an open release, on top of the closed first one. */
export const promoting = (text: string): readonly Edit[] => [
  ...steady.edits,
  file(upgradeFile, text),
  carry(staging, "chat-upgrade"),
  carry(production, "chat-upgrade"),
];
export const promotion = scene("chat-upgrade", measured, promoting(upgradeText(firstHash)));

/** The behaviour hash that production has with the open release. */
export const upgradeHash = promotion.pair.production.behaviourHash;

/** What is to be otherwise in one piece of evidence; undefined where it is missing. */
export type Change = (kind: KindName, made: Made) => Made | undefined;
const unchanged: Change = (_, made) => made;

/** The files of a scene's evidence: passing, unless they are changed. */
export function evidenceOf({ pair, release, ended }: Scene, change = unchanged): Entries {
  const { config, behaviourHash: hash } = pair.production;
  const passing = passingResults(config);
  const files = kindNames.flatMap((kind) => {
    const made = change(kind, { hash, ended, results: passing[kind] });
    return made === undefined ? [] : [statement(release, kind, made)];
  });
  return Object.assign({}, ...files);
}

/** The edits that make a whole project of a scene. */
export const whole = (of: Scene, change?: Change): Edit[] => [
  ...of.edits,
  (entries) => ({ ...entries, ...evidenceOf(of, change) }),
];

interface Asked {
  of?: Scene;
  settings?: Settings;
  /** Settings of `production-proven`. */
  trust?: Settings;
  now?: string;
  tier?: Tier;
  /** Further files of the project. */
  files?: Entries;
}

/** What a rule says about a scene: about an update of production that carries the open release. */
export function asked(
  rule: StackRule,
  change?: Change,
  { of = promotion, settings = {}, trust = {}, now: at = now, tier = "production", files = {} }: Asked = {},
): Finding[] {
  const evidence = evidenceStore(memoryFiles({ ...evidenceOf(of, change), ...files }));
  const ruleset = { rules, settings: (name: string) => (name === "production-proven" ? trust : {}) };
  return judge(rule, { pair: of.pair, evidence, tier }, new Date(at), settings, ruleset);
}

/** Evidence of the kinds that are named, and no other, changed. */
export const only =
  (name: KindName, change: (made: Made) => Made | undefined): Change =>
  (kind, made) =>
    kind === name ? change(made) : made;

/** Other fields of the predicate, in one kind of evidence. */
export const predicate = (kind: KindName, fields: Record<string, unknown>): Change =>
  only(kind, (made) => ({ ...made, predicate: { ...made.predicate, ...fields } }));

/** Other values in the results of one kind of evidence, by their paths. */
export const results = (kind: KindName, values: Readonly<Record<string, unknown>>): Change =>
  only(kind, (made) => ({
    ...made,
    results: Object.entries(values).reduce(
      (all, [path, value]) => put(all, path.split("."), value) as Record<string, unknown>,
      made.results,
    ),
  }));

function put(data: unknown, [step = "", ...rest]: readonly string[], value: unknown): unknown {
  if (typeof data !== "object" || data === null || !Object.hasOwn(data, step))
    throw new Error(`There is no ${step} in ${JSON.stringify(data)}.`);
  const inner = (data as Record<string, unknown>)[step];
  const next = rest.length === 0 ? value : put(inner, rest, value);
  if (Array.isArray(data)) return data.with(Number(step), next);
  return { ...data, [step]: next };
}

/** The file of one kind of a scene's evidence. */
export const evidenceFile = (kind: KindName, { pair, release, ended }: Scene = promotion) =>
  `releases/${release}/evidence/${kind}-${ended.replace(/[-:]/g, "")}-${pair.production.behaviourHash.slice(0, 12)}.intoto.json`;

/** An exception in production's file. */
export const except = (rule: string, path: string): Edit =>
  append(
    production,
    `  lockstep:exceptions:
    - rule: ${rule}
      path: ${JSON.stringify(path)}
      reason: The measurement is repeated next week, with more cases.
      owner: Ada Example
      approver: Grace Example
      ticket: OPS-1
      created: "2026-11-20"
      expires: "2026-12-20"
      compensatingControl: Support reads a sample of the answers every day.
`,
  );

/** A time so many milliseconds before another one. */
export const earlier = (time: string, milliseconds: number): string =>
  new Date(Date.parse(time) - milliseconds).toISOString();

export const day = 86_400_000;
