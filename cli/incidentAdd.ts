import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { counted, readable } from "../config/numbers";
import { sentence } from "../config/schema/names";
import type { Stack } from "../config/stack";
import { quote, visible } from "../config/visible";
import { redactor } from "../gateway/redact";
import { type CaseKind, caseKinds } from "../lifecycle/kinds/eval";
import { type Assertion, caseOf, IncidentError, passes } from "../measure/incident/case";
import { withCase } from "../measure/incident/evalSet";
import type { LoggedRequest } from "../measure/log/record";
import { validatorOf } from "../measure/schema";
import { type Ask, confirm, processAsk } from "./confirm";
import { UsageError } from "./exit";
import { type LogOptions, rangeOf, readRequests } from "./logged";
import type { Environment } from "./measuring";
import { orSchema } from "./measuring";
import { refusing } from "./orUsage";
import type { Output } from "./output";
import { pairOf } from "./pairAhead";
import { findProject } from "./project";

export interface IncidentOptions extends LogOptions {
  cwd: string;
  log?: string;
  id: string;
  reason: string;
  to: string;
  route?: string;
  stack?: string;
  expected: string[];
  must: string[];
  mustNot: string[];
  rubric: string[];
  kind: string[];
  core: boolean;
  yes: boolean;
  dryRun: boolean;
}

/** `lockstep incident add`: a logged request becomes a regression case of the eval set, redacted. */
export async function incidentAdd(
  options: IncidentOptions,
  output: Output,
  env: Environment,
  now: Date,
  ask: Ask = processAsk(output),
): Promise<number> {
  const root = findProject(options.cwd);
  const pair = pairOf(root, options.stack, "Its requests cannot be read");
  const stack = options.stack === pair.staging.name ? pair.staging : pair.production;
  const redact = redactor(stack.config);
  const reason = ownText("--reason", options.reason, redact);
  if (!sentence(3, 500).safeParse(reason).success)
    throw new UsageError("--reason has to be one line of 3 to 500 characters.");
  const kinds = kindsOf(options.kind);
  const asserted = assertionsOf(options, redact);
  const { path, before } = setOf(root, options);
  const request = await found(options, env, now, output);
  const { route } = request;
  if (!Object.hasOwn(stack.config.routes, route))
    throw new UsageError(
      `The request was answered by ${quote(route)}, which is no route of ${stack.name}: ${Object.keys(stack.config.routes).join(", ")}.`,
    );
  const schema = orSchema(() => validatorOf(stack, route));
  const assertions: Assertion[] = [
    ...(schema === undefined ? [] : [{ type: "is-json" as const }]),
    ...asserted,
  ];
  if (assertions.length === 0)
    throw new UsageError(
      "Nothing is asserted of a right answer: say it with --expected, --must, --must-not or --rubric.",
    );
  const orRefused = refusing(IncidentError);
  const added = orRefused(() =>
    caseOf({
      request,
      prompt: promptOf(stack, route),
      redact,
      assertions,
      reason,
      kinds,
      core: options.core,
      teams: Object.keys(stack.config.limits.teams),
      day: now.toISOString().slice(0, 10),
    }),
  );
  const after = orRefused(() => withCase(before, path, added));
  const passed = request.answer === undefined ? undefined : passes(request.answer.text, assertions, schema);
  if (passed === true)
    output.err(
      "lockstep: the logged answer satisfies all of these assertions itself: the case would not have shown the incident.\n",
    );
  const { written, code } = await confirm(root, [{ path, before, after }], options, output, ask);
  if (written)
    output.out(
      `Added ${added.metadata.lockstep.case} to ${path}. What has no form, such as names, is not redacted: read it before it is committed.\n`,
    );
  return code;
}

