/**
 * Runs `lockstep review` on what is checked out. Leaves comment.md, review.sarif and, for a pull request, number in
 * a folder, the comment in the job's summary, and the step's outputs. Ends with the exit code of the review.
 *
 * The log gets fixed words only: a line out of a reviewed file could be a workflow command
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).
 *
 * In the environment, where each may be absent: REVIEW_BASE, a commit of the target branch, or REVIEW_TARGET, the
 * one that the event names; REVIEW_STACK; REVIEW_CWD, the folder of Pulumi.yaml; REVIEW_FOLDER, where to write;
 * REVIEW_LINKS, what links to files begin with; REVIEW_PULL_REQUEST, its number.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const { env } = process;
const cli = fileURLToPath(new URL("../../dist/lockstep.js", import.meta.url));
const cwd = resolve(env.REVIEW_CWD || ".");
const folder = env.REVIEW_FOLDER || join(env.RUNNER_TEMP || tmpdir(), "lockstep-review");
const comment = join(folder, "comment.md");
const sarif = join(folder, "review.sarif");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
if (env.REVIEW_PULL_REQUEST) writeFileSync(join(folder, "number"), `${env.REVIEW_PULL_REQUEST}\n`);

const code = reviewed();
if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, readFileSync(comment));
if (env.GITHUB_OUTPUT)
  appendFileSync(
    env.GITHUB_OUTPUT,
    [
      `passed=${code === 0}`,
      `exit-code=${code}`,
      `markdown=${comment}`,
      `sarif=${existsSync(sarif) ? sarif : ""}`,
      "",
    ].join("\n"),
  );
const verdict = ["Nothing blocks.", "Something blocks.", "The change could not be reviewed."][code];
console.log(`${verdict} The review: ${comment}`);
process.exitCode = code;

function reviewed() {
  const head = git("rev-parse", "--verify", "--quiet", "HEAD^{commit}");
  if (head === undefined) return unusable("The working directory is in no git repository with a commit.");
  const base = baseOf(head);
  if (base === undefined)
    return unusable(
      [
        "The commit to compare with is not in the checkout. Give actions/checkout `fetch-depth: 0`, and check the",
        "input `base`.",
      ].join("\n"),
    );
  const prefix = git("rev-parse", "--show-prefix")?.split("/").map(encodeURIComponent).join("/") ?? "";
  const start = linkStart(head);
  const links = start === undefined ? [] : [`--link-base=${start}/${prefix}`];
  const inMarkdown = lockstep(base, head, "markdown", comment, links);
  if (inMarkdown.code === 2) return unusable(inMarkdown.why);
  const inSarif = lockstep(base, head, "sarif", sarif, []);
  if (inSarif.code === 2) return unusable(inSarif.why);
  if (prefix !== "") writeFileSync(sarif, fromRoot(readFileSync(sarif, "utf8"), prefix));
  return Math.max(inMarkdown.code, inSarif.code);
}

/**
 * Where the change left its target. For a pull request GitHub checks out its merge with the target by default, and
 * the first parent of that may be newer than the commit that the event names.
 */
function baseOf(head) {
  const isMerge = /^refs\/pull\/[0-9]+\/merge$/.test(env.GITHUB_REF ?? "") && env.GITHUB_SHA === head;
  const named = env.REVIEW_BASE || (!isMerge && env.REVIEW_TARGET) || "HEAD^1";
  const target = git("rev-parse", "--verify", "--quiet", "--end-of-options", `${named}^{commit}`);
  return target && git("merge-base", target, head);
}

function linkStart(head) {
  const { REVIEW_LINKS: links, GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = env;
  if (links) return links;
  return server && repository ? `${server}/${repository}/blob/${head}` : undefined;
}

/** The review reads both sides as commits, so no symbolic link of the change is followed. It gets no token. */
function lockstep(base, head, format, output, more) {
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      cli,
      `--cwd=${cwd}`,
      "review",
      `--base=${base}`,
      `--head=${head}`,
      ...(env.REVIEW_STACK ? [`--stack=${env.REVIEW_STACK}`] : []),
      `--format=${format}`,
      `--output=${output}`,
      ...more,
    ],
    {
      env: { PATH: env.PATH, HOME: env.HOME, NO_COLOR: "1" },
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
    },
  );
  const judged = (status === 0 || status === 1) && existsSync(output);
  return judged ? { code: status } : { code: 2, why: stderr || "lockstep review ended without a result." };
}

/** Leaves the reason instead of a review, in a code block: neither Markdown, HTML nor a mention is one in it. */
function unusable(why) {
  const text = why
    .replace(/[^\P{Cc}\n]/gu, " ")
    .trim()
    .slice(0, 4_000);
  const fence = "`".repeat(Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  writeFileSync(
    comment,
    `### ❌ Lockstep: the change could not be reviewed\n\n${fence}text\n${text}\n${fence}\n`,
  );
  rmSync(sarif, { force: true });
  return 2;
}

/** Code scanning wants paths from the root of the repository; the review has them from Pulumi.yaml. */
function fromRoot(text, prefix) {
  const log = JSON.parse(text);
  for (const { results = [] } of log.runs)
    for (const { locations = [] } of results)
      for (const { physicalLocation } of locations)
        physicalLocation.artifactLocation.uri = prefix + physicalLocation.artifactLocation.uri;
  return `${JSON.stringify(log, null, 2)}\n`;
}

function git(...args) {
  try {
    return execFileSync("git", ["-C", cwd, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}
