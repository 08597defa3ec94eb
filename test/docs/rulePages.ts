import { parse, stringify } from "yaml";
import { z } from "zod";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { formatProblem } from "../../config/problem";
import { evidenceStore } from "../../lifecycle/evidence";
import { type Finding, formatFinding } from "../../policies/finding";
import { finding, judgeAll } from "../../policies/judge";
import { rules } from "../../policies/registry";
import { resourceRules } from "../../policies/resourceRules";
import type { ResourceContext, ResourceView } from "../../policies/rule";
import { problemFindings } from "../../policies/stack/config-valid";
import { plainProps } from "../../policies/view";
import type { Registered } from "../components/mocks";
import { shippedEnvironment } from "../components/shippedEnvironment";
import { proven } from "../evidence";
import { evidenceOf, firstHash, promotion, steady, whole } from "../policies/stack/releases";
import { type Edit, type Entries, edited } from "../shipped";

/** The day on which the examples are judged; exceptions on the pages are in force on it. */
const now = new Date("2026-11-21T12:00:00Z");

/** The text of a page's sections by their titles, in order. */
export function sectionsOf(page: string): Map<string, string> {
  const [, ...parts] = page.split(/^## /m);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf("\n");
      return [part.slice(0, end), part.slice(end + 1).trim()];
    }),
  );
}

/** The contents of a section's fenced blocks of one kind: "diff", "json resource", "text", "yaml". */
export function blocks(section: string, kind: string): string[] {
  return [...section.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, info, text = ""]) =>
    info === kind ? [text] : [],
  );
}

/** The types of the resources that the example of a section has or edits; none for one over the pair's files. */
export function exampleTypes(section: string): string[] {
  const edited = blocks(section, "diff").flatMap(hunksOf);
  return [
    ...edited.flatMap(({ target }) => (target.includes(" ") ? target.split(" ").slice(0, 1) : [])),
    ...blocks(section, "json resource")
      .flatMap(resourcesOf)
      .map(({ type }) => type),
  ];
}

/** What all rules say about the example of a section, with the exceptions of another section in the stack's file. */
export async function judged(section: string, exceptions = ""): Promise<Finding[]> {
  const diffs = blocks(section, "diff");
  const releases = blocks(section, "diff release");
  const resources = blocks(section, "json resource");
  const [text = "", ...others] = [...diffs, ...releases, ...resources];
  if (text === "" || others.length > 0)
    throw new Error(`One example was expected, and there are ${text === "" ? 0 : others.length + 1}.`);
  if (resources.length === 1) return onResources(resourcesOf(text), exceptions);
  const hunks = hunksOf(text);
  if (releases.length === 1) return onRelease(hunks, exceptions);
  const isResource = hunks.some(({ target }) => target.includes(" "));
  return isResource ? onEnvironment(hunks, exceptions) : onPair(hunks, exceptions);
}

/** A finding as a page shows it: as it is printed, but for its place, which moves with the file. */
export function shownFinding({ at: _, ...one }: Finding): string {
  return formatFinding(one);
}

/** Lines of one target, of which those in `from` stand there once, in this order, and become `to`. */
interface Hunk {
  target: string;
  from: string[];
  to: string[];
}

/**
 * A target is a file of the project, with `*` for the part of its name that changes, or type and name of a resource
 * of the shipped staging environment, whose properties are then edited as YAML. A line that begins with neither
 * `-`, `+` nor a space begins a hunk.
 */
function hunksOf(diff: string): Hunk[] {
  const hunks: Hunk[] = [];
  for (const line of diff.trimEnd().split("\n")) {
    const mark = line[0] ?? "";
    const last = hunks.at(-1);
    if (!"-+ ".includes(mark)) hunks.push({ target: line, from: [], to: [] });
    else if (last === undefined) throw new Error("A diff begins with what it is about.");
    else {
      if (mark !== "+") last.from.push(line.slice(1));
      if (mark !== "-") last.to.push(line.slice(1));
    }
  }
  return hunks;
}

