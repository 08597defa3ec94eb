import { rmSync } from "node:fs";
import { sha256 } from "../config/hash";
import { readable } from "../config/numbers";
import { groupOf } from "../gateway/deployments";
import type { Criterion } from "../lifecycle/kind";
import type { MeasuredGateway } from "../measure/measurement";
import { embeddingUsd } from "../measure/price";
import type { Newest } from "../measure/retrieval/age";
import type { Corpus } from "../measure/retrieval/corpus";
import { EmbedError, embedder } from "../measure/retrieval/embed";
import { plannedBy, stagesOf, usedBy } from "../measure/retrieval/plan";
import { QueriesError, readQueries } from "../measure/retrieval/query";
import type { RetrievalRecord } from "../measure/retrieval/record";
import { type RetrievalMeasured, retrievalResults } from "../measure/retrieval/results";
import { runRetrieval } from "../measure/retrieval/run";
import { type Search, SearchError } from "../measure/retrieval/search";
import { addMeasured, checkAdding } from "./addMeasured";
import { readInput } from "./evidenceAdd";
import { exit, UsageError } from "./exit";
import { always, judged, measuredText } from "./measuredText";
import {
  between,
  boundsOf,
  budgetOf,
  type Environment,
  journalOf,
  type Measuring,
  measuringOf,
  stoppable,
} from "./measuring";
import type { Output } from "./output";
import { Progress } from "./progress";
import { findProject } from "./project";
import {
  type RetrievalOptions,
  type RetrievalSettings,
  searchesOf,
  settingsOf,
  withDeclared,
  withVariables,
} from "./retrievalSettings";

/** A search may take so many times what is accepted before time is up: a slow index fails, and is not undecided. */
const slack = 10;

/** `lockstep evidence retrieval`: age, recall and speed of the index that answers are grounded in. */
export async function evidenceRetrieval(
  given: RetrievalOptions,
  output: Output,
  version: string,
  env: Environment,
): Promise<number> {
  const root = findProject(given.cwd);
  checkAdding(root, given);
  const named = withVariables(given, env);
  if (!named.load && named.release !== undefined)
    throw new UsageError("--no-load is no evidence for a release: leave one of them out.");
  const measuring = measuringOf(root, named, env);
  try {
    const { config } = measuring.stack;
    const options = withDeclared(named, config.monitoring.retrievalIndex, root);
    const { retrieval } = config.behaviour;
    if (retrieval === undefined)
      throw new UsageError(
        `The stack ${measuring.stack.name} declares no retrieval: there is none to measure.`,
      );
    const settings = settingsOf(options, retrieval.topK);
    const { gateway, path, ...measured } = await measure(
      root,
      options,
      settings,
      measuring,
      output,
      version,
      env,
    );
    const found = retrievalResults(retrieval.topK, measured);
    const written = addMeasured(root, options, "retrieval", gateway, found);
    const asked = options.load ? always : unloaded;
    const why = options.load ? {} : { noEvidence: "No evidence: the index was not measured under load." };
    const { passed } = judged("retrieval", config, found, asked);
    output.out(
      measuredText("retrieval", config, found, {
        written,
        json: options.json,
        style: output.style,
        asked,
        ...why,
      }),
    );
    // Only now is nothing lost without it.
    rmSync(path);
    return passed ? exit.clean : exit.findings;
  } catch (error) {
    if (error instanceof QueriesError || error instanceof EmbedError) throw new UsageError(error.message);
    throw error;
  } finally {
    measuring.client.close();
  }
}

async function measure(
  root: string,
  options: RetrievalOptions,
  settings: RetrievalSettings,
  measuring: Measuring,
  output: Output,
  version: string,
  env: Environment,
): Promise<RetrievalMeasured & { gateway: MeasuredGateway; path: string }> {
  const { config, behaviourHash } = measuring.stack;
  const { concurrency, k, vectors } = settings;
  const lines = Buffer.from(readInput(options.cwd, settings.queries)).toString("utf8");
  const queries = readQueries(lines, settings.queries, k);
  const stages = options.load && concurrency !== undefined ? stagesOf(concurrency, settings.searches) : [];
  const plan = { queries, vectors, stages };
  const name = config.behaviour.retrieval?.embeddingModel ?? "";
  const model = config.models[name];
  if (model === undefined) throw new UsageError(`The stack declares no model ${name}.`);
  const { search, corpus } = searchesOf(settings, env);
  const { corpus: _corpus, searchUrl, ...same } = settings;
  const { path, journal } = journalOf<RetrievalRecord>(
    root,
    "retrieval",
    options,
    {
      kind: "retrieval",
      hash: behaviourHash,
      gateway: new URL(measuring.url).host,
      ...same,
      // Of Postgres the address is a credential: another database is told from this one by its table alone.
      searchUrl: searchUrl?.href ?? "",
      queries: sha256(lines),
      stages: plan.stages,
    },
    behaviourHash,
  );
  const progress = new Progress(output.terminal ? process.stderr : undefined);
  const loaded = options.load ? `--concurrency ${concurrency}` : "--no-load";
  const command = `lockstep evidence retrieval --adapter ${settings.adapter} ${loaded}`;
  try {
    const { gateway, found, stopped } = await stoppable({ path, journal }, async (signal) => {
      const used = usedBy(plan, journal.earlier);
      const { requests, seconds } = plannedBy(plan, slack * config.acceptance.retrieval.maxP99Seconds);
      // Over what was used: going on takes a warm-up of its own.
      const planned = { requests: used.requests + requests, seconds: used.seconds + seconds + 60 };
      const budget = budgetOf(boundsOf(options, planned), used);
      const tool = { name: "lockstep evidence retrieval", version, command };
      const measured = await between(measuring, tool, async () => {
        signal.addEventListener("abort", () => void search.close(), { once: true });
        const newest = await newestOf(search, corpus ?? (settings.corpus as Date));
        const records = await runRetrieval(plan, {
          search,
          embed: embedder(measuring.client, groupOf(name, model)),
          mostUsd: (texts) => embeddingUsd(model, texts),
          budget,
          journal,
          signal,
          progress: (step, done, of, left) =>
            progress.say(`${step}: ${readable(done)} of ${readable(of)}, ${Math.ceil(left)} s left`),
        });
        return { newest, records };
      });
      return { ...measured, stopped: budget.reached };
    });
    if (!found.records.some(({ part }) => part === "recall"))
      throw new UsageError(`Nothing was searched for. ${stopped ?? ""}`.trim());
    const expected = concurrency === undefined ? {} : { expectedConcurrency: concurrency };
    return { plan, ...expected, k, ...found, stopped, gateway, path };
  } finally {
    progress.end();
    await search.close();
    await corpus?.close();
  }
}

/** Without load there is no percentile under it. */
const unloaded = ({ name }: Criterion): boolean => name !== "maxP99Seconds";

/** The index first: what it was made from has what it has by then. */
async function newestOf(search: Search, corpus: Corpus | Date): Promise<Newest> {
  const ask = async <T>(which: string, asked: () => Promise<T>): Promise<T> => {
    try {
      return await asked();
    } catch (error) {
      if (error instanceof SearchError)
        throw new UsageError(`The ${which} does not tell the time of its newest document. ${error.message}`);
      throw error;
    }
  };
  const index = await ask("index", () => search.newest());
  const { newest, ...others } =
    corpus instanceof Date ? { newest: corpus } : await ask("corpus", () => corpus.times(index));
  return { index, corpus: newest, ...others, now: new Date() };
}
