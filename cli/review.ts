import { resolve } from "node:path";
import { projectFiles, snapshot } from "../config/files";
import { findPairs, removedPairs } from "../config/stacks";
import type { Position } from "../config/yaml";
import { DeployedError } from "../lifecycle/deployed";
import { rules } from "../policies/registry";
import { projectRuleset } from "../policies/ruleset";
import { passes, type Review, reviewPair } from "../review/review";
import { exit, UsageError } from "./exit";
import { gitFiles } from "./gitFiles";
import { orUsage, refusing } from "./orUsage";
import type { Output } from "./output";
import { findProject } from "./project";
import type { reviewFormats } from "./reviewFormats";
import { writeReport } from "./writeReport";

export interface ReviewCommandOptions {
  cwd: string;
  base: string;
  head?: string;
  stack?: string;
  format: (typeof reviewFormats)[number];
  output?: string;
  linkBase?: string;
  watch: boolean;
}

/** `lockstep review`: what a change of the files does to each pair; without the Pulumi SDK, credentials or network. */
export async function review(
  options: ReviewCommandOptions,
  output: Output,
  now: () => Date,
  version: string,
): Promise<number> {
  if (!options.watch) return reviewOnce(options, output, now(), version);
  const { watch } = await import("./watch");
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const run = () => reviewOnce(options, output, now(), version);
  return watch(findProject(options.cwd), run, output, stop.signal);
}

async function reviewOnce(
  options: ReviewCommandOptions,
  output: Output,
  now: Date,
  version: string,
): Promise<number> {
  const reviews = await reviewsOf(options, now);
  const text = await formatted(reviews, options, output, now, version);
  if (options.output === undefined) output.out(text);
  else writeReport(resolve(options.output), text);
  return reviews.every(passes) ? exit.clean : exit.findings;
}

/** The review of each pair of the project, or of that of one stack. */
async function reviewsOf({ cwd, base, head, stack }: ReviewCommandOptions, now: Date): Promise<Review[]> {
  const root = findProject(cwd);
  const known = gitFiles(root, base);
  // Whoever fails first is told of; the other one is no defect.
  known.catch(() => undefined);
  const after = head === undefined ? snapshot(projectFiles(root)) : await gitFiles(root, head);
  const found = stack === undefined ? findPairs(after) : [stack].values();
  // The first is read while git is at work.
  const first = found.next();
  const before = await known.then((files) => (files.read("Pulumi.yaml").found ? files : undefined));
  const ruleset = orUsage(() => projectRuleset(after));
  const baseRuleset = before === undefined ? ruleset : orUsage(() => projectRuleset(before));
  const reviews: Review[] = [];
  const add = (name: string) =>
    reviews.push(
      refusing(DeployedError)(() =>
        reviewPair({ base: before, head: after, stack: name, ruleset, baseRuleset, now }),
      ),
    );
  if (!first.done) add(first.value);
  for (const name of found) add(name);
  if (before && stack === undefined) for (const name of removedPairs(before, after)) add(name);
  if (reviews.length === 0)
    throw new UsageError(`The project in ${root} has no stack file (Pulumi.<stack>.yaml).`);
  return reviews;
}

async function formatted(
  reviews: readonly Review[],
  { format, linkBase }: ReviewCommandOptions,
  { style }: Output,
  now: Date,
  version: string,
): Promise<string> {
  const link = linksTo(linkBase);
  switch (format) {
    case "terminal": {
      const { reviewText } = await import("../review/reviewText");
      return reviews.map((one) => reviewText(one, rules, style)).join("\n");
    }
    case "markdown":
      return (await import("../review/markdown")).reviewMarkdown(reviews, link);
    case "html":
      return (await import("../review/html/report")).reviewHtml(reviews, { now, version, link });
    case "json":
      return (await import("../review/report")).reviewJson(reviews);
    case "sarif": {
      const { reviewSarif } = await import("../review/sarif");
      return `${JSON.stringify(reviewSarif(reviews, rules, version), null, 2)}\n`;
    }
  }
}

function linksTo(linkBase: string | undefined): ((at: Position) => string) | undefined {
  if (linkBase === undefined) return undefined;
  const start = linkBase.replace(/\/+$/, "");
  return ({ file, line }) => `${start}/${file.split("/").map(encodeURIComponent).join("/")}#L${line}`;
}
