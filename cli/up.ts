import { resolve } from "node:path";
import { type ProjectFiles, projectFiles } from "../config/files";
import { short } from "../config/hash";
import { loadPair, type PairResult } from "../config/pair";
import { policyPackState } from "../config/policyPack";
import { formatProblem } from "../config/problem";
import type { Stack, StackResult } from "../config/stack";
import { visible } from "../config/visible";
import type { Engine, Run } from "../engine/engine";
import { pendingText } from "../engine/pending";
import { stackPreview } from "../engine/report";
import { type Deployed, deployedFile, formatDeployed } from "../lifecycle/deployed";
import { readState } from "../measure/drift/state";
import { pairReport } from "../preview/pairReport";
import type { PreviewReport } from "../preview/report";
import { changesText, reportText } from "../preview/terminal";
import type { Ask } from "./confirm";
import { codeOf } from "./engineCode";
import { EngineSession } from "./engineSession";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";
import { policyPackOf } from "./policyPack";
import { findProject } from "./project";
import { type Checkout, checkoutOf } from "./uncommitted";
import { writeReport } from "./writeReport";

export interface UpOptions {
  cwd: string;
  stack: string;
  yes: boolean;
  allowUncommitted: boolean;
  skipPreview: boolean;
}

export interface Surroundings {
  ask: Ask;
  now(): Date;
  env: Readonly<Record<string, string | undefined>>;
}

/** `lockstep up`: the engine's preview, its verdict, the update, and its verdict again. */
export async function up(options: UpOptions, output: Output, around: Surroundings): Promise<number> {
  if (options.skipPreview)
    throw new UsageError(
      "lockstep up skips no preview: a policy over a later resource stops an update half way, and the preview before anything is touched.",
    );
  if (!options.yes && around.ask === undefined)
    throw new UsageError("Nothing was updated: without a terminal to ask on, lockstep up needs --yes.");
  const root = findProject(options.cwd);
  const packDir = policyPackOf(root);
  const files = projectFiles(root);
  const loaded = loadPair(files, options.stack);
  const stack = judged(loaded);
  return EngineSession.around(around.env, output, async (session) => {
    const checkout = await checkedOut(root, loaded, options);
    const engine = await session.open(root, packDir, loaded.own);
    const work = new Update(session, engine, loaded, output);
    const before = await work.preview();
    if (before !== exit.clean) return before;
    if (!(await isWanted(options, around.ask, stack.name))) {
      output.out("Nothing was updated.\n");
      return exit.usage;
    }
    const now = await checkedOut(root, loaded, options);
    if (JSON.stringify(now) !== JSON.stringify(checkout) || !isStill(root, loaded))
      throw new UsageError(
        "Nothing was updated: the files are no longer those of the preview. Run it again.",
      );
    const { code, run } = await work.update();
    if (run === undefined) return code;
    const state = await session.ask("reading the state", engine.exportedState());
    const record = recordOf({
      run,
      stack,
      loaded,
      checkout,
      files,
      time: around.now(),
      pulumi: session.pulumi.version,
      state,
    });
    writeReport(resolve(root, deployedFile(stack.name)), formatDeployed(record));
    output.out(doneText(record, output));
    return code;
  });
}

class Update {
  constructor(
    private readonly session: EngineSession,
    private readonly engine: Engine,
    private readonly loaded: PairResult,
    private readonly output: Output,
  ) {}

  /** Shows what would be done, and what blocks it. */
  async preview(): Promise<number> {
    const run = await this.session.preview(this.engine, this.loaded.own.name);
    const { isInterrupted } = this.session;
    if (isInterrupted) return this.#stopped("Nothing was updated.");
    const report = this.#report(run);
    const code = codeOf([report]);
    this.output.out(reportText(report, this.output.style, true));
    if (code !== exit.clean) this.output.out("Nothing was updated.\n");
    return code;
  }

  /** The run is told where it came to its end, whatever its own verdict is. */
  async update(): Promise<{ code: number; run?: Run }> {
    const run = await this.session.update(this.engine, this.loaded.own.name);
    if (run.failure === undefined) {
      const report = this.#report(run);
      const code = codeOf([report]);
      if (code !== exit.clean) this.output.out(reportText(report, this.output.style, true));
      return { code, run };
    }
    const done = changesText(run.observed.summary?.changes ?? {}, true);
    if (this.session.isInterrupted)
      return { code: this.#stopped(`The update was stopped: ${done}. ${await this.#afterStop()}`) };
    const report = this.#report(run);
    this.output.out(reportText(report, this.output.style, true));
    this.output.out(
      `The update failed: ${done}. The state has what was done; the same command goes on from there.\n`,
    );
    return { code: codeOf([report]) };
  }

  /** What a person has to know of what was under way. */
  async #afterStop(): Promise<string> {
    const { session, engine, loaded } = this;
    const { name } = loaded.own;
    const goesOn =
      session.interruptions < 2
        ? "The same command goes on from there."
        : `The same command goes on from there; if it finds the stack locked, pulumi cancel -s ${name} gives the lock back.`;
    try {
      const left = pendingText(await session.ask("reading the state", engine.pending()), name);
      return left === undefined ? goesOn : `${goesOn}\n${left}`;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return `${goesOn}\nWhat was under way is not known, since the state could not be read: ${error.message}`;
    }
  }

