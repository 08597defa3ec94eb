import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";

export interface Percentiles {
  p50Seconds: number;
  p95Seconds: number;
  p99Seconds: number;
}

/**
 * Latencies in microseconds with three significant digits, from a microsecond to an hour. Histograms of several pods
 * merge exactly: counts are added, and nothing is averaged.
 */
export class Latencies {
  private constructor(private readonly histogram: Histogram) {}

  static empty(): Latencies {
    return new Latencies(
      build({
        lowestDiscernibleValue: 1,
        highestTrackableValue: 3_600_000_000,
        numberOfSignificantValueDigits: 3,
        useWebAssembly: false,
      }),
    );
  }

  /** Throws for what is no encoded histogram. */
  static decode(text: string): Latencies {
    const merged = Latencies.empty();
    merged.histogram.add(decodeFromCompressedBase64(text));
    return merged;
  }

  add(seconds: number): void {
    this.histogram.recordValue(Math.min(3_600_000_000, Math.max(1, Math.round(seconds * 1e6))));
  }

  merge(other: Latencies): void {
    this.histogram.add(other.histogram);
  }

  get count(): number {
    return this.histogram.totalCount;
  }

  /** The smallest value that at least this share of the latencies does not exceed, in seconds. */
  percentile(share: number): number {
    return Number((this.histogram.getValueAtPercentile(share * 100) / 1e6).toPrecision(4));
  }

  get percentiles(): Percentiles {
    return {
      p50Seconds: this.percentile(0.5),
      p95Seconds: this.percentile(0.95),
      p99Seconds: this.percentile(0.99),
    };
  }

  encode(): string {
    return encodeIntoCompressedBase64(this.histogram);
  }
}
