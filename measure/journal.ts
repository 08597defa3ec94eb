import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
} from "node:fs";
import { dirname } from "node:path";
import { canonicalJson } from "../config/hash";

/** A journal that cannot be gone on with; a sentence that a person can act on. */
export class JournalError extends Error {
  override readonly name = "JournalError";
}

/** What has to be the same for a measurement to be gone on with: kind, behaviour hash, settings. */
export type Heading = Readonly<Record<string, unknown>>;

/**
 * What was measured so far, one JSON document a line, so that a measurement that was stopped can go on. The first line
 * is the heading. A last line that was cut off by the end of the process is dropped: that request is made again.
 */
export class Journal<T> {
  /** What an earlier run of the same measurement left. */
  readonly earlier: readonly T[];
  private added = false;

  constructor(
    private readonly path: string,
    heading: Heading,
  ) {
    const head = canonicalJson(heading);
    if (!existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true });
      // Made anew, or not at all: two runs must not write to one journal.
      closeSync(openSync(path, "wx"));
      appendFileSync(path, `${head}\n`);
      this.earlier = [];
      return;
    }
    const text = readFileSync(path, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    const [first, ...lines] = whole.split("\n").slice(0, -1);
    if (first !== head)
      throw new JournalError(
        `${path} is the journal of another measurement: another behaviour, or other settings. Delete it, or name another one with --journal.`,
      );
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
    this.earlier = lines.map((line, index) => {
      try {
        return JSON.parse(line) as T;
      } catch {
        throw new JournalError(`${path}:${index + 2} is no JSON: delete the journal to begin again.`);
      }
    });
  }

  /** Whether nothing was measured so far: then nothing is lost with it. */
  get empty(): boolean {
    return this.earlier.length === 0 && !this.added;
  }

  /** Written before the next request's answer is looked at. Throws a `JournalError` where that cannot be. */
  add(record: T): void {
    try {
      appendFileSync(this.path, `${JSON.stringify(record)}\n`);
      this.added = true;
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      throw new JournalError(
        `${this.path} cannot be written any more (${code}): what is in it is kept, and the same command goes on from there.`,
      );
    }
  }
}
