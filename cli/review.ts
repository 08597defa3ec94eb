import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type ProjectFiles, projectFiles } from "../config/files";
import { findPairs } from "../config/stacks";
import { projectRuleset } from "../policies/ruleset";
import { reviewMarkdown } from "../review/markdown";
import { passes, type Review, reviewPair } from "../review/review";
import { reviewText } from "../review/reviewText";
import { reviewSarif } from "../review/sarif";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";
import { findProject } from "./project";
import { orUsage } from "./release";
import { gitFiles } from "./releaseGit";

export interface ReviewCommandOptions {
  cwd: string;
  base: string;
  head?: string;
  stack?: string;
  format: "terminal" | "markdown" | "json" | "sarif";
  output?: string;
  linkBase?: string;
}

/** `lockstep review`: what a change of the files does to each pair; without the Pulumi SDK, credentials or network. */
export function review(
  options: ReviewCommandOptions,
  { out, style }: Output,
  now: Date,
  version: string,
): number {
  const root = findProject(options.cwd);
  const head = options.head === undefined ? projectFiles(root) : gitFiles(root, options.head);
  const base = gitFiles(root, options.base);
  const ruleset = orUsage(() => projectRuleset(head));
  const stacks = options.stack === undefined ? findPairs(head) : [options.stack];
  if (stacks.length === 0)
    throw new UsageError(`The project in ${root} has no stack file (Pulumi.<stack>.yaml).`);
  const before = hasProject(base) ? base : undefined;
  const baseRuleset = before === undefined ? ruleset : orUsage(() => projectRuleset(before));
  const reviews = stacks.map((stack) => reviewPair({ base: before, head, stack, ruleset, baseRuleset, now }));
  const text = {
    terminal: () => reviews.map((one) => reviewText(one, ruleset.rules, style)).join("\n"),
    markdown: () => reviewMarkdown(reviews, linksTo(options.linkBase)),
    json: () => `${JSON.stringify({ version: 1, passed: reviews.every(passes), reviews }, null, 2)}\n`,
    sarif: () => `${JSON.stringify(reviewSarif(reviews, ruleset.rules, version), null, 2)}\n`,
  }[options.format]();
  if (options.output === undefined) out(text);
  else write(resolve(options.output), text);
  return reviews.every((one: Review) => passes(one)) ? exit.clean : exit.findings;
}

const hasProject = (files: ProjectFiles) => files.read("Pulumi.yaml").found;

function linksTo(linkBase: string | undefined) {
  if (linkBase === undefined) return undefined;
  const start = linkBase.replace(/\/+$/, "");
  return ({ file, line }: { file: string; line: number }) =>
    `${start}/${file.split("/").map(encodeURIComponent).join("/")}#L${line}`;
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch {
    throw new UsageError(`${path} cannot be written.`);
  }
}
