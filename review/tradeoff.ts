import { short } from "../config/hash";
import { margin, readable } from "../config/numbers";
import type { Measured, RouteReview } from "./routes";

/** The columns of {@link tradeoffRows}. */
export const tradeoffHead = [
  "route",
  "model",
  "provider",
  "score",
  "1,000 requests",
  "p95",
  "against the first",
] as const;

/**
 * What a route's models are worth and cost, one row a model in the order in which they are called: what is given up
 * when traffic moves to the cheaper or the more private one.
 */
export function tradeoffRows({ route, targets }: RouteReview): string[][] {
  const [first] = targets;
  return targets.map((target) => {
    const { measured, model, provider, region, route: caller } = target;
    return [
      caller === route ? route : `${route}, falling back to ${caller}`,
      model,
      region === undefined ? provider : `${provider}, ${region}`,
      measured === undefined ? "not measured" : scoreText(measured),
      measured === undefined ? "" : `${usd(1_000 * measured.usdPerRequest)} USD`,
      measured === undefined ? "" : `${readable(measured.latencyP95Seconds)} s`,
      target === first ? "" : against(first?.measured, measured),
    ];
  });
}

const scoreText = ({ score }: Measured) =>
  `${points(score.value)} (${points(score.low)} to ${points(score.high)})`;

const points = (score: number) => score.toFixed(3);

/** Three digits, and never more decimals than a cent of a cent. */
const usd = (amount: number) => readable(Number(Number(amount.toPrecision(3)).toFixed(4)));

/** What is given up, or won, with a model instead of the first. */
export function against(first: Measured | undefined, measured: Measured | undefined): string {
  if (first === undefined || measured === undefined) return "unknown";
  const isSame = first.score.value === measured.score.value && first.usdPerRequest === measured.usdPerRequest;
  return isSame ? "the same" : `${scoreDifference(first, measured)}; ${costDifference(first, measured)}`;
}

/** Overlapping intervals decide nothing; that they do not is no proof of the size of the difference. */
function scoreDifference({ score: first }: Measured, { score }: Measured): string {
  const difference = `${score.value < first.value ? "-" : "+"}${points(Math.abs(score.value - first.value))}`;
  const overlap = score.low <= first.high && first.low <= score.high;
  if (overlap) return `score ${difference}, within the intervals`;
  return score.value < first.value ? `score ${difference}: worse` : `score ${difference}: better`;
}

function costDifference({ usdPerRequest: first }: Measured, { usdPerRequest }: Measured): string {
  if (first === usdPerRequest) return "the same cost";
  if (first === 0) return "dearer";
  const share = usdPerRequest / first - 1;
  return `cost ${share < 0 ? "-" : "+"}${margin(share)}`;
}

/** Where the figures come from, a sentence a file; none where nothing was measured. */
export function tradeoffSources(routes: readonly RouteReview[]): { file: string; note: string }[] {
  const sources = routes.flatMap(({ targets }) => targets.flatMap(({ measured }) => measured?.source ?? []));
  const files = new Map(sources.map((source) => [source.file, source]));
  return [...files.values()].map(({ file, hash, isCurrent, providers }) => ({
    file,
    note: [
      providers === "stub" ? "measured against stand-ins, which say nothing about a model" : "",
      isCurrent ? "" : `about another behaviour, ${short(hash)}`,
    ]
      .filter(Boolean)
      .join("; "),
  }));
}

/** The longest that a request can take, against the deadline and what it was before the change. */
export function secondsText({ worstSeconds, deadlineSeconds }: RouteReview): string {
  const { before, after } = worstSeconds;
  const longest =
    before === undefined || before === after ? seconds(after) : `${seconds(before)} → ${seconds(after)}`;
  const deadline = deadlineSeconds === undefined ? "no deadline" : `of ${seconds(deadlineSeconds)}`;
  return `a request takes at most ${longest} ${deadline}`;
}

export const changesSeconds = ({ worstSeconds: { before, after } }: RouteReview): boolean =>
  before !== undefined && before !== after;

const seconds = (value: number) => `${readable(Number(value.toFixed(1)))} s`;
