import { z } from "zod";
import { count, free, quantity, separate } from "../relation";
import { projectFile } from "./names";

const secretName = () => z.string().regex(/^[A-Za-z0-9][\w./-]{0,400}$/, "a Secrets Manager name");
const address = () =>
  z
    .string()
    .max(500)
    .regex(
      /^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[\w./~%-]*)?$/,
      "an http or https address without credentials",
    );
const identifier = () =>
  z.string().regex(/^[A-Za-z_][\w.-]{0,127}$/, "a name of at most 128 letters, digits, '_', '.' and '-'");

/** Where the index is that answers are grounded in, as the hourly job and `lockstep evidence retrieval` ask it. */
export const retrievalIndex = z.strictObject({
  adapter: free(z.enum(["http", "opensearch", "pgvector"]), "How the index is asked; see docs/retrieval.md."),
  url: separate(
    address(),
    "The address of the environment's own index; of pgvector it is in the secret, because it has a password in it.",
  ).optional(),
  secretName: separate(
    secretName(),
    "The secret in AWS Secrets Manager with the index's key, or with pgvector's postgres:// address, under environment.secretPrefix.",
  ).optional(),
  index: free(identifier(), "The name of opensearch's index, or of pgvector's table.").optional(),
  vectorField: free(identifier(), "The field with a document's vector.").default("embedding"),
  timeField: free(identifier(), "The field with a document's time.").default("updated_at"),
  idField: free(identifier(), "The field with a document's id; absent: the entry's own.").optional(),
  distance: free(
    z.enum(["cosine", "l2", "inner"]),
    "The distance that pgvector's index was made for.",
  ).default("cosine"),
  embed: free(
    z.enum(["gateway", "search"]),
    "Who embeds the queries: the gateway, or an http endpoint that takes text.",
  ).default("gateway"),
  queries: free(projectFile(), "The file of fixed queries that recall is measured with.", { file: true }),
  corpusUrl: free(address(), "Where production's corpus tells the time of its newest document."),
  corpusSecretName: separate(
    secretName(),
    "The secret in AWS Secrets Manager with the key to the corpus, under environment.secretPrefix.",
  ).optional(),
  concurrency: free(
    count("searches", 1, 100),
    "How many searches production is expected to have in flight.",
  ).optional(),
  maxUsd: free(
    quantity("USD per run", 0.001, 1_000),
    "The most that embedding the queries may cost in a run.",
  ).default(1),
  privateAddresses: z
    .array(
      z.strictObject({
        cidr: free(
          z.string().regex(/^(\d{1,3}\.){3}\d{1,3}\/(1\d|2\d|3[0-2]|8|9)$/, 'an IPv4 block: "10.0.0.0/16"'),
          "A private block that the job may reach: the index's or the corpus's.",
        ),
        port: free(count("1", 1, 65_535), "The port there."),
      }),
    )
    .max(20)
    .default([]),
});
