/** What the watching thread and the one that runs the cases tell each other. */
export type Order =
  | { kind: "fuzz"; target: string; seed: number; milliseconds: number }
  | { kind: "try"; target: string; bytes: Uint8Array };

export interface Start {
  memory: SharedArrayBuffer;
  /** Where the Pulumi CLI has its state; undefined without one. */
  pulumiDir: string | undefined;
  /** Run the faulty targets and no others: a test of the fuzzer itself. */
  faulty: boolean;
}

export type Answer =
  | { kind: "ready"; targets: string[] }
  | { kind: "fuzzed"; cases: number; breach?: { bytes: Uint8Array; what: string } }
  | { kind: "tried"; what: string | undefined };

/** Shared by both threads: the case that is being run, so that it is known also where it never ends. */
export class Current {
  static readonly size = 8 * 1024 * 1024;
  private readonly head: Int32Array;
  private readonly body: Uint8Array;

  constructor(readonly memory = new SharedArrayBuffer(8 + Current.size)) {
    this.head = new Int32Array(memory, 0, 2);
    this.body = new Uint8Array(memory, 8);
  }

  /** Counts up with each case and each end of one: even between cases. */
  get count(): number {
    return Atomics.load(this.head, 0);
  }

  begin(bytes: Uint8Array): void {
    this.body.set(bytes.subarray(0, Current.size));
    Atomics.store(this.head, 1, Math.min(bytes.length, Current.size));
    Atomics.add(this.head, 0, 1);
  }

  end(): void {
    Atomics.add(this.head, 0, 1);
  }

  get bytes(): Uint8Array {
    return this.body.slice(0, Atomics.load(this.head, 1));
  }
}

/** The most that a case may cost, in seconds of processor time. */
export const mostSeconds = 1;
