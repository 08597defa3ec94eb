import { engineConfig } from "../config/engine";
import { projectFiles } from "../config/files";
import { loadPair, type PairResult } from "../config/pair";
import type { StackResult } from "../config/stack";
import { type Finding, parseFinding } from "../policies/finding";
import { problemFindings } from "../policies/stack/config-valid";
import { distance } from "../review/distance";
import { type Bundles, compilingArgs } from "./bundle";
import { Pack, PackError, type PolicyInfo, type PolicyReport } from "./pack";
import { evaluateProgram, type ProgramResult } from "./program";
import type { FindingReport, PreviewReport, StackReport } from "./report";
import { isProvider } from "./resource";
import { type Runtime, readRuntime } from "./runtime";

export interface PreviewOptions {
  projectDir: string;
  /** Folder of the policy pack. */
  packDir: string;
  /** The stack to evaluate and then its counterpart, unless `only`. */
  stack: string;
  only: boolean;
  timeoutMs: number;
  /** The program and the pack as the build bundled them, where they are what the sources say. */
  bundles?: Bundles | undefined;
  /** Told what is being done, for a progress line. */
  progress(step: string): void;
}

/**
 * Evaluates the stacks of a pair as the engine would in a preview, and asks the policy pack about every
 * resource. Needs no Pulumi CLI, no credentials and no network.
 */
export async function previewPair(options: PreviewOptions): Promise<PreviewReport> {
  const files = projectFiles(options.projectDir);
  const loaded = loadPair(files, options.stack);
  const names = options.only || !loaded.counterpart ? [loaded.own] : inOrder(loaded);
  const runtime = readRuntime(files);
  options.progress(`evaluating ${names.map(({ name }) => name).join(" and ")}`);
  const bundles = isBundled(runtime) ? options.bundles : undefined;
  const results = await Promise.all(
    names.map(async (stack) => {
      const result = await previewStack(stack, loaded, runtime, options, bundles);
      // A bundle's error tells no line of a source: whatever fails in one is run again from the sources.
      return bundles === undefined || result.report.evaluated
        ? result
        : previewStack(stack, loaded, runtime, options, undefined);
    }),
  );

  const findings = merge(
    [
      ...(loaded.pair ? [] : problemFindings(loaded.problems).map((finding) => ({ finding, stack: "" }))),
      ...results.flatMap(({ findings: own, name }) => own.map((finding) => ({ finding, stack: name }))),
    ],
    names.map(({ name }) => name),
  );
  const apart = loaded.pair && distance(loaded.pair);
  const stacks = results.map(({ report }) => report);
  return {
    project: loaded.project.project ?? "",
    passed:
      stacks.every(({ evaluated }) => evaluated) && findings.every(({ status }) => status === "exempted"),
    stacks,
    policies: [...(results.find(({ policies }) => policies.length > 0)?.policies ?? [])],
    findings,
    limits: (apart?.limits ?? []).map(({ staging, production, ...rest }) => ({
      ...rest,
      ...(staging === undefined ? {} : { staging }),
      ...(production === undefined ? {} : { production }),
    })),
    ...(apart ? { distance: apart.counts } : {}),
  };
}

/** Whether the program is started as it was when it was bundled. */
const isBundled = ({ nodeArgs, typescript }: Runtime): boolean =>
  !typescript && nodeArgs.join(" ") === compilingArgs.join(" ");

/** Staging first, where it can be told. */
function inOrder({ own, counterpart }: PairResult): StackResult[] {
  const tierOf = ({ stack }: StackResult) => stack?.config.environment.tier;
  if (!counterpart) return [own];
  return tierOf(own) === "production" || tierOf(counterpart) === "staging"
    ? [counterpart, own]
    : [own, counterpart];
}

interface StackPreview {
  name: string;
  report: StackReport;
  findings: Finding[];
  policies: readonly PolicyInfo[];
}

