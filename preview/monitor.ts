import * as grpc from "@grpc/grpc-js";
import * as enginerpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import * as resourcerpc from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { text } from "./convert";
import { type Ambient, defaultProvider, isDisabled, type Plugin } from "./defaultProvider";
import { planned } from "./planned";
import { isProvider, type PlannedResource, packageOf, providerUrn, rootType, urnOf } from "./resource";

/** A message of the program or the SDK, as the engine would show it. */
export interface Diagnostic {
  severity: "debug" | "info" | "warning" | "error";
  message: string;
}

/** 400 MiB: what the engine and the SDKs allow themselves (rpcutil.GrpcMaxMessageSize). */
export const maxMessageBytes = 400 * 1024 * 1024;

const features = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "aliasSpecs",
  "deletedWith",
  "replaceWith",
  "replacementTrigger",
  "parameterization",
  "transforms",
  "invokeTransforms",
  "resourceHooks",
  "errorHooks",
  "sendsOptionsToHooks",
]);

/**
 * The engine's side of a preview of a new stack: it answers a program's registrations as the engine does
 * where nothing exists yet, and keeps them in order. A resource's outputs are its inputs; ids and whatever a
 * provider computes are unknown. It never talks to a cloud: functions of providers fail with a plain message,
 * and so do transforms, which it does not run.
 */
export class PreviewMonitor {
  readonly resources: PlannedResource[] = [];
  readonly diagnostics: Diagnostic[] = [];
  /** Told when the program has come to its end without an error: the SDK says so, and waits for the answer. */
  onEnd: () => void = () => undefined;
  private readonly server = new grpc.Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  private readonly packages = new Map<string, Plugin>();
  private readonly byUrn = new Map<string, PlannedResource>();
  private root = "";

  constructor(private readonly options: Ambient) {
    this.server.addService(resourcerpc.ResourceMonitorService, this.monitorService());
    this.server.addService(enginerpc.EngineService, this.engineService());
  }

