import * as sockets from "@grpc/grpc-js";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { AnalyzeRequest, AnalyzeResponse } from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterEach, describe, expect, it } from "vitest";
import * as loopback from "../../preview/loopback";

type Callback = (error: sockets.ServiceError | null, response?: AnalyzeResponse) => void;
interface Client {
  analyze(request: unknown, callback: Callback): unknown;
  close(): void;
}
type Handler = (
  call: { request: AnalyzeRequest },
  answer: (error: unknown, response?: unknown) => void,
) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server of the analyzer with one method, and its client. */
async function serve(
  grpc: typeof sockets,
  analyze: Handler | undefined,
): Promise<{ client: Client; stop(): void }> {
  const server = new grpc.Server();
  server.addService(AnalyzerService as never, (analyze === undefined ? {} : { analyze }) as never);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const Constructor = grpc.makeGenericClientConstructor(AnalyzerService as never, "Analyzer");
  const client = new Constructor(`127.0.0.1:${port}`, grpc.credentials.createInsecure()) as unknown as Client;
  closing.push(() => {
    client.close();
    server.forceShutdown();
  });
  return { client, stop: () => server.forceShutdown() };
}

const both: [string, typeof sockets][] = [
  ["sockets", sockets],
  ["the loopback", loopback as unknown as typeof sockets],
];

function ask(client: Client, request: unknown): Promise<AnalyzeResponse | { code: number; details: string }> {
  return new Promise((resolve) => {
    client.analyze(request, (error, response) =>
      resolve(
        error ? { code: error.code, details: error.details } : (response ?? { code: -1, details: "nothing" }),
      ),
    );
  });
}

const request = (type: string) => {
  const made = new AnalyzeRequest();
  made.setType(type);
  made.setProperties(Struct.fromJavaScript({ size: 3, names: ["a", null], deep: { on: true } }));
  return made;
};

describe.each(both)("over %s", (_, grpc) => {
  it("both sides have messages of their own, as they were when they were sent", async () => {
    const seen: AnalyzeRequest[] = [];
    const answered = new AnalyzeResponse();
    const { client } = await serve(grpc, ({ request: got }, answer) => {
      seen.push(got);
      answer(null, answered);
    });
    const sent = request("one");
    const answer = ask(client, sent);
    sent.setType("another");
    const got = await answer;
    expect(got).toBeInstanceOf(AnalyzeResponse);
    expect(got).not.toBe(answered);
    expect(seen[0]).not.toBe(sent);
    expect(seen[0]?.getType()).toBe("one");
    expect(seen[0]?.getProperties()?.toJavaScript()).toEqual({
      size: 3,
      names: ["a", null],
      deep: { on: true },
    });
  });

  it("an answer comes in a later turn, and answers come in their own order", async () => {
    const held: (() => void)[] = [];
    const { client } = await serve(grpc, ({ request: got }, answer) => {
      const say = () => answer(null, new AnalyzeResponse());
      if (got.getType() === "held") held.push(say);
      else {
        say();
        for (const one of held) one();
      }
    });
    const order: string[] = [];
    const first = ask(client, request("held")).then(() => order.push("held"));
    const second = ask(client, request("at once")).then(() => order.push("at once"));
    order.push("asked");
    await Promise.all([first, second]);
    expect(order).toEqual(["asked", "at once", "held"]);
  });

  it.each<[string, Handler | undefined, unknown, { code: number; details: unknown }]>([
    [
      "a refusal with its code",
      (_call, answer) => answer({ code: 9, details: "no second one" }),
      request("one"),
      { code: 9, details: "no second one" },
    ],
    [
      "an error without a code",
      (_call, answer) => answer(new Error("broken")),
      request("one"),
      { code: 2, details: "broken" },
    ],
    [
      "a method that the server has not",
      undefined,
      request("one"),
      { code: 12, details: "The server does not implement the method analyze" },
    ],
    [
      "an answer that is none of the method's",
      (_call, answer) => answer(null, request("one")),
      request("one"),
      { code: 13, details: "Error serializing response" },
    ],
    [
      "a request that is none of the method's",
      (_call, answer) => answer(null, new AnalyzeResponse()),
      new AnalyzeResponse(),
      { code: 13, details: expect.stringContaining("Expected argument of type pulumirpc.AnalyzeRequest") },
    ],
  ])("%s is an error", async (_name, handler, sent, expected) => {
    const { client } = await serve(grpc, handler);
    expect(await ask(client, sent)).toEqual(expected);
  });

  it("nobody answers any more after a shutdown", async () => {
    const { client, stop } = await serve(grpc, (_call, answer) => answer(null, new AnalyzeResponse()));
    stop();
    expect(await ask(client, request("one"))).toMatchObject({ code: 14 });
  });
});