  #report(run: Run): PreviewReport {
    return pairReport(this.loaded, [stackPreview(this.loaded.own, run, this.session.pulumi.version)]);
  }

  #stopped(sentence: string): number {
    this.output.out(`${sentence}\n`);
    return exit.interrupted;
  }
}

function judged({ own, pair, problems }: PairResult): Stack {
  if (pair === undefined || own.stack === undefined)
    throw new UsageError(
      `Nothing was updated: the configuration of the pair cannot be judged.\n${problems.map(formatProblem).join("\n")}`,
    );
  return own.stack;
}

async function checkedOut(
  root: string,
  { own, counterpart }: PairResult,
  { allowUncommitted }: UpOptions,
): Promise<Checkout> {
  const read = [own, counterpart].flatMap((one) => (one ? filesOf(one) : []));
  const checkout = await checkoutOf(root, read);
  if (allowUncommitted) return checkout;
  const otherwise = "--allow-uncommitted updates all the same, and the record says so.";
  if (checkout.commit === undefined)
    throw new UsageError(
      `Nothing was updated: ${root} has no commit, so nobody can tell what would be deployed. ${otherwise}`,
    );
  if (checkout.uncommitted.length > 0)
    throw new UsageError(
      `Nothing was updated: these files are not as the last commit has them, so nobody has reviewed them.\n${listed(checkout.uncommitted)}\nCommit them or put them back; ${otherwise}`,
    );
  return checkout;
}

const filesOf = ({ file, stack }: StackResult): string[] => [file, ...(stack?.contents.keys() ?? [])];

function listed(paths: readonly string[]): string {
  const more = paths.length > 10 ? [`and ${paths.length - 10} more`] : [];
  return [...paths.slice(0, 10), ...more].map((path) => `  ${visible(path)}`).join("\n");
}

/** The files are read again, since a person may take their time to answer. */
function isStill(root: string, { own }: PairResult): boolean {
  const again = loadPair(projectFiles(root), own.name).own.stack;
  return again !== undefined && JSON.stringify(again.data) === JSON.stringify(own.stack?.data);
}

async function isWanted({ yes }: UpOptions, ask: Ask, stack: string): Promise<boolean> {
  if (yes) return true;
  const answer = (await ask?.(`Update ${stack}? [y/N] `)) ?? "";
  return /^y(es)?$/i.test(answer.trim());
}

interface Updated {
  run: Run;
  stack: Stack;
  loaded: PairResult;
  checkout: Checkout;
  files: ProjectFiles;
  time: Date;
  pulumi: string;
  state: Uint8Array;
}

function recordOf({ run, stack, loaded, checkout, files, time, pulumi, state }: Updated): Deployed {
  const { resources } = readState(state);
  const hash = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs.behaviourHash;
  return {
    version: 1,
    project: loaded.project.project ?? "",
    stack: stack.name,
    environment: stack.config.environment.tier,
    time: time.toISOString(),
    ...(checkout.commit === undefined ? {} : { commit: checkout.commit }),
    uncommitted: checkout.uncommitted,
    ...(typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash) ? { behaviourHash: hash } : {}),
    carries: stack.carried.map(({ id }) => id),
    pulumi,
    policyPack: policyPackState(files),
    policies: Object.fromEntries(
      run.receipts
        .map(({ policy, level }): [string, string] => [policy, level])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    changes: run.observed.summary?.changes ?? {},
    resources: resources
      .filter(({ pendingDelete }) => !pendingDelete)
      .map(({ urn }) => urn)
      .sort(),
  };
}

function doneText(record: Deployed, { style }: Output): string {
  const { stack, behaviourHash, commit, uncommitted, pulumi, policies, changes } = record;
  const facts = [
    behaviourHash && `behaviour ${short(behaviourHash)}`,
    commit && `commit ${commit.slice(0, 12)}${uncommitted.length > 0 ? " and what is not committed" : ""}`,
    `pulumi ${pulumi}`,
    `${Object.keys(policies).length} policies`,
  ].filter(Boolean);
  return `${style(["green", "bold"], `✓ ${stack} is updated: ${changesText(changes, true)}.`)}\n  ${style("dim", facts.join(" · "))}\nRecorded in ${deployedFile(stack)}: commit it, and audits and reviews read it.\n`;
}