/** A hunk that only adds is for the end of the text. */
function applied(text: string | undefined, { target, from, to }: Hunk): string {
  if (text === undefined) throw new Error(`There is no ${target}.`);
  if (from.join("\n") === to.join("\n")) throw new Error(`Nothing is changed in ${target}.`);
  if (from.length === 0) return `${text}${to.join("\n")}\n`;
  const lines = text.split("\n");
  const places = lines.flatMap((_, start) =>
    from.every((line, index) => lines[start + index] === line) ? [start] : [],
  );
  const [place] = places;
  if (place === undefined || places.length > 1)
    throw new Error(`${JSON.stringify(from.join("\n"))} stands ${places.length} times in ${target}.`);
  lines.splice(place, from.length, ...to);
  return lines.join("\n");
}

/** The one file that a target names. */
function fileOf(entries: Entries, target: string): string {
  const [start = "", end] = target.split("*");
  if (end === undefined) return target;
  const files = Object.keys(entries).filter((file) => file.startsWith(start) && file.endsWith(end));
  if (files.length !== 1) throw new Error(`${target} is ${files.length} files.`);
  return files[0] ?? "";
}

function pairOf(entries: Entries) {
  const files = memoryFiles(entries);
  const { pair, problems } = loadPair(files, "staging");
  return { judged: pair && { pair, evidence: evidenceStore(files), tier: "production" as const }, problems };
}

/** The shipped pair's files after some edits, with the exceptions of a page in staging's file. */
function withExceptions(exceptions: string, ...edits: Edit[]): Entries {
  return edited(...edits, (entries) => {
    const file = "Pulumi.staging.yaml";
    const own = blocks(exceptions, "yaml").map((yaml) => {
      if (!yaml.startsWith("config:\n  lockstep:exceptions:\n"))
        throw new Error("The entry stands under config and lockstep:exceptions.");
      return yaml.replace("config:\n", "");
    });
    return { ...entries, [file]: `${entries[file]}${own.join("")}` };
  });
}

function withHunks(before: Entries, hunks: readonly Hunk[]): Entries {
  const entries = { ...before };
  for (const hunk of hunks) {
    const file = fileOf(entries, hunk.target);
    entries[file] = applied(entries[file], hunk);
  }
  return entries;
}

/** Whatever the edited pair is, a closed release has proven it. */
function onPair(hunks: readonly Hunk[], exceptions: string): Finding[] {
  const { judged: subject, problems } = pairOf(proven(withHunks(withExceptions(exceptions), hunks)));
  return subject === undefined ? problemFindings(problems) : judgeAll(subject, now);
}

/**
 * The project in which both stacks carry the measured release `chat-upgrade` on top of the closed `initial`; nothing
 * is proven again after the edit. Behaviour hashes change whenever the shipped project does, so a page shows
 * made-up ones for production's and for that of `initial`.
 */
function onRelease(hunks: readonly Hunk[], exceptions: string): Finding[] {
  const base = withExceptions(exceptions, ...whole(promotion), (entries) => ({
    ...entries,
    ...evidenceOf(steady),
  }));
  const entries = withHunks(base, hunks);
  const { judged: plain, problems } = pairOf(entries);
  if (plain === undefined) return problemFindings(problems);
  const hashes = [
    [plain.pair.production.behaviourHash.slice(0, 12), "0123456789ab"],
    [firstHash.slice(0, 12), "ba9876543210"],
  ] as const;
  const file = "Pulumi.staging.yaml";
  const own = hashes.reduce((text, [hash, shown]) => text.replaceAll(shown, hash), entries[file] ?? "");
  const { judged: subject } = pairOf({ ...entries, [file]: own });
  const found = JSON.stringify(subject === undefined ? [] : judgeAll(subject, now));
  return JSON.parse(hashes.reduce((text, [hash, shown]) => text.replaceAll(hash, shown), found));
}

/** Hunks on files are applied to the pair that the environment's resources are judged with. */
async function onEnvironment(hunks: readonly Hunk[], exceptions: string): Promise<Finding[]> {
  const all = new Map((await environment()).map((one) => [`${one.type} ${one.name}`, one]));
  const changed = new Set<string>();
  const isFile = ({ target }: Hunk) => !target.includes(" ");
  for (const hunk of hunks.filter((one) => !isFile(one))) {
    const view = all.get(hunk.target);
    if (view === undefined) throw new Error(`The shipped environment has no ${hunk.target}.`);
    const yaml = stringify(view.props, { lineWidth: 0, aliasDuplicateObjects: false });
    const text = applied(yaml, hunk);
    all.set(hunk.target, { ...view, props: parse(text) });
    changed.add(hunk.target);
  }
  const views = [...all].flatMap(([key, one]) => (changed.has(key) ? [one] : []));
  const entries = withHunks(withExceptions(exceptions), hunks.filter(isFile));
  return judgedResources(views, [...all.values()], entries);
}

