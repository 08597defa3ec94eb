import { basename } from "node:path";
import { counted } from "../../config/numbers";
import type { Behaviour } from "../../config/stack";
import type { Measured } from "../measurement";
import { untouchedBy } from "./coverage";
import { whyInconclusive } from "./inconclusive";
import { type Judged, judge } from "./judge";
import { costOf } from "./prices";
import type { ReadFile } from "./run";
import { measureTarget } from "./target";
import { type Asked, declaredTargets, targetKey } from "./targets";

/** What the runs say about every target, as `eval` evidence has it. */
export function measuredOf(
  files: readonly ReadFile[],
  runs: readonly Asked[],
  behaviour: Pick<Behaviour, "config" | "contents">,
): Measured {
  const { config } = behaviour;
  const untouched = untouchedBy(runs, config);
  const judged = judge(runs, behaviour);
  const targets = declaredTargets(config)
    .map((target) => ({ target, own: judged.filter((run) => targetKey(run) === targetKey(target)) }))
    .filter(({ own }) => own.length > 0);
  const measured = targets.map(({ target, own }) => measureTarget(target, own, config));
  return {
    samples: fewest(measured.map(({ cases }) => cases)),
    repeats: Math.max(1, fewest(measured.map(({ repeats }) => repeats))),
    inconclusive: atMost(
      mostReasons,
      targets.flatMap(({ target, own }) => whyInconclusive(target, own, config)),
    ),
    results: {
      confidence: 0.95,
      method:
        "Over cases, a case's score being the mean of its repeats. Score: Gaffke's interval, up to 20,000 draws. p95 (nearest rank, all runs) and mean cost: percentile bootstrap of cases, 2,000 draws. Seeded.",
      targets: measured,
      untouched,
    },
    raw: {
      notes: [
        "A run that ended in an error or was skipped scores 0 and satisfies no schema; latency and cost are of the others.",
        "Prompts and answers are left out; each file is named with its SHA-256.",
        ...costNotes(judged, config),
      ],
      files: files.map(({ name: file, sha256, format, tool }) => ({
        file: basename(file),
        sha256,
        format,
        tool,
      })),
      runs: judged.map(({ file, ...run }) =>
        kept(
          run,
          files.findIndex(({ name }) => name === file),
        ),
      ),
    },
  };
}

/** What is told also where it is false: absent means that it is not known. */
const said = ["valid", "pass"];

/** A run without its words, and without what says nothing: all of them have to fit into 4 MiB. */
const kept = ({ alias: _, text: _text, prompt: _prompt, ...run }: Omit<Judged, "file">, file: number) =>
  Object.fromEntries(
    Object.entries({ file, ...run }).filter(
      ([key, value]) =>
        (value !== false || said.includes(key)) && !(Array.isArray(value) && value.length === 0),
    ),
  );

/** As many as a statement has room for. */
const mostReasons = 100;

const atMost = (most: number, reasons: readonly string[]): string[] =>
  reasons.length <= most
    ? [...reasons]
    : [...reasons.slice(0, most - 1), `${reasons.length - most + 1} more reasons of other targets.`];

const fewest = (counts: readonly number[]) => (counts.length === 0 ? 0 : Math.min(...counts));

function costNotes(runs: readonly Judged[], config: Behaviour["config"]): string[] {
  const by = new Map<string, number>();
  for (const run of runs) {
    const cost = run.failed ? undefined : costOf(run, config, run.model);
    if (cost !== undefined) by.set(cost.by, (by.get(cost.by) ?? 0) + 1);
  }
  const words: Record<string, string> = {
    gateway: "as the gateway's header says",
    tool: "as the tool says",
    "declared prices": "computed from the answer's tokens and the declared prices",
  };
  return [...by].map(([source, count]) => `Cost of ${counted(count, "run")}: ${words[source]}.`);
}