/** The one request with the id. */
async function found(
  options: IncidentOptions,
  env: Environment,
  now: Date,
  output: Output,
): Promise<LoggedRequest> {
  const { cwd, id, route } = options;
  const log = options.log ?? env.LOCKSTEP_REQUEST_LOG;
  if (log === undefined || log === "")
    throw new UsageError("Name the request log with --log, or in LOCKSTEP_REQUEST_LOG.");
  const range = rangeOf(options, now);
  const same: LoggedRequest[] = [];
  let all = 0;
  const unread = await readRequests({ cwd, folder: log, range, id }, output, (request) => {
    all++;
    if (request.id === id && (route === undefined || request.route === route)) same.push(request);
  });
  // One that was copied twice is one request.
  const different = [...new Map(same.map((one) => [`${one.route} ${one.startedAt}`, one])).values()];
  const [first, ...others] = different;
  if (first === undefined) {
    const broken = unread.count === 0 ? "" : `; ${counted(unread.count, "record")} could not be read`;
    throw new UsageError(
      `The log has no chat completion ${quote(id)}${route === undefined ? "" : ` of the route ${quote(route)}`} in that time, among ${readable(all)}${broken}. --from and --until name another.`,
    );
  }
  if (others.length > 0)
    throw new UsageError(
      `The log has ${different.length} requests ${quote(id)}: ${different
        .map((one) => `${visible(one.route)} at ${new Date(one.startedAt * 1000).toISOString()}`)
        .join(", ")}. Choose one with --route, or with --from and --until.`,
    );
  return first;
}

/** The eval set, in the project. */
function setOf(root: string, { cwd, to }: IncidentOptions): { path: string; before: string | undefined } {
  const file = resolve(cwd, to);
  const folder = existsSync(dirname(file)) ? realpathSync(dirname(file)) : dirname(file);
  const path = relative(realpathSync(root), join(folder, basename(file)));
  if (path.startsWith("..") || path === "") throw new UsageError("--to has to be a file in the project.");
  let before: string | undefined;
  try {
    const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    before = existsSync(file) ? utf8.decode(readFileSync(file)) : undefined;
  } catch {
    throw new UsageError(`${quote(to)} cannot be read as UTF-8.`);
  }
  return { path: path.split(sep).join("/"), before };
}

const promptOf = ({ config, contents }: Stack, route: string): string | undefined =>
  contents.get(config.behaviour.prompts[config.routes[route]?.prompt ?? ""]?.file ?? "");

function kindsOf(named: readonly string[]): CaseKind[] {
  const wrong = named.find((one) => !(caseKinds as readonly string[]).includes(one));
  if (wrong !== undefined)
    throw new UsageError(`--kind ${quote(wrong)}: it has to be one of ${caseKinds.join(", ")}.`);
  return [...new Set(named)] as CaseKind[];
}

function assertionsOf(
  { expected, must, mustNot, rubric }: IncidentOptions,
  redact: (text: string) => string,
): Assertion[] {
  const of = (flag: string, type: Assertion["type"], texts: readonly string[]) =>
    texts.map((text) => ({ type, value: ownText(flag, text, redact) }));
  for (const [flag, patterns] of [
    ["--must", must],
    ["--must-not", mustNot],
  ] as const)
    for (const pattern of patterns)
      try {
        new RegExp(pattern);
      } catch {
        throw new UsageError(`${flag} ${quote(pattern)} is no regular expression.`);
      }
  return [
    ...of("--expected", "contains", expected),
    ...of("--must", "regex", must),
    ...of("--must-not", "not-regex", mustNot),
    ...of("--rubric", "llm-rubric", rubric),
  ];
}

/** promptfoo renders what is asserted as a template, and loads files that it names. */
function ownText(flag: string, text: string, redact: (text: string) => string): string {
  if (text.trim() === "" || text.length > 2_000)
    throw new UsageError(`${flag} has to be a text of at most 2,000 characters.`);
  if (/\{[{%#]|^(?:file|package):/.test(text))
    throw new UsageError(`${flag} has "{{", "{%" or "{#" in it, or names a file: promptfoo would read that.`);
  if (redact(text) !== text)
    throw new UsageError(
      `${flag} has something in it that is redacted everywhere else, such as an address or a key: say it without.`,
    );
  return text;
}
