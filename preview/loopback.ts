import { Status } from "@grpc/grpc-js/build/src/constants";

/**
 * What the bundle of a stack has in place of `@grpc/grpc-js` (scripts/previewBundles.mjs): program, pack and what answers
 * them are in one process there, and need no sockets. What the program says is written and read as on the wire all the
 * same, so that what cannot be written fails as it would there. Answers, and what the pack is asked about, come of that;
 * they are handed over as they are, and nobody changes them.
 */
interface MethodDefinition {
  path: string;
  requestType: new () => object;
  responseType: new () => object;
  requestSerialize(message: unknown): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
}

type Answer = (error: Partial<ServiceError> | null, response?: unknown) => void;
type Handler = (call: { request: unknown }, answer: Answer) => void;

interface ServiceError extends Error {
  code: number;
  details: string;
}

export const status = Status;
export const credentials = { createInsecure: () => ({}) };
export const ServerCredentials = credentials;
export class Metadata {}

const notImplemented =
  (name: string): Handler =>
  (_, answer) =>
    answer({
      code: Status.UNIMPLEMENTED,
      details: `The server does not implement the method ${name}`,
    });

const servers = new Map<string, Server>();
let lastPort = 0;

export class Server {
  private readonly handlers = new Map<string, Handler>();
  private address = "";

  addService(
    methods: Readonly<Record<string, MethodDefinition>>,
    handlers: Readonly<Record<string, Handler | undefined>>,
  ): void {
    for (const [name, { path }] of Object.entries(methods)) {
      this.handlers.set(path, handlers[name]?.bind(handlers) ?? notImplemented(name));
    }
  }

  bindAsync(_: string, __: unknown, bound: (error: null, port: number) => void): void {
    const port = ++lastPort;
    this.address = `127.0.0.1:${port}`;
    servers.set(this.address, this);
    setImmediate(bound, null, port);
  }

  handler(path: string): Handler | undefined {
    return this.handlers.get(path);
  }

  forceShutdown(): void {
    servers.delete(this.address);
  }

  tryShutdown(done: () => void): void {
    this.forceShutdown();
    setImmediate(done);
  }
}

/** Clients with a method for each of a service's, as the generated code wants them. */
export function makeGenericClientConstructor(methods: Readonly<Record<string, MethodDefinition>>) {
  class Client {
    constructor(readonly address: string) {}
    close(): void {}
  }
  for (const [name, method] of Object.entries(methods)) {
    const call = function (this: Client, request: unknown, ...rest: unknown[]) {
      ask(this.address, method, request, rest.at(-1) as Answer);
    };
    Object.defineProperty(Client.prototype, name, { value: call, writable: true });
  }
  return Client;
}

/** What is asked of a pack was read from the wire before. */
const isOfPack = ({ path }: MethodDefinition): boolean => path.startsWith("/pulumirpc.Analyzer/");

/** The answer comes in a later turn of the event loop, as from a socket. */
function ask(address: string, method: MethodDefinition, request: unknown, answer: Answer): void {
  const refuse = (error: Partial<ServiceError>) => setImmediate(answer, serviceError(error));
  let received: unknown;
  try {
    received = isOfPack(method) ? typed(request, method.requestType) : overWire(method, request);
  } catch (error) {
    refuse({ code: Status.INTERNAL, details: `Request message serialization failure: ${message(error)}` });
    return;
  }
  setImmediate(() => {
    const handler = servers.get(address)?.handler(method.path);
    if (handler === undefined) return refuse({ code: Status.UNAVAILABLE, details: "Nobody listens" });
    handler({ request: received }, (error, response) => {
      if (error) return refuse(error);
      if (!(response instanceof method.responseType))
        return refuse({ code: Status.INTERNAL, details: "Error serializing response" });
      setImmediate(answer, null, response);
    });
  });
}

const overWire = (method: MethodDefinition, request: unknown) =>
  method.requestDeserialize(method.requestSerialize(request));

function typed(request: unknown, type: new () => object): unknown {
  if (request instanceof type) return request;
  throw new Error("a message of another type");
}

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

function serviceError({ code = Status.UNKNOWN, details, message = "" }: Partial<ServiceError>): ServiceError {
  const said = details ?? message;
  return Object.assign(new Error(`${code} ${Status[code]}: ${said}`), { code, details: said });
}
