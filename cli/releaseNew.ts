import { parsePath } from "../config/path";
import { quote } from "../config/visible";
import type { Expectation } from "../lifecycle/price";
import { type Changes, newRelease } from "../lifecycle/releaseNew";
import { UsageError } from "./exit";
import { gitFiles } from "./gitFiles";
import type { Output } from "./output";
import { findProject } from "./project";
import { type Writing, writeRelease } from "./release";

/** What the command line of `lockstep release new` gave. */
export interface NewOptions extends Writing {
  owner: string;
  set?: string[];
  unset?: string[];
  since?: string;
  empty?: boolean;
  hypothesis?: string;
  tokens?: string[];
  rollbackStep?: string[];
  stack?: string;
}

/** `lockstep release new` */
export async function releaseNew(
  id: string,
  options: NewOptions,
  output: Output,
  now: Date,
): Promise<number> {
  const changes = await changesOf(options);
  const { owner, hypothesis, stack, rollbackStep } = options;
  const wanted = {
    id,
    owner,
    hypothesis,
    stack,
    tokens: (options.tokens ?? []).map(expectation),
    ...(rollbackStep === undefined ? {} : { rollbackSteps: rollbackStep }),
    now,
  };
  return writeRelease(
    options,
    output,
    (files) => newRelease(files, wanted, changes),
    `${id} is made. To try it: lockstep release carry ${id} --stack <staging>`,
  );
}

async function changesOf({ cwd, set = [], unset = [], since, empty }: NewOptions): Promise<Changes> {
  if (since !== undefined) return { kind: "edit", base: await gitFiles(findProject(cwd), since), since };
  if (empty) return { kind: "none" };
  return { kind: "values", set: set.map(assignment), unset };
}

/** `PATH=VALUE`: the path ends at the first `=` before which there is one. */
function assignment(text: string): { path: string; value: string } {
  for (let at = text.indexOf("="); at >= 0; at = text.indexOf("=", at + 1)) {
    const path = text.slice(0, at);
    if (parsePath(path) !== undefined) return { path, value: text.slice(at + 1) };
  }
  throw new UsageError(
    `--set takes PATH=VALUE, such as models.chat-large.temperature=0.7; found ${quote(text)}.`,
  );
}

const row = /^([^=]+)=([^,]+),([^,:]+):([^,:]+),([^,:]+):([^,:]+)$/;

function expectation(text: string): Expectation {
  const [, route = "", ...rest] = row.exec(text) ?? [];
  const [requestsPerMonth, inBefore, inAfter, outBefore, outAfter] = rest.map(numberOf);
  if (
    requestsPerMonth === undefined ||
    inBefore === undefined ||
    inAfter === undefined ||
    outBefore === undefined ||
    outAfter === undefined
  ) {
    throw new UsageError(
      `--tokens takes ROUTE=REQUESTS_PER_MONTH,IN_BEFORE:IN_AFTER,OUT_BEFORE:OUT_AFTER, such as support-chat=400000,3200:2800,350:350; found ${quote(text)}.`,
    );
  }
  return {
    route: route.trim(),
    requestsPerMonth,
    before: { input: inBefore, output: outBefore },
    after: { input: inAfter, output: outAfter },
  };
}

const numberOf = (text: string): number | undefined =>
  /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
