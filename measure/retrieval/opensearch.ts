import { z } from "zod";
import { Made, type Query, type Search, SearchError } from "./search";
import { type Credential, Service } from "./service";

/** Where an index has what is asked for. */
export interface Fields {
  vector: string;
  time: string;
  /** The field with a document's id, where that is not the id of the index's own entry. */
  id?: string;
}

const answered = z.object({ timed_out: z.boolean(), _shards: z.object({ failed: z.number() }) });
const found = z.object({
  hits: z.object({
    hits: z.array(z.object({ _id: z.string(), _source: z.record(z.string(), z.unknown()).optional() })),
  }),
});
const newest = z.object({ aggregations: z.object({ newest: z.object({ value: z.number() }) }) });

/**
 * An index of OpenSearch: `_search` with a k-NN query, and the maximum of a field with a date.
 * https://docs.opensearch.org/latest/query-dsl/specialized/k-nn/index
 */
export class OpenSearch implements Search {
  private readonly service: Service;
  private readonly path: string;
  private readonly bodies: Made<string>;

  constructor(
    url: URL,
    index: string,
    private readonly fields: Fields,
    k: number,
    credential?: Credential,
    timeoutMs?: number,
  ) {
    this.service = new Service(url, credential, timeoutMs);
    this.path = `/${encodeURIComponent(index)}/_search`;
    this.bodies = new Made(({ vector }: Query) =>
      JSON.stringify({
        size: k,
        _source: fields.id === undefined ? false : [fields.id],
        query: { knn: { [fields.vector]: { vector, k } } },
      }),
    );
  }

  async search(query: Query): Promise<string[]> {
    const { id: field } = this.fields;
    const answer = found.safeParse(await this.ask(this.bodies.of(query)));
    if (!answer.success) throw new SearchError("Its answer has no hits.");
    return answer.data.hits.hits.map(({ _id, _source }) => {
      const id = field === undefined ? _id : _source?.[field];
      if (typeof id !== "string") throw new SearchError("A document has no id in the field that is named.");
      return id;
    });
  }

  async newest(): Promise<Date> {
    const body = { size: 0, aggs: { newest: { max: { field: this.fields.time } } } };
    const answer = newest.safeParse(await this.ask(JSON.stringify(body)));
    if (!answer.success) throw new SearchError("No document has a time in the field that is named.");
    return new Date(answer.data.aggregations.newest.value);
  }

  close(): Promise<void> {
    return this.service.close();
  }

  /** Part of the shards answer with part of the documents, and with the status 200. */
  private async ask(body: string): Promise<unknown> {
    const answer = await this.service.json("POST", this.path, body);
    const { data } = answered.safeParse(answer);
    if (data === undefined) throw new SearchError("Its answer is none of OpenSearch.");
    if (data.timed_out || data._shards.failed > 0) throw new SearchError("Not all of its shards answered.");
    return answer;
  }
}
