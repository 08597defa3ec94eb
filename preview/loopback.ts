import { Status } from "@grpc/grpc-js/build/src/constants";

/**
 * What the bundle of a stack has in place of `@grpc/grpc-js` (scripts/previewBundles.mjs): program, pack and what answers
 * them are in one process there, and need no sockets. Every message is written and read as on the wire all the same, so
 * that no side sees an object of another, and what cannot be written fails as it would there.
 */
interface MethodDefinition {
  path: string;
  requestSerialize(message: unknown): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(message: unknown): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
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

/** The answer comes in a later turn of the event loop, as from a socket. */
function ask(address: string, method: MethodDefinition, request: unknown, answer: Answer): void {
  const refuse = (error: Partial<ServiceError>) => setImmediate(answer, serviceError(error));
  let bytes: Buffer;
  try {
    bytes = method.requestSerialize(request);
  } catch (error) {
    refuse({ code: Status.INTERNAL, details: `Request message serialization failure: ${message(error)}` });
    return;
  }
  setImmediate(() => {
    const handler = servers.get(address)?.handler(method.path);
    if (handler === undefined) return refuse({ code: Status.UNAVAILABLE, details: "Nobody listens" });
    handler({ request: method.requestDeserialize(bytes) }, (error, response) => {
      if (error) return refuse(error);
      let written: Buffer;
      try {
        written = method.responseSerialize(response);
      } catch {
        return refuse({ code: Status.INTERNAL, details: "Error serializing response" });
      }
      setImmediate(() => answer(null, method.responseDeserialize(written)));
    });
  });
}

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

function serviceError({ code = Status.UNKNOWN, details, message = "" }: Partial<ServiceError>): ServiceError {
  const said = details ?? message;
  return Object.assign(new Error(`${code} ${Status[code]}: ${said}`), { code, details: said });
}
