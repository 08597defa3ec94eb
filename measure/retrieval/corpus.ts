import { z } from "zod";
import { SearchError } from "./search";
import { type Credential, Service } from "./service";

const time = z.iso.datetime({ offset: true });
const answered = z.object({ newest: time, oldestAfter: time.optional() });

export interface CorpusTimes {
  newest: Date;
  /** The time of the oldest document after the one that was asked about; not every corpus tells it. */
  oldestAfter?: Date;
}

/** Production's corpus: `GET ?after=<time>` is answered with `{"newest", "oldestAfter"}`. */
export class Corpus {
  private readonly service: Service;

  constructor(url: URL, credential?: Credential) {
    this.service = new Service(url, credential);
  }

  async times(after: Date): Promise<CorpusTimes> {
    const answer = answered.safeParse(await this.service.json("GET", `?after=${after.toISOString()}`));
    if (!answer.success)
      throw new SearchError('Its answer is not {"newest": <a time with its zone>, "oldestAfter": …}.');
    const newest = new Date(answer.data.newest);
    if (answer.data.oldestAfter === undefined) return { newest };
    const oldestAfter = new Date(answer.data.oldestAfter);
    if (oldestAfter < after || oldestAfter > newest)
      throw new SearchError("Its oldestAfter is not between the time that was asked about and its newest.");
    return { newest, oldestAfter };
  }

  close(): Promise<void> {
    return this.service.close();
  }
}