async function onResources(added: readonly ResourceView[], exceptions: string): Promise<Finding[]> {
  return judgedResources(added, [...(await environment()), ...added], withExceptions(exceptions));
}

/** The pair, each resource of `own` by itself, and all of them by the rules over all. */
function judgedResources(
  own: readonly ResourceView[],
  all: readonly ResourceView[],
  entries: Entries,
): Finding[] {
  const { judged: subject, problems } = pairOf(proven(entries));
  if (subject === undefined) throw new Error(problems.map(formatProblem).join("\n"));
  const { pair } = subject;
  const context: ResourceContext = { pair, stack: "staging", rules, now };
  const { exceptions } = pair.staging.config;
  const onPair = judgeAll(subject, now);
  const onResources = resourceRules.flatMap((rule) => {
    const reports =
      rule.kind === "completeness"
        ? rule.check(all, context)
        : own
            .filter(({ type }) => rule.types === "any" || rule.types.includes(type))
            .flatMap((one) => rule.check(one, context));
    return reports.map((report) => finding(rule, report, exceptions, now));
  });
  return [...onPair, ...onResources];
}

const resourceSchema = z.strictObject({
  type: z.string(),
  name: z.string(),
  props: z.record(z.string(), z.unknown()),
  /** The provider that manages it, where that is what the example is about. */
  provider: z.strictObject({ type: z.string(), name: z.string() }).optional(),
});

/** The resources of a JSON example, which has one or a list: they are added to the shipped environment. */
function resourcesOf(json: string): ResourceView[] {
  const data: unknown = JSON.parse(json);
  return z
    .array(resourceSchema)
    .min(1)
    .parse(Array.isArray(data) ? data : [data])
    .map(({ provider, ...one }) => ({
      ...one,
      urn: `urn:pulumi:staging::lockstep::${one.type}::${one.name}`,
      provider: provider && { ...provider, urn: "", props: {} },
      parent: undefined,
      dependsOn: {},
      protect: false,
    }));
}

let made: Promise<ResourceView[]> | undefined;

/** The shipped staging environment, as a pack sees it at the end of an update. */
function environment(): Promise<ResourceView[]> {
  made ??= build();
  return made;
}

async function build(): Promise<ResourceView[]> {
  const { resources } = await shippedEnvironment("staging");
  const ids = resources.flatMap(idsOf);
  return Promise.all(
    resources.map(async (one) => {
      const { type, name, inputs, provider, protect } = one;
      const text = ids.reduce(
        (rest, [mock, real]) => rest.replaceAll(JSON.stringify(mock), JSON.stringify(real)),
        JSON.stringify(await plainProps(inputs)),
      );
      const props: Record<string, unknown> = JSON.parse(text);
      return {
        urn: `urn:pulumi:staging::lockstep::${typesOf(one, resources).join("$")}::${name}`,
        type,
        name,
        props: type === "aws:secretsmanager/secret:Secret" ? { ...props, arn: `arn:mock:${name}` } : props,
        provider: provider === undefined ? undefined : providerOf(type, provider),
        parent: undefined,
        dependsOn: {},
        protect,
      };
    }),
  );
}

/** What the mocks do not know: a bucket's id is its name, and a topic's ARN ends in it. */
function idsOf({ type, name, inputs }: Registered): [mock: string, real: string][] {
  if (type === "aws:s3/bucket:Bucket") return [[`${name}-id`, String(inputs.bucket)]];
  if (type !== "aws:sns/topic:Topic") return [];
  return [[`arn:mock:${name}`, `arn:aws:sns:us-east-1:111122223333:${inputs.name}`]];
}

/** The types of a resource's parents and its own, of which the engine makes its URN. */
function typesOf({ type, parent }: Registered, all: readonly Registered[]): string[] {
  const above = all.find(({ name, custom }) => name === parent && !custom);
  return above === undefined ? [type] : [...typesOf(above, all), type];
}

const providerOf = (type: string, name: string) => ({
  name,
  type: `pulumi:providers:${type.split(":")[0]}`,
  urn: "",
  props: {},
});
