import { SaxesParser } from "saxes";
import { refuse } from "./problem";
import { runOfRecord } from "./record";
import type { Run } from "./run";

const remedy = "Write it anew with the test runner's JUnit reporter.";
const prefix = "lockstep.";

interface Open {
  at: string;
  attributes: Record<string, string>;
  properties: Map<string, string>;
  outcome?: "failure" | "error" | "skipped";
}

/**
 * JUnit XML: every `testcase` is a run. `failure` scores 0; `error` and `skipped` failed. What JUnit has no word for
 * stands in properties "lockstep.…" of the case or of a suite around it.
 */
export function readJunit(text: string, file: string): Run[] {
  const runs: Run[] = [];
  const open: { name: string; element: Open }[] = [];
  const parser = new SaxesParser({ fileName: "" });
  const stop = (found: string, allowed: string): never =>
    refuse({ file, at: `line ${parser.line}`, found, allowed, remedy });
  parser.on("doctype", () =>
    // Its own entities are how a small file becomes a large one, or reads another.
    stop("a document type declaration", "none"),
  );
  parser.on("error", () => stop("no well-formed XML", "well-formed XML"));
  parser.on("opentag", ({ name, attributes }) => {
    const here = attributes as Record<string, string>;
    const within = open.at(-1);
    if (open.length === 0 && name !== "testsuites" && name !== "testsuite")
      stop("another document", "testsuites or testsuite");
    if (within?.name === "testcase" && (name === "failure" || name === "error" || name === "skipped"))
      within.element.outcome = worst(within.element.outcome, name);
    const owner = open.at(-2);
    if (name === "property" && within?.name === "properties" && owner !== undefined)
      take(owner.element, here, stop);
    if (name === "testcase" && within?.name !== "testsuite") stop("a testcase", "testcase inside testsuite");
    if (open.length > 100) stop("more than 100 elements inside each other", "at most 100");
    open.push({ name, element: { at: `line ${parser.line}`, attributes: here, properties: new Map() } });
  });
  parser.on("closetag", () => {
    const closed = open.pop();
    if (closed?.name !== "testcase") return;
    const suites = open.filter(({ name }) => name === "testsuite").map(({ element }) => element);
    runs.push(runOf(closed.element, suites, file));
  });
  parser.write(text).close();
  if (runs.length === 0)
    refuse({ file, at: "the file", found: "no testcase", allowed: "at least one", remedy });
  return runs;
}

const severity = { failure: 0, skipped: 1, error: 2 };
const worst = (one: Open["outcome"], other: NonNullable<Open["outcome"]>) =>
  one !== undefined && severity[one] >= severity[other] ? one : other;

function take(
  { properties }: Open,
  { name = "", value }: Record<string, string>,
  stop: (found: string, allowed: string) => never,
): void {
  if (!name.startsWith(prefix)) return;
  const key = name.slice(prefix.length);
  if (!Object.hasOwn(fields, key))
    stop(
      "another property",
      Object.keys(fields)
        .map((one) => prefix + one)
        .join(", "),
    );
  if (value === undefined) stop(`${prefix}${key} without a value`, "an attribute value");
  if (properties.has(key)) stop(`${prefix}${key} a second time`, "every property once");
  properties.set(key, value ?? "");
}

type Read = (text: string) => unknown;
const list: Read = (text) => text.split(",").map((item) => item.trim());
/** As JSON writes numbers: no "0x10", no empty text that is 0. */
const number: Read = (text) => (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : text);
const flag: Read = (text) => (text === "true" ? true : text === "false" ? false : text);
const same: Read = (text) => text;

/** What a property "lockstep.…" may say, and how its text is read. */
export const fields: Readonly<Record<string, Read>> = {
  case: same,
  target: same,
  repeat: number,
  score: number,
  latency_seconds: number,
  usd: number,
  prompt: same,
  output: same,
  answered_by: same,
  prompt_tokens: number,
  completion_tokens: number,
  kinds: list,
  tools: list,
  team: same,
  core: flag,
};

function runOf({ at, attributes, properties, outcome }: Open, suites: readonly Open[], file: string): Run {
  const inherited = suites.map((suite) => [...suite.properties]);
  const own = new Map([...inherited.flat(), ...properties]);
  const { prompt_tokens, completion_tokens, ...given } = Object.fromEntries(
    [...own].map(([key, value]) => [key, fields[key]?.(value)]),
  );
  const used = prompt_tokens !== undefined || completion_tokens !== undefined;
  const { name = "", classname, time } = attributes;
  return runOfRecord(
    {
      case: classname === undefined ? name : `${classname}.${name}`,
      target: suites.at(-1)?.attributes.name ?? classname,
      // A test's own time: with its assertions, so never shorter than the request.
      ...(time === undefined ? {} : { latency_seconds: number(time) }),
      ...given,
      pass: outcome === undefined,
      // A failed assertion is no score of its own but 0.
      ...(outcome === "failure" && given.score === undefined ? { score: 0 } : {}),
      ...(outcome === "error" || outcome === "skipped" ? { error: outcome } : {}),
      ...(used ? { usage: { prompt_tokens, completion_tokens } } : {}),
    },
    file,
    at,
  );
}

export const looksLikeXml = (text: string): boolean => /^\s*</.test(text);
