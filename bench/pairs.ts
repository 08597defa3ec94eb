import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";

/** Files of a project by their path. */
export type Entries = Record<string, string>;

type Tier = "staging" | "production";
type Data = Record<string, unknown>;

/** One way to break a pair, in its two stack files alone: Pulumi.yaml is every pair's. */
export interface Breakage {
  name: string;
  /** The rules that refuse it, of those that are written in Rego too; none where an exception covers it. */
  rules: readonly string[];
  edit(files: PairFiles): PairFiles;
}

/** The text of a pair's two stack files, the values that Pulumi.yaml gives to both, and the day (UTC). */
export interface PairFiles extends Record<Tier, string> {
  shared: Readonly<Record<string, Data>>;
  today: string;
}

const root = join(__dirname, "..");
const projectFile = "Pulumi.yaml";

/** The shipped pair's own files. */
export function shippedEntries(): Entries {
  const below = (folder: string): string[] =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
          const path = `${folder}/${entry.name}`;
          return entry.isDirectory() ? below(path) : [path];
        })
      : [];
  const own = [projectFile, "Pulumi.staging.yaml", "Pulumi.production.yaml", "policies/config.json"];
  const paths = [...own, ...["prompts", "tools", "retrieval", "releases"].flatMap(below)];
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

/** Every sort of breakage, each one edit away from the shipped pair. */
export const breakages: readonly Breakage[] = [
  {
    name: "budget equal",
    rules: ["limits-stricter"],
    edit: inText("staging", "monthlyUsd: 2000\n", "monthlyUsd: 20000\n"),
  },
  {
    name: "team limit above production's",
    rules: ["limits-stricter"],
    edit: inText("production", "requestsPerMinute: 200\n", "requestsPerMinute: 19\n"),
  },
  {
    name: "team without a limit in staging",
    rules: ["limits-stricter"],
    edit: inText("staging", "      triage:\n", "      sorting:\n"),
  },
  {
    name: "staging samples no more than production",
    rules: ["limits-stricter"],
    edit: inText("staging", "samplingRatio: 0.2\n", "samplingRatio: 0.05\n"),
  },
  {
    name: "model alias in staging",
    rules: ["behaviour-mirrored", "models-pinned"],
    edit: override(["staging"], "models", (models) => setIn(models, "chat-large.modelId", "gpt-5.4")),
  },
  {
    name: "moving model id in both",
    rules: ["models-pinned"],
    edit: override(["staging", "production"], "models", (models) =>
      setIn(models, "chat-fast.modelId", "claude-3-5-sonnet-latest"),
    ),
  },
  {
    name: "output limit overridden in production",
    rules: ["behaviour-mirrored"],
    edit: override(["production"], "models", (models) => setIn(models, "chat-small.maxOutputTokens", 500)),
  },
  {
    name: "retries overridden in staging",
    rules: ["routing-mirrored"],
    edit: override(["staging"], "routes", (routes) => setIn(routes, "support-chat.retries.rateLimit", 1)),
  },
  {
    name: "back-off overridden in staging",
    rules: ["routing-mirrored"],
    edit: override(["staging"], "gateway", (gateway) => setIn(gateway, "backoff.initialSeconds", 0.1)),
  },
  {
    name: "shared secret",
    rules: ["credentials-separate"],
    edit: inText("staging", "lockstep/staging/openai\n", "lockstep/production/openai\n"),
  },
  {
    name: "shared provider account",
    rules: ["credentials-separate"],
    edit: inText("staging", "wrkspc_example_staging\n", "wrkspc_example_production\n"),
  },
  {
    name: "shared key",
    rules: ["environments-separate"],
    edit: inText("staging", "kmsAlias: alias/lockstep/staging\n", "kmsAlias: alias/lockstep/production\n"),
  },
  {
    name: "time-out missing in both",
    rules: ["timeouts-explicit"],
    edit: override(["staging", "production"], "routes", (routes) =>
      setIn(routes, "ticket-triage.streamTimeoutSeconds", undefined),
    ),
  },
  {
    name: "breaker missing in both",
    rules: ["breaker-configured"],
    edit: override(["staging", "production"], "routes", (routes) =>
      setIn(routes, "economy-chat.breaker", undefined),
    ),
  },
  {
    name: "regions narrowed in both",
    rules: ["residency-kept"],
    edit: override(["staging", "production"], "residency", () => ({
      regions: ["us-east-1", "us-east-2", "us-west-2"],
    })),
  },
  {
    name: "expired exception",
    rules: ["limits-stricter", "exceptions-accountable"],
    edit: (files) => excepted(files, -40, -10),
  },
  {
    name: "exception in force",
    rules: [],
    edit: (files) => excepted(files, -10, 20),
  },
];

export interface PairsProject {
  entries: Entries;
  /** The sort of breakage by the name of production's stack; the others are as shipped. */
  broken: ReadonlyMap<string, Breakage>;
}

export interface PairsOptions {
  /** Every how-manieth pair is broken, by one sort after the other; 0 for none. Default: 2. */
  brokenEvery?: number;
  /** The day (YYYY-MM-DD, UTC) that the dates of exceptions are counted from. */
  today: string;
}