async function previewStack(
  stack: StackResult,
  loaded: PairResult,
  runtime: Runtime,
  options: PreviewOptions,
  bundles: Bundles | undefined,
): Promise<StackPreview> {
  const { name } = stack;
  const head = {
    name,
    ...(stack.stack
      ? {
          tier: stack.stack.config.environment.tier,
          behaviourHash: stack.stack.behaviourHash,
          carries: stack.stack.carried.map(({ id }) => id),
        }
      : {}),
  };
  const failed = (
    message: string,
    resources: StackReport["resources"] = [],
    more: StackReport["diagnostics"] = [],
  ): StackPreview => ({
    name,
    report: { ...head, evaluated: false, resources, diagnostics: [...more, { severity: "error", message }] },
    findings: [],
    policies: [],
  });
  const project = loaded.project.project;
  if (!loaded.pair || project === undefined) {
    return failed("The program was not run: the configuration of the pair cannot be judged.");
  }
  const { projectDir, packDir, timeoutMs, progress } = options;
  const config = engineConfig(stack);
  const starting = Pack.start({
    ...{ packDir, projectDir, project, stack: name, config, timeoutMs },
    bundle: bundles?.pack,
  });
  // Awaited below, after the program; a rejection in between is not lost by that.
  starting.catch(() => undefined);
  let program: ProgramResult;
  try {
    program = await evaluateProgram({
      ...{ projectDir, project, stack: name, config, ...runtime, timeoutMs },
      bundle: bundles?.program,
    });
  } catch (error) {
    starting.then((pack) => pack.stop()).catch(() => undefined);
    return failed(error instanceof Error ? error.message : String(error));
  }
  const resources = program.resources.map(({ urn, type, name: own, parent, provider }) => ({
    urn,
    type,
    name: own,
    parent,
    provider,
  }));
  let pack: Pack | undefined;
  try {
    pack = await starting;
    progress(`asking the policy pack about ${name}`);
    const reports = await askPack(pack, program);
    return {
      name,
      report: { ...head, evaluated: program.succeeded, resources, diagnostics: program.diagnostics },
      findings: reports.map(toFinding),
      policies: pack.policies,
    };
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    return failed(error.message, resources, program.diagnostics);
  } finally {
    pack?.stop();
  }
}

/** Like the engine, asks about all resources together only where the program came to its end. */
async function askPack(pack: Pack, { resources, succeeded }: ProgramResult): Promise<PolicyReport[]> {
  const providers = new Map(
    resources.filter(({ type }) => isProvider(type)).map((one) => [one.urn, one] as const),
  );
  const reports: PolicyReport[] = [];
  for (const resource of resources) reports.push(...(await pack.analyze(resource, providers)));
  if (succeeded) reports.push(...(await pack.analyzeStack(resources, providers)));
  return reports;
}

/**
 * A report as a finding; one in words of another kind keeps them. Its level alone decides whether it blocks:
 * an advisory one does not, and no text makes a mandatory one an exempted one.
 */
export function toFinding({ policy, level, message, urn }: PolicyReport): Finding {
  const parsed = parseFinding(policy, message);
  if (parsed && level === "advisory") return { ...parsed, status: "exempted" };
  if (parsed) {
    const { exception: _, ...rest } = parsed;
    return rest.status === "exempted" ? { ...rest, status: "violation" } : rest;
  }
  return {
    rule: policy,
    status: "violation",
    object: urn.split("::").slice(2).join(" "),
    path: urn,
    found: message,
    allowed: "no report of this policy",
    remedy: "See the policy's description.",
  };
}

/** The same finding about both stacks is one finding that names both. */
function merge(
  all: readonly { finding: Finding; stack: string }[],
  names: readonly string[],
): FindingReport[] {
  const merged = new Map<string, FindingReport>();
  for (const { finding, stack } of all) {
    const key = JSON.stringify(finding);
    const known = merged.get(key);
    const stacks = stack === "" ? [...names] : [stack];
    if (known) known.stacks.push(...stacks.filter((one) => !known.stacks.includes(one)));
    else merged.set(key, { ...finding, stacks });
  }
  return [...merged.values()];
}
