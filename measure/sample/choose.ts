import { createHash } from "node:crypto";
import type { Config } from "../../config/schema";
import { isOurs, type LoggedAnswer, type LoggedRequest } from "../log/record";

/** Numbers of 52 bits are exact in a double. */
const bits = 52;

/**
 * Where an id lies between 0 and 1: the first 13 hexadecimal digits of its SHA-256, over 2^52. An id is chosen where
 * that is less than the share, so anyone can repeat the choice, and a larger share only adds to it.
 */
export const placeOf = (id: string): number =>
  Number.parseInt(
    createHash("sha256")
      .update(id)
      .digest("hex")
      .slice(0, bits / 4),
    16,
  ) /
  2 ** bits;

/** One chosen answer, with what was asked. */
export interface Chosen {
  id: string;
  place: number;
  route: string;
  at: number;
  messages: readonly unknown[];
  answer: LoggedAnswer;
}

/**
 * What of a log is chosen. Of more than `most` answers it keeps those with the lowest places, which are a sample of
 * chance as well: memory does not grow with the log.
 */
export class Choice {
  /** Chat completions that a route of the environment answered. */
  answered = 0;
  /** Those of them whose ids were chosen. */
  chosen = 0;
  /** Chosen ones whose record has no answer or no messages in it. */
  silent = 0;
  /** Those that did not fit. */
  dropped = 0;
  private kept: Chosen[] = [];

  constructor(
    private readonly share: number,
    private readonly routes: Config["routes"],
    private readonly most: number,
  ) {}

  add(request: LoggedRequest): void {
    const { id, route, success, startedAt, answer, messages } = request;
    // The judge would judge itself.
    if (!success || !Object.hasOwn(this.routes, route) || isOurs(request)) return;
    this.answered++;
    const place = placeOf(id);
    if (place >= this.share) return;
    this.chosen++;
    if (answer === undefined || messages === undefined) {
      this.silent++;
      return;
    }
    this.kept.push({ id, place, route, at: startedAt, messages, answer });
    if (this.kept.length >= 2 * this.most) this.trim();
  }

  /** Those that are kept, in the order of their places: wherever it is stopped, it was a sample of chance. */
  all(): readonly Chosen[] {
    this.trim();
    return this.kept;
  }

  private trim(): void {
    // A record that was written twice is one answer.
    const once = new Map(this.kept.map((one) => [one.id, one]));
    const sorted = [...once.values()].sort((a, b) => a.place - b.place);
    this.kept = sorted.slice(0, this.most);
    this.dropped += sorted.length - this.kept.length;
  }
}
