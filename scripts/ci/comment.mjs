/**
 * Writes a review to its pull request: one comment, which later reviews edit. Needs Node alone, so a workflow can
 * run it without a checkout.
 *
 * The files in REVIEW_FOLDER are data that a stranger may have written: a change brings the workflow that leaves
 * them. Three fixed names are read, up to a size, no links are followed, and the pull request has to be the one
 * that the run was about. Nothing out of them is printed.
 *
 * In the environment: REVIEW_FOLDER, HEAD_SHA and HEAD_REPOSITORY of the run, RUN_URL, COMMENT_KEY (tells apart
 * several reviews of one pull request), and GitHub's GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL and
 * GITHUB_OUTPUT.
 */
import { createHash } from "node:crypto";
import { appendFileSync, closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** In bytes: a number, 60,000 characters of at most four bytes, and far more findings than there are rules. */
const maxBytes = { number: 16, "comment.md": 240_000, "review.sarif": 10_000_000 };
/** In characters: what GitHub takes, and the most that a review has (review/markdown.ts). */
const longestBody = 65_536;
const longestReview = 60_000;
const author = "github-actions[bot]";

class Refusal extends Error {}
class Denied extends Error {}

const { env } = process;
const repository = `/repos/${env.GITHUB_REPOSITORY}`;
const marker = `<!-- lockstep-review:${createHash("sha256")
  .update(env.COMMENT_KEY ?? "")
  .digest("hex")
  .slice(0, 12)} -->`;

try {
  console.log(await post());
} catch (error) {
  if (error instanceof Denied) console.log(error.message);
  else {
    console.log(error instanceof Refusal ? error.message : "GitHub could not be asked.");
    process.exitCode = 1;
  }
}

async function post() {
  const number = file("number")?.trim();
  const review = file("comment.md");
  if (number === undefined || review === undefined) return "No comment: the run left no review.";
  if (!/^[1-9][0-9]{0,9}$/.test(number)) throw new Refusal("No comment: what the run left is no number.");
  if (review.length > longestReview) throw new Refusal("No comment: it is longer than a review.");
  const sarif = file("review.sarif");

  const { head } = await api("GET", `${repository}/pulls/${number}`);
  if (!/^[0-9a-f]{40}$/.test(env.HEAD_SHA ?? "") || head?.sha !== env.HEAD_SHA)
    throw new Refusal("No comment: the pull request is at another commit than the run was about.");
  if (head.repo?.full_name !== env.HEAD_REPOSITORY)
    throw new Refusal("No comment: the pull request is from another repository than the run was about.");
  if (env.GITHUB_OUTPUT)
    appendFileSync(env.GITHUB_OUTPUT, `number=${number}\nhas-sarif=${sarif !== undefined}\n`);

  const body = bodyOf(review);
  const existing = await ownComment(number);
  if (existing === undefined) {
    await api("POST", `${repository}/issues/${number}/comments`, { body });
    return "The comment was written.";
  }
  await api("PATCH", `${repository}/issues/comments/${existing}`, { body });
  return "The comment was edited.";
}

/** The text of a file of the run; undefined where there is none. */
function file(name) {
  let descriptor;
  try {
    descriptor = openSync(join(env.REVIEW_FOLDER ?? "", name), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw new Refusal(`No comment: ${name} cannot be read.`);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Refusal(`No comment: ${name} is no file.`);
    if (stat.size > maxBytes[name]) throw new Refusal(`No comment: ${name} is too large.`);
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** A review mentions nobody and has no hidden parts; a forged one could. */
function bodyOf(review) {
  const shown = review.replaceAll("<!--", "&lt;!--").replace(/(?<![A-Za-z0-9_])@(?=[A-Za-z0-9])/g, "@\u200b");
  const source = `<sub>Of ${env.HEAD_SHA.slice(0, 12)}, from [the run of the change](${env.RUN_URL}).</sub>`;
  const body = `${marker}\n${shown}\n${source}\n`;
  if (body.length > longestBody) throw new Refusal("No comment: it is longer than a comment may be.");
  return body;
}

/** The id of the comment that this script wrote before. A marker alone proves nothing: anybody can write one. */
async function ownComment(number) {
  const perPage = 100;
  for (let page = 1; page <= 30; page++) {
    const comments = await api(
      "GET",
      `${repository}/issues/${number}/comments?per_page=${perPage}&page=${page}`,
    );
    const own = comments.find(({ user, body }) => user?.login === author && body?.startsWith(marker));
    if (own !== undefined) return own.id;
    if (comments.length < perPage) return undefined;
  }
  throw new Refusal("No comment: the pull request has more than 3,000.");
}

async function api(method, path, body) {
  const response = await fetch(`${env.GITHUB_API_URL}${path}`, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${env.GITHUB_TOKEN}`,
      "x-github-api-version": "2022-11-28",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  if (response.status === 403)
    throw new Denied("No comment: GitHub answered 403, so the token may not write one.");
  if (!response.ok) throw new Refusal(`No comment: GitHub answered ${response.status} to ${method}.`);
  return response.json();
}
