/** Metrics that cannot be used; one sentence, without any label's value. */
export class MetricsError extends Error {
  override readonly name = "MetricsError";
}

export interface Sample {
  name: string;
  labels: ReadonlyMap<string, string>;
  value: number;
}

/** What one process counted at one moment. */
export interface Scrape {
  /** Where it is from, for messages. */
  from: string;
  /** By name and labels. */
  samples: ReadonlyMap<string, Sample>;
  /** The series that it has or declares: a counter that nothing was counted with has a type and no sample. */
  names: ReadonlySet<string>;
}

const types = ["counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"] as const;
const known: readonly string[] = [...types, "untyped", "unknown"];
const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const most = 500_000;

/**
 * Reads Prometheus' text format 0.0.4, or OpenMetrics 1.0 where the text ends with `# EOF`. Strict: a text that was cut
 * off or changed is no measurement.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * @throws MetricsError with file and line for the first line that is neither.
 */
export function readScrape(text: string, from: string): Scrape {
  const lines = text.split("\n");
  const samples = new Map<string, Sample>();
  const names = new Set<string>();
  const typed = new Set<string>();
  const open = lines.at(-1) === "# EOF" || (lines.at(-1) === "" && lines.at(-2) === "# EOF");
  if (!open && lines.at(-1) !== "")
    throw new MetricsError(`${from} ends in the middle of a line: it was cut off.`);
  lines.forEach((line, index) => {
    const refuse = (why: string): never => {
      throw new MetricsError(`${from}:${index + 1} is no line of Prometheus' text format: ${why}.`);
    };
    if (line === "") return;
    if (line.startsWith("#")) {
      if (line === "# EOF" && (!open || index < lines.length - 2 || lines.slice(index + 1).some(Boolean)))
        refuse("something follows the end");
      if (line.startsWith("# TYPE ")) declare(line.slice("# TYPE ".length), refuse);
      return;
    }
    const sample = new Reader(line, open, refuse).sample();
    const key = keyOf(sample);
    if (samples.has(key)) refuse(`the series ${sample.name} stands there twice with the same labels`);
    if (samples.size >= most) refuse(`there are more than ${most} series`);
    samples.set(key, sample);
    names.add(sample.name);
  });
  if (samples.size === 0) throw new MetricsError(`${from} has no series at all.`);
  return { from, samples, names };

  function declare(rest: string, refuse: (why: string) => never): void {
    const [name = "", type = "", ...more] = rest.split(" ");
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) || !known.includes(type) || more.length > 0)
      refuse("its type is none that there is");
    if (typed.has(name)) refuse(`the type of ${name} stands there twice`);
    typed.add(name);
    names.add(name);
    // OpenMetrics names a counter without its suffix.
    if (type === "counter" && !name.endsWith("_total")) names.add(`${name}_total`);
    if (type === "histogram") for (const part of ["bucket", "count", "sum"]) names.add(`${name}_${part}`);
  }
}

/** The same for the same name and labels, in whatever order. */
export const keyOf = ({ name, labels }: Pick<Sample, "name" | "labels">): string =>
  JSON.stringify([name, ...[...labels].sort(([a], [b]) => (a < b ? -1 : 1))]);

/** As Prometheus writes numbers; undefined for what is none. */
export function numberOf(text: string): number | undefined {
  if (number.test(text)) return Number(text);
  if (/^[+-]?Inf$/.test(text))
    return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return text === "NaN" ? Number.NaN : undefined;
}

class Reader {
  private at = 0;

  constructor(
    private readonly line: string,
    private readonly open: boolean,
    private readonly refuse: (why: string) => never,
  ) {}

  sample(): Sample {
    const name = this.take(metricName) ?? this.refuse("it does not begin with the name of a series");
    const labels = this.line[this.at] === "{" ? this.labels() : new Map<string, string>();
    const [own = "", exemplar, ...others] = this.line.slice(this.at).split(" # ");
    if ((exemplar !== undefined && !this.open) || others.length > 0)
      this.refuse("something follows its value");
    const [, value = "", time] = /^[ \t]+(\S+)(?:[ \t]+(\S+))?[ \t]*$/.exec(own) ?? [];
    const read = numberOf(value) ?? this.refuse("its value is no number");
    if (time !== undefined && !(this.open ? number : /^-?\d+$/).test(time)) this.refuse("its time is none");
    return { name, labels, value: read };
  }

  private labels(): Map<string, string> {
    const labels = new Map<string, string>();
    this.at++;
    while (this.line[this.at] !== "}") {
      const name = this.take(labelName) ?? this.refuse("a label has no name");
      if (labels.has(name)) this.refuse(`the label ${name} stands there twice`);
      if (!this.line.startsWith('="', this.at)) this.refuse(`the label ${name} has no value`);
      this.at += 2;
      labels.set(name, this.value(name));
      if (this.line[this.at] === ",") this.at++;
      else if (this.line[this.at] !== "}")
        this.refuse(`nothing separates the label ${name} from what follows`);
    }
    this.at++;
    return labels;
  }

  private value(name: string): string {
    let value = "";
    for (;;) {
      const one = this.line[this.at++];
      if (one === undefined) return this.refuse(`the value of the label ${name} does not end`);
      if (one === '"') return value;
      if (one !== "\\") value += one;
      else value += this.escaped(name);
    }
  }

  private escaped(name: string): string {
    const one = this.line[this.at++] ?? "";
    return (
      { "\\": "\\", '"': '"', n: "\n" }[one] ?? this.refuse(`the label ${name} has an escape that is none`)
    );
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.line) ?? [];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}
