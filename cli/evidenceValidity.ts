import type { Stack } from "../config/stack";
import { validatorOf } from "../measure/schema";
import { Tally, validityResults } from "../measure/validity/results";
import { type AnswerRule, causeOf, RulesError, readRules } from "../measure/validity/rules";
import { type AddingOptions, addMeasured, checkAdding } from "./addMeasured";
import { readInput } from "./evidenceAdd";
import { exit } from "./exit";
import { type LogOptions, loggedNote, rangeOf, readLogged, unreadReason } from "./logged";
import { judged, measuredText, providersOf } from "./measuredText";
import { orSchema } from "./measuring";
import { refusing } from "./orUsage";
import type { Output } from "./output";
import { pairOf } from "./pairAhead";
import { findProject } from "./project";

export interface ValidityOptions extends AddingOptions, LogOptions {
  log: string;
  productionLog: string;
  rules?: string;
  stack?: string;
  providers: string;
  json: boolean;
}

/** `lockstep evidence validity`: silent failures in staging's log, against production's own rate. */
export async function evidenceValidity(
  options: ValidityOptions,
  output: Output,
  version: string,
  now: Date,
): Promise<number> {
  const root = findProject(options.cwd);
  checkAdding(root, options);
  const providers = providersOf(options.providers);
  const { staging, production } = pairOf(root, options.stack, "Its answers cannot be judged");
  const rules = rulesOf(options, Object.keys(staging.config.routes));
  const range = rangeOf(options, now);
  const tallyOf = async (folder: string, stack: Stack) => {
    const tally = new Tally();
    const validators = validatorsOf(stack);
    const { behaviourHash } = stack;
    const logged = await readLogged({ cwd: options.cwd, folder, range, behaviourHash }, output, (request) => {
      if (!request.success) return;
      if (request.answer === undefined) tally.unknown++;
      else tally.add(request.route, causeOf(request.route, request.answer, validators, rules));
    });
    return { tally, logged };
  };
  const ours = await tallyOf(options.log, staging);
  const theirs = await tallyOf(options.productionLog, production);
  const found = validityResults(ours.tally, theirs.tally, [
    loggedNote("staging", ours.logged),
    loggedNote("production", theirs.logged),
    `${rules.length} rules of the team's own beside the routes' schemas.`,
  ]);
  found.inconclusive.push(...unreadReason(ours.logged), ...unreadReason(theirs.logged));
  const gateway = {
    environment: "staging" as const,
    stack: staging.name,
    gateway: { before: staging.behaviourHash, after: staging.behaviourHash },
    providers,
    tool: {
      name: "lockstep evidence validity",
      version,
      command: `lockstep evidence validity (${range.days} days of both logs)`,
    },
    started: ours.logged.first,
    ended: ours.logged.last,
  };
  const written = addMeasured(root, options, "validity", gateway, found);
  const { passed } = judged("validity", production.config, found);
  output.out(
    measuredText("validity", production.config, found, { written, json: options.json, style: output.style }),
  );
  return passed ? exit.clean : exit.findings;
}

/** Compiled once a route. */
export function validatorsOf(stack: Stack) {
  const compiled = orSchema(
    () =>
      new Map(Object.keys(stack.config.routes).map((route) => [route, validatorOf(stack, route)] as const)),
  );
  return (route: string) => compiled.get(route);
}

export function rulesOf(
  { cwd, rules }: Pick<ValidityOptions, "cwd" | "rules">,
  routes: readonly string[],
): AnswerRule[] {
  if (rules === undefined) return [];
  const text = Buffer.from(readInput(cwd, rules)).toString("utf8");
  return refusing(RulesError)(() => readRules(text, rules, routes));
}
