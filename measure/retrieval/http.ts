import { z } from "zod";
import { Made, type Query, type Search, SearchError } from "./search";
import { type Credential, Service } from "./service";

const found = z.object({ results: z.array(z.object({ id: z.string() })) });
const newest = z.object({ newest: z.iso.datetime({ offset: true }) });

/**
 * A plain HTTP endpoint: `POST {"query", "vector", "k"}` is answered with `{"results": [{"id"}]}`, the nearest first,
 * and `GET` with `{"newest"}`. Without a vector the endpoint embeds the query itself.
 */
export class HttpSearch implements Search {
  private readonly service: Service;
  private readonly bodies: Made<string>;

  constructor(
    url: URL,
    private readonly k: number,
    credential?: Credential,
    timeoutMs?: number,
  ) {
    this.service = new Service(url, credential, timeoutMs);
    this.bodies = new Made(({ text, vector }: Query) => JSON.stringify({ query: text, vector, k }));
  }

  async search(query: Query): Promise<string[]> {
    const answer = found.safeParse(await this.service.json("POST", "", this.bodies.of(query)));
    if (!answer.success) throw new SearchError('Its answer is not {"results": [{"id": …}]}.');
    return answer.data.results.slice(0, this.k).map(({ id }) => id);
  }

  async newest(): Promise<Date> {
    const answer = newest.safeParse(await this.service.json("GET"));
    if (!answer.success) throw new SearchError('Its answer is not {"newest": <a time with its zone>}.');
    return new Date(answer.data.newest);
  }

  close(): Promise<void> {
    return this.service.close();
  }
}
