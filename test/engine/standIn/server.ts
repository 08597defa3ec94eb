import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { changedKeys, type Values } from "./values";

export interface Failure {
  property: string;
  reason: string;
}

/** The part of a resource plugin in which one cloud differs from another. */
export interface StandIn {
  version: string;
  /** Takes the provider's settings. @throws what the real one refuses them for. */
  configure(settings: Values): void;
  /** Fills in what the real one fills in, and says what it misses. */
  check(request: { type: string; name: string; olds: Values; news: Values; seed: string }): {
    inputs: Values;
    failures: Failure[];
  };
  /** The inputs whose change asks for another object, and whether the old one has to go first. */
  replaces(request: { type: string; olds: Values; news: Values; changed: readonly string[] }): {
    replaces: string[];
    deleteBeforeReplace: boolean;
  };
  /** What a preview knows of an object that is not there yet. */
  plan(type: string, inputs: Values): Values;
  create(urn: string, type: string, inputs: Values): Promise<{ id: string; outputs: Values }>;
  read(type: string, id: string): { inputs: Values; outputs: Values } | undefined;
  update(request: { urn: string; type: string; id: string; state: Values; inputs: Values }): Promise<Values>;
  delete(urn: string, type: string, id: string): Promise<void>;
}

/**
 * Serves a stand-in as the engine expects a plugin to: the port on the first line of standard output. It neither
 * accepts secrets nor references, so the engine hands over plain values and marks what comes back.
 */
export function serve(standIn: StandIn): void {
  const server = new grpc.Server({ "grpc.max_receive_message_length": maxMessageBytes });
  server.addService(ResourceProviderService, serviceOf(standIn));
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  // An engine that is killed cannot end its plugins.
  const engine = process.ppid;
  setInterval(() => process.ppid !== engine && process.exit(), 500);
}

/** 400 MiB: what the engine allows itself (rpcutil.GrpcMaxMessageSize). */
const maxMessageBytes = 400 * 1024 * 1024;

const serviceOf = (standIn: StandIn): grpc.UntypedServiceImplementation => ({
  getPluginInfo: unary(() => new PluginInfo().setVersion(standIn.version)),
  attach: unary(() => new Empty()),
  cancel: unary(() => new Empty()),
  checkConfig: unary((request: proto.CheckRequest) => new proto.CheckResponse().setInputs(request.getNews())),
  diffConfig: unary(() => new proto.DiffResponse().setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE)),
  configure: unary((request: proto.ConfigureRequest) => {
    standIn.configure(values(request.getArgs()));
    return new proto.ConfigureResponse().setSupportspreview(true);
  }),

  check: unary((request: proto.CheckRequest) => {
    const { inputs, failures } = standIn.check({
      type: request.getType(),
      name: request.getName(),
      olds: values(request.getOlds()),
      news: values(request.getNews()),
      seed: Buffer.from(request.getRandomseed_asU8()).toString("hex"),
    });
    return new proto.CheckResponse()
      .setInputs(struct(inputs))
      .setFailuresList(
        failures.map(({ property, reason }) =>
          new proto.CheckFailure().setProperty(property).setReason(reason),
        ),
      );
  }),

  diff: unary((request: proto.DiffRequest) => {
    const [olds, news] = [values(request.getOldInputs()), values(request.getNews())];
    const ignored = new Set(request.getIgnorechangesList());
    const changed = changedKeys(olds, news).filter((key) => !ignored.has(key));
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    if (changed.length === 0) return new proto.DiffResponse().setChanges(DIFF_NONE);
    const { replaces, deleteBeforeReplace } = standIn.replaces({
      type: request.getType(),
      olds,
      news,
      changed,
    });
    return new proto.DiffResponse()
      .setChanges(DIFF_SOME)
      .setDiffsList(changed)
      .setReplacesList(replaces)
      .setDeletebeforereplace(replaces.length > 0 && deleteBeforeReplace);
  }),

  create: unary(async (request: proto.CreateRequest) => {
    const [type, inputs] = [request.getType(), values(request.getProperties())];
    if (request.getPreview())
      return new proto.CreateResponse().setProperties(struct(standIn.plan(type, inputs)));
    const { id, outputs } = await standIn.create(request.getUrn(), type, inputs);
    return new proto.CreateResponse().setId(id).setProperties(struct(outputs));
  }),

  read: unary((request: proto.ReadRequest) => {
    const found = standIn.read(request.getType(), request.getId());
    // Without an id: it is no longer there.
    if (!found) return new proto.ReadResponse();
    return new proto.ReadResponse()
      .setId(request.getId())
      .setInputs(struct(found.inputs))
      .setProperties(struct(found.outputs));
  }),

  update: unary(async (request: proto.UpdateRequest) => {
    const [state, inputs] = [values(request.getOlds()), values(request.getNews())];
    const outputs = request.getPreview()
      ? { ...state, ...inputs }
      : await standIn.update({
          urn: request.getUrn(),
          type: request.getType(),
          id: request.getId(),
          state,
          inputs,
        });
    return new proto.UpdateResponse().setProperties(struct(outputs));
  }),

  delete: unary(async (request: proto.DeleteRequest) => {
    await standIn.delete(request.getUrn(), request.getType(), request.getId());
    return new Empty();
  }),
});

const values = (properties: Struct | undefined): Values => properties?.toJavaScript() ?? {};
const struct = (properties: Values) =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>);

function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    try {
      callback(null, await answer(call.request));
    } catch (error) {
      const details = error instanceof Error ? error.message : String(error);
      callback({ code: grpc.status.UNKNOWN, details });
    }
  };
}