/** A project of pairs, `staging-1` and `production-1` up to `count`, the same for the same arguments. */
export function pairsProject(
  shipped: Entries,
  count: number,
  { brokenEvery = 2, today }: PairsOptions,
): PairsProject {
  const { "Pulumi.staging.yaml": staging, "Pulumi.production.yaml": production, ...entries } = shipped;
  if (staging === undefined || production === undefined) throw new Error("A stack file is missing.");
  const shared = sharedValues(entries[projectFile] ?? "");
  // Each sort once: editing a thousand pairs takes longer than judging them.
  const edited = new Map(breakages.map((one) => [one, one.edit({ staging, production, shared, today })]));
  const broken = new Map<string, Breakage>();
  for (let index = 1; index <= count; index++) {
    const isBroken = brokenEvery > 0 && index % brokenEvery === 0;
    const breakage = isBroken ? breakages[(index / brokenEvery - 1) % breakages.length] : undefined;
    if (breakage !== undefined) broken.set(`production-${index}`, breakage);
    const files = (breakage && edited.get(breakage)) ?? { staging, production };
    entries[`Pulumi.staging-${index}.yaml`] = numbered(files.staging, index);
    entries[`Pulumi.production-${index}.yaml`] = numbered(files.production, index);
  }
  return { entries, broken };
}

/**
 * The shipped pair with as many routes: its own three under further aliases, each triage and chat falling back
 * to the economy route of its group. One line a route and short texts, so that 6,000 fit into the 4 MiB that a
 * file may have.
 */
export function routesProject(shipped: Entries, count: number): Entries {
  const text = shipped[projectFile] ?? "";
  const own = sharedValues(text).routes;
  const aliases = ["economy-chat", "support-chat", "ticket-triage"];
  const lines = Array.from({ length: count }, (_, index) => {
    const alias = aliases[index % aliases.length] as string;
    const group = Math.floor(index / aliases.length) + 1;
    const route = own?.[alias] as { fallbacks: string[]; breaker: Data };
    const copy = {
      ...route,
      description: "A copy",
      fallbacks: route.fallbacks.map((other) => `${other}-${group}`),
      breaker: { ...route.breaker, answer: "Sorry" },
    };
    return `      ${alias}-${group}: ${flow(copy)}\n`;
  });
  const [before, rest = ""] = text.split("  lockstep:routes:\n    value:\n");
  const after = rest.slice(rest.search(/^ {2}\S/m));
  return {
    ...shipped,
    [projectFile]: `${before}  lockstep:routes:\n    value:\n${lines.join("")}\n${after}`,
  };
}

/** A value on one line of YAML, with as little space as there can be. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(",")}]`;
  if (typeof value !== "object" || value === null)
    return typeof value === "string" && /^[A-Za-z][\w /.-]*$/.test(value) ? value : JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${key}: ${flow(inner)}`)
    .join(",")}}`;
}

/** Writes files below a folder. */
export function writeEntries(folder: string, entries: Entries): void {
  for (const [path, text] of Object.entries(entries)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function sharedValues(project: string): Record<string, Data> {
  const { config } = parse(project) as { config: Record<string, { value: Data }> };
  return Object.fromEntries(
    Object.entries(config).map(([key, { value }]) => [key.slice("lockstep:".length), value]),
  );
}

/** Only the stack's own name and its counterpart's are another's: no rule looks at two pairs. */
function numbered(text: string, index: number): string {
  return text.replace(/^( {4}(?:name|counterpart): (?:staging|production))$/gm, `$1-${index}`);
}

function inText(tier: Tier, from: string, to: string): Breakage["edit"] {
  return (files) => {
    const parts = files[tier].split(from);
    if (parts.length !== 2)
      throw new Error(`${JSON.stringify(from)} stands ${parts.length - 1} times in ${tier}'s file.`);
    return { ...files, [tier]: parts.join(to) };
  };
}

/** Lets stacks write a key of Pulumi.yaml themselves, with one value changed. */
function override(tiers: readonly Tier[], key: string, edit: (value: Data) => Data): Breakage["edit"] {
  return (files) => {
    const value = files.shared[key];
    if (value === undefined) throw new Error(`Pulumi.yaml has no lockstep:${key}.`);
    const edited = { ...files };
    for (const tier of tiers) edited[tier] = withKey(edited[tier], key, edit(value));
    return edited;
  };
}

/** An exception for a budget that is equal, from and to so many days from today. */
function excepted(files: PairFiles, from: number, to: number): PairFiles {
  const date = (days: number) =>
    new Date(Date.parse(files.today) + days * 86_400_000).toISOString().slice(0, 10);
  const equal = inText("staging", "monthlyUsd: 2000\n", "monthlyUsd: 20000\n")(files);
  const exception = {
    rule: "limits-stricter",
    path: "limits.monthlyUsd",
    reason: "The load test of the season needs the larger budget.",
    owner: "Ada Example",
    approver: "Grace Example",
    ticket: "OPS-1",
    created: date(from),
    expires: date(to),
    compensatingControl: "The spend is looked at every morning.",
  };
  return { ...equal, staging: withKey(equal.staging, "exceptions", [exception]) };
}

function withKey(text: string, key: string, value: unknown): string {
  const block = yaml({ [`lockstep:${key}`]: value }).replace(/^(?=.)/gm, "  ");
  return `${text.trimEnd()}\n\n${block}`;
}

// Dates quoted, as the project's reader wants them, and no aliases, which it refuses.
const yaml = (value: unknown) =>
  stringify(value, { aliasDuplicateObjects: false, lineWidth: 0, schema: "yaml-1.1" });

/** A copy with the value at a dotted path replaced, or removed where it is undefined. */
function setIn(data: Data, path: string, value: unknown): Data {
  const [key = "", ...rest] = path.split(".");
  if (rest.length > 0) return { ...data, [key]: setIn(data[key] as Data, rest.join("."), value) };
  const { [key]: _, ...others } = data;
  return value === undefined ? others : { ...data, [key]: value };
}
