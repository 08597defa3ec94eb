/** Labels that Prometheus gives to a target: those of the operator, and the pods' that the ServiceMonitor names. */
const ofTargets = ["namespace", "pod", "lockstep_dev_behaviour_hash"];

/** Series that the gateway does not expose, with their labels. */
export const elsewhere: Readonly<Record<string, readonly string[]>> = {
  // kube-state-metrics tells of CronJobs: no pod of a canary lives long enough to be scraped.
  kube_cronjob_status_last_successful_time: ["cronjob"],
};

/** The series of a query, each with the labels that are asked of it: its own selector's and those of groupings. */
export function seriesOf(query: string): { name: string; labels: string[] }[] {
  const groupings = [...query.matchAll(/ by \(([^)]*)\) \(/g)].map((match) => ({
    from: match.index,
    to: closing(query, match.index + match[0].length),
    labels: (match[1] ?? "").split(", "),
  }));
  return [...query.matchAll(/\b([a-z]+_\w+)\{([^}]*)\}/g)].map(
    ({ index, 1: name = "", 2: selector = "" }) => ({
      name,
      labels: [
        ...groupings
          .filter(({ from, to }) => from < index && index < to)
          .flatMap(({ labels }) => labels)
          .filter((label) => label !== "le" || name.endsWith("_bucket")),
        ...[...selector.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = ""]) => label),
      ],
    }),
  );
}

/** Where what was opened before `from` is closed. */
function closing(query: string, from: number): number {
  let open = 1;
  let at = from;
  for (; open > 0 && at < query.length; at++)
    if (query[at] === "(") open++;
    else if (query[at] === ")") open--;
  return at;
}

/** What a query asks for that there is not: "series" or "series{label}", sorted. */
export function missing(query: string, known: Readonly<Record<string, readonly string[]>>): string[] {
  const found = seriesOf(query).flatMap(({ name, labels }) => {
    const has = known[name] ?? elsewhere[name];
    if (has === undefined) return [name];
    return labels
      .filter((label) => ![...ofTargets, ...has].includes(label))
      .map((label) => `${name}{${label}}`);
  });
  return [...new Set(found)].sort();
}

/** The series of a scrape by name, each with all labels that it was seen with, sorted. */
export function exposed(scrape: string): Record<string, string[]> {
  const known = new Map<string, Set<string>>();
  for (const line of scrape.split("\n")) {
    const [, name, labels = ""] = /^([a-z_]\w*)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const seen = known.get(name) ?? new Set();
    for (const [, label = ""] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) seen.add(label);
    known.set(name, seen);
  }
  return Object.fromEntries([...known].sort().map(([name, labels]) => [name, [...labels].sort()]));
}
