import { permutationTest } from "../../../measure/permutation";
import { wordsOf } from "../../../measure/standIn/embedding";
import { random } from "../../../measure/standIn/random";
import { rounded } from "../../../measure/statistics";
import type { Case } from "../cases";
import type { Measured, Subject } from "../measurement";
import { paced, withinLimits } from "../pace";
import { casesOf, requestOf } from "../requests";
import { targetsOf } from "./eval";

const repeats = 3;
/** Over all routes together; each gets its share, so that more routes do not mean more false alarms. */
const falseAlarmRate = 0.01;

/** Whether answers to fixed prompts still look as they did, and whose ids the providers' side names. */
export async function fingerprint(subject: Subject): Promise<Measured> {
  const { stack } = subject;
  const { config } = stack;
  const routes = Object.keys(config.routes);
  const prompts = Math.ceil(config.acceptance.fingerprint.minSamples / routes.length);
  const measured = await Promise.all(
    routes.map(async (route) => {
      const cases = casesOf(stack, route).slice(0, prompts);
      const before = await answers(subject, route, cases);
      const after = await answers(subject, route, cases);
      const strata = cases.map((_, index) => ({
        before: (before[index] ?? []).map(features),
        after: (after[index] ?? []).map(features),
      }));
      const pValue = rounded(permutationTest(random("fingerprint", route), strata));
      return {
        route,
        samples: after.flat().length,
        pValue,
        alarm: pValue < falseAlarmRate / routes.length,
        strata,
      };
    }),
  );
  const served = await servedIds(subject);
  return {
    samples: prompts * routes.length,
    repeats,
    results: {
      falseAlarmRate,
      method:
        "permutation test within prompts, 4,999 permutations, over words, characters, lines, sentences and JSON; an alarm below the rate divided by the number of routes",
      baseline: {
        signedOffBy: "the command that made the example",
        date: new Date().toISOString().slice(0, 10),
      },
      routes: measured.map(({ strata: _, ...result }) => result),
      models: served,
    },
    raw: {
      notes: [
        "The baseline was measured just before, in the same run: this shows that the test is quiet when nothing changed.",
        "The served ids were read from the stand-ins' own answers: LiteLLM puts what the client asked for into `model`.",
        "A stand-in serves what it is asked for.",
      ],
      features: ["words", "characters", "lines", "sentences", "json"],
      answers: measured.map(({ route, strata }) => ({ route, prompts: strata })),
    },
  };
}

async function answers({ stack, client }: Subject, route: string, cases: readonly Case[]) {
  const jobs = cases.flatMap((one) =>
    Array.from({ length: repeats }, () => async () => {
      const request = requestOf(stack, route, one.user);
      const { status, text } = await client.chat({ model: route, ...request });
      if (status !== 200) throw new Error(`fingerprint: ${route} answered with status ${status}.`);
      return text;
    }),
  );
  const texts = await paced(jobs, withinLimits(stack.config, Object.keys(stack.config.routes).length));
  return cases.map((_, index) => texts.slice(index * repeats, (index + 1) * repeats));
}

const features = (text: string): number[] => [
  wordsOf(text).length,
  text.length,
  text.split("\n").length,
  text.split(/[.?!](?:\s|$)/).length - 1,
  text.startsWith("{") ? 1 : 0,
];

/** Asks every target and the embedding model once more, and reads on the providers' side what they called themselves. */
async function servedIds({ stack, client, standIn }: Subject) {
  const { config } = stack;
  const from = standIn.calls.length;
  const targets = targetsOf(stack);
  for (const { route, id } of targets) {
    const [one] = casesOf(stack, route);
    await client.chat({ model: id, ...requestOf(stack, route, one?.user ?? "") });
  }
  const embedding = config.behaviour.retrieval?.embeddingModel;
  if (embedding !== undefined) await client.embeddings(`embedding/${embedding}`, ["What is served?"]);
  const calls = standIn.calls.slice(from);
  const ids = [
    ...targets.map(({ model, id }) => ({ model, id })),
    ...(embedding === undefined ? [] : [{ model: embedding, id: `embedding.${embedding}.1` }]),
  ];
  return [...new Set(ids.map(({ model }) => model))].map((model) => {
    const own = ids.filter((one) => one.model === model).map(({ id }) => id);
    return {
      model,
      served: [
        ...new Set(calls.filter(({ deployment }) => own.includes(deployment)).map((call) => call.model)),
      ],
    };
  });
}
