import * as sockets from "@grpc/grpc-js";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { AnalyzeRequest, AnalyzeResponse } from "@pulumi/pulumi/proto/analyzer_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { RegisterResourceRequest, RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterEach, describe, expect, it } from "vitest";
import * as loopback from "../../preview/loopback";

type Callback = (error: sockets.ServiceError | null, response?: object) => void;
interface Client {
  registerResource(request: unknown, callback: Callback): unknown;
  analyze(request: unknown, callback: Callback): unknown;
  close(): void;
}
type Handler<Request = RegisterResourceRequest> = (
  call: { request: Request },
  answer: (error: unknown, response?: unknown) => void,
) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server of one service with one method or none, and its client. */
async function serve(
  grpc: typeof sockets,
  handlers: { registerResource?: Handler; analyze?: Handler<AnalyzeRequest> },
): Promise<{ client: Client; stop(): void }> {
  const server = new grpc.Server();
  const service = handlers.analyze === undefined ? ResourceMonitorService : AnalyzerService;
  server.addService(service as never, handlers as never);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const Constructor = grpc.makeGenericClientConstructor(service as never, "Service");
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

type Answer = RegisterResourceResponse | { code: number; details: string };

function ask(client: Client, request: unknown): Promise<Answer> {
  return new Promise((resolve) => {
    client.registerResource(request, (error, response) =>
      resolve(error ? { code: error.code, details: error.details } : (response as RegisterResourceResponse)),
    );
  });
}

const request = (type: string) => {
  const made = new RegisterResourceRequest();
  made.setType(type);
  made.setObject(Struct.fromJavaScript({ size: 3, names: ["a", null], deep: { on: true } }));
  return made;
};

describe.each(both)("over %s", (_, grpc) => {
  it("a program's message arrives as it was when it was sent", async () => {
    const seen: RegisterResourceRequest[] = [];
    const { client } = await serve(grpc, {
      registerResource: ({ request: got }, answer) => {
        seen.push(got);
        answer(null, new RegisterResourceResponse());
      },
    });
    const sent = request("one");
    const answer = ask(client, sent);
    sent.setType("another");
    expect(await answer).toBeInstanceOf(RegisterResourceResponse);
    expect(seen[0]).not.toBe(sent);
    expect(seen[0]?.getType()).toBe("one");
    expect(seen[0]?.getObject()?.toJavaScript()).toEqual({ size: 3, names: ["a", null], deep: { on: true } });
  });

  it("an answer comes in a later turn, and answers come in their own order", async () => {
    const held: (() => void)[] = [];
    const { client } = await serve(grpc, {
      registerResource: ({ request: got }, answer) => {
        const say = () => answer(null, new RegisterResourceResponse());
        if (got.getType() === "held") held.push(say);
        else {
          say();
          // Two that are sent together may arrive in either order.
          setTimeout(() => {
            for (const one of held) one();
          }, 50);
        }
      },
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
      { code: 12, details: "The server does not implement the method registerResource" },
    ],
    [
      "an answer that is none of the method's",
      (_call, answer) => answer(null, request("one")),
      request("one"),
      { code: 13, details: "Error serializing response" },
    ],
    [
      "a request that is none of the method's",
      (_call, answer) => answer(null, new RegisterResourceResponse()),
      new RegisterResourceResponse(),
      {
        code: 13,
        details: expect.stringContaining("Expected argument of type pulumirpc.RegisterResourceRequest"),
      },
    ],
  ])("%s is an error", async (_name, handler, sent, expected) => {
    const { client } = await serve(grpc, handler === undefined ? {} : { registerResource: handler });
    expect(await ask(client, sent)).toEqual(expected);
  });

  it("nobody answers any more after a shutdown", async () => {
    const { client, stop } = await serve(grpc, {
      registerResource: (_call, answer) => answer(null, new RegisterResourceResponse()),
    });
    stop();
    expect(await ask(client, request("one"))).toMatchObject({ code: 14 });
  });
});

/** What the program registered was read from the wire before. */
describe("the loopback", () => {
  const pack = loopback as unknown as typeof sockets;

  it("hands a pack's questions and answers over as they are", async () => {
    const seen: AnalyzeRequest[] = [];
    const answered = new AnalyzeResponse();
    const { client } = await serve(pack, {
      analyze: ({ request: got }, answer) => {
        seen.push(got);
        answer(null, answered);
      },
    });
    const sent = new AnalyzeRequest();
    const got = await new Promise((resolve) => client.analyze(sent, (_error, response) => resolve(response)));
    expect([seen[0] === sent, got === answered]).toEqual([true, true]);
  });

  it("takes no message of another type for a question to a pack", async () => {
    const { client } = await serve(pack, { analyze: (_call, answer) => answer(null, new AnalyzeResponse()) });
    const error = await new Promise((resolve) => client.analyze(request("one"), resolve));
    expect(error).toMatchObject({ code: 13 });
  });
});