  /** Listens on a free port of the loopback interface and returns the address. */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(`127.0.0.1:${port}`);
      });
    });
  }

  close(): void {
    this.server.forceShutdown();
  }

  private monitorService(): grpc.UntypedServiceImplementation {
    return {
      supportsFeature: unary((request: proto.SupportsFeatureRequest) => {
        const response = new proto.SupportsFeatureResponse();
        response.setHassupport(features.has(request.getId()));
        return response;
      }),
      registerPackage: unary((request: proto.RegisterPackageRequest) => {
        const ref = `package-${this.packages.size}`;
        const downloadUrl = request.getDownloadUrl();
        this.packages.set(ref, { name: request.getName(), version: request.getVersion(), downloadUrl });
        const response = new proto.RegisterPackageResponse();
        response.setRef(ref);
        return response;
      }),
      registerResource: unary((request: proto.RegisterResourceRequest) => this.register(request)),
      registerResourceOutputs: unary((request: proto.RegisterResourceOutputsRequest) => {
        const resource = this.byUrn.get(request.getUrn());
        if (resource) resource.outputs = request.getOutputs() ?? new Struct();
        return new Empty();
      }),
      readResource: unary((request: proto.ReadResourceRequest) => {
        const response = new proto.ReadResourceResponse();
        const { project, stack } = this.options;
        this.providerOf(request);
        response.setUrn(urnOf(stack, project, request.getParent(), request.getType(), request.getName()));
        response.setProperties(new Struct());
        return response;
      }),
      invoke: unary((request: proto.ResourceInvokeRequest) =>
        request.getTok() === "pulumi:pulumi:getResource"
          ? this.getResource(request)
          : needsCloud(request.getTok()),
      ),
      call: unary((request: proto.ResourceCallRequest) => needsCloud(request.getTok())),
      registerStackTransform: unary(() => this.refuseStackTransform()),
      registerStackInvokeTransform: unary(() => this.refuseStackTransform()),
      // In a preview the engine runs no hooks but those that ask for it, and they cannot change a resource.
      registerResourceHook: unary(() => new Empty()),
      registerErrorHook: unary(() => new Empty()),
      signalAndWaitForShutdown: unary(() => {
        this.onEnd();
        return new Empty();
      }),
    };
  }

  private engineService(): grpc.UntypedServiceImplementation {
    const severities = ["debug", "info", "warning", "error"] as const;
    return {
      log: unary((request: engine.LogRequest) => {
        const severity = severities[request.getSeverity()] ?? "info";
        if (severity !== "debug") this.diagnostics.push({ severity, message: request.getMessage() });
        return new Empty();
      }),
      getRootResource: unary(() => {
        const response = new engine.GetRootResourceResponse();
        response.setUrn(this.root);
        return response;
      }),
      setRootResource: unary((request: engine.SetRootResourceRequest) => {
        this.root = request.getUrn();
        return new engine.SetRootResourceResponse();
      }),
    };
  }

  private register(request: proto.RegisterResourceRequest): proto.RegisterResourceResponse {
    const { project, stack } = this.options;
    const type = request.getType();
    if (request.getRemote())
      throw refuse(`${type} is a component of a plugin, which only the Pulumi engine can run`);
    if (request.getTransformsList().length > 0) throw transformOf(`${type} ${request.getName()}`);
    const parent = request.getParent() || (type === rootType ? "" : this.root);
    const urn = urnOf(stack, project, parent, type, request.getName());
    if (this.byUrn.has(urn)) throw refuse(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    const provider = request.getCustom() && !isProvider(type) ? this.providerOf(request) : "";
    this.add(planned(request, { urn, parent, provider }));
    const response = new proto.RegisterResourceResponse();
    response.setUrn(urn);
    // A component has no outputs until it registers them; the SDK falls back to its inputs.
    response.setObject((request.getCustom() && request.getObject()) || new Struct());
    response.setResult(proto.Result.SUCCESS);
    return response;
  }

  /** Said here as well: the SDK drops the reason of a refused stack transform. */
  private refuseStackTransform(): never {
    const refusal = transformOf("The stack");
    this.diagnostics.push({ severity: "error", message: refusal.message });
    throw refusal;
  }

  private add(resource: PlannedResource): void {
    this.resources.push(resource);
    this.byUrn.set(resource.urn, resource);
  }

  /** URN of the provider of a resource or a read; a default one comes into being where none is named. */
  private providerOf(request: proto.RegisterResourceRequest | proto.ReadResourceRequest): string {
    const explicit = providerUrn(request.getProvider());
    if (explicit) return explicit;
    const type = request.getType();
    const plugin = this.packages.get(request.getPackageref()) ?? {
      name: packageOf(type),
      version: request.getVersion(),
      downloadUrl: request.getPlugindownloadurl(),
    };
    if (isDisabled(plugin.name, this.options.config)) {
      throw refuse(
        `Default provider for '${plugin.name}' disabled. '${type}' must use an explicit provider.`,
      );
    }
    const provider = defaultProvider(plugin, this.options);
    if (!this.byUrn.has(provider.urn)) this.add(provider);
    return provider.urn;
  }

  /** The built-in function with which the SDK turns a reference into a resource. */
  private getResource(request: proto.ResourceInvokeRequest): InvokeResponse {
    const provider = defaultProvider({ name: "pulumi", version: "", downloadUrl: "" }, this.options);
    if (!this.byUrn.has(provider.urn)) this.add(provider);
    const urn = request.getArgs()?.getFieldsMap().get("urn")?.getStringValue() ?? "";
    const resource = this.byUrn.get(urn);
    if (!resource) throw refuse(`unknown resource ${urn}`);
    const state = new Value();
    state.setStructValue(resource.custom ? resource.inputs : (resource.outputs ?? new Struct()));
    const result = new Struct();
    result.getFieldsMap().set("urn", text(urn)).set("id", text("")).set("state", state);
    const response = new InvokeResponse();
    response.setReturn(result);
    return response;
  }
}

function needsCloud(token: string): never {
  throw refuse(
    `${token} asks the cloud, which a preview without credentials cannot do. Use a value from the configuration instead`,
  );
}

const transformOf = (what: string) => refuse(`${what} has a transform, which only the Pulumi engine can run`);

const refuse = (details: string) =>
  Object.assign(new Error(details), { code: grpc.status.FAILED_PRECONDITION, details });

function unary<Request, Response>(
  answer: (request: Request) => Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    try {
      callback(null, answer(call.request));
    } catch (error) {
      callback(error as grpc.ServiceError);
    }
  };
}
