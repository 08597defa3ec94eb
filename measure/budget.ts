import { counted } from "../config/numbers";

/** What a measurement may send and spend. */
export interface Bounds {
  requests: number;
  seconds: number;
  usd: number;
}

/**
 * Lets requests pass while none of the bounds is reached. Money is reserved before a request and settled after it, so
 * that requests in flight count too. What an earlier part of the same measurement used counts on.
 */
export class Budget {
  private requests = 0;
  private reserved = 0;
  private spent = 0;
  private readonly started: number;
  private stopped: string | undefined;

  constructor(
    private readonly bounds: Bounds,
    private readonly clock: () => number,
    used: Bounds = { requests: 0, seconds: 0, usd: 0 },
  ) {
    this.started = clock() - used.seconds;
    this.requests = used.requests;
    this.spent = used.usd;
  }

  /** Whether one more request may be sent that costs no more than this. Once it may not, none may any more. */
  take(mostUsd: number): boolean {
    this.stopped ??= this.reachedBy(mostUsd);
    if (this.stopped !== undefined) return false;
    this.requests++;
    this.reserved += mostUsd;
    return true;
  }

  /** What a request that was let through has cost; `undefined` where nobody says, and then the most. */
  settle(mostUsd: number, usd: number | undefined): void {
    this.reserved -= mostUsd;
    this.spent += usd ?? mostUsd;
  }

  /** Why it was stopped, one sentence for the evidence; undefined where it was not. */
  get reached(): string | undefined {
    return this.stopped;
  }

  get used(): Bounds {
    return { requests: this.requests, seconds: this.clock() - this.started, usd: this.spent };
  }

  private reachedBy(mostUsd: number): string | undefined {
    const { requests, seconds, usd } = this.bounds;
    if (this.requests >= requests) return `It was stopped at its bound of ${counted(requests, "request")}.`;
    if (this.clock() - this.started >= seconds)
      return `It was stopped at its bound of ${counted(seconds, "second")}.`;
    // Sums of decimal fractions: half a millionth of a cent more is none.
    if (this.spent + this.reserved + mostUsd > usd + 5e-9)
      return `It was stopped at its bound of ${usd} USD.`;
    return undefined;
  }
}
