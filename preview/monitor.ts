import * as grpc from "@grpc/grpc-js";
import * as enginerpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as resourcerpc from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
  isProvider,
  type PlannedResource,
  packageOf,
  providerUrn,
  rootType,
  seconds,
  urnOf,
} from "./resource";

/** A message of the program or the SDK, as the engine would show it. */
export interface Diagnostic {
  severity: "debug" | "info" | "warning" | "error";
  message: string;
}

export interface MonitorOptions {
  project: string;
  stack: string;
  /** Configuration of other namespaces (`aws:region`), which default providers take as inputs. */
  config: Readonly<Record<string, string>>;
}

/** 400 MiB: what the engine and the SDKs allow themselves (rpcutil.GrpcMaxMessageSize). */
export const maxMessageBytes = 400 * 1024 * 1024;

const features = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "aliasSpecs",
  "deletedWith",
  "parameterization",
]);

/**
 * The engine's side of a preview of a new stack: it answers a program's registrations as the engine does
 * where nothing exists yet, and keeps them in order. A resource's outputs are its inputs; ids and whatever a
 * provider computes are unknown. It never talks to a cloud: functions of providers fail with a plain message.
 */
export class PreviewMonitor {
  readonly resources: PlannedResource[] = [];
  readonly diagnostics: Diagnostic[] = [];
  private readonly server = new grpc.Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  private readonly packages = new Map<string, { name: string; version: string }>();
  private root = "";

  constructor(private readonly options: MonitorOptions) {
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
        this.packages.set(ref, { name: request.getName(), version: request.getVersion() });
        const response = new proto.RegisterPackageResponse();
        response.setRef(ref);
        return response;
      }),
      registerResource: unary((request: proto.RegisterResourceRequest) => this.register(request)),
      registerResourceOutputs: unary((request: proto.RegisterResourceOutputsRequest) => {
        const resource = this.resources.find(({ urn }) => urn === request.getUrn());
        if (resource) resource.outputs = request.getOutputs() ?? new Struct();
        return new Empty();
      }),
      readResource: unary((request: proto.ReadResourceRequest) => {
        const response = new proto.ReadResourceResponse();
        const { project, stack } = this.options;
        response.setUrn(urnOf(stack, project, request.getParent(), request.getType(), request.getName()));
        response.setProperties(new Struct());
        return response;
      }),
      invoke: unary((request: proto.ResourceInvokeRequest) => needsCloud(request.getTok())),
      call: unary((request: proto.ResourceCallRequest) => needsCloud(request.getTok())),
      signalAndWaitForShutdown: unary(() => new Empty()),
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
    const parent = request.getParent() || (type === rootType ? "" : this.root);
    const urn = urnOf(stack, project, parent, type, request.getName());
    if (this.resources.some((other) => other.urn === urn)) throw refuse(`Duplicate resource URN '${urn}'`);
    const needsProvider = request.getCustom() && !isProvider(type);
    const provider =
      providerUrn(request.getProvider()) || (needsProvider ? this.defaultProvider(request) : "");
    this.resources.push(planned(request, { urn, parent, provider }));
    const response = new proto.RegisterResourceResponse();
    response.setUrn(urn);
    response.setObject(request.getObject() ?? new Struct());
    response.setResult(proto.Result.SUCCESS);
    return response;
  }

  /** The provider that the engine makes for a resource that names none, from ambient configuration. */
  private defaultProvider(request: proto.RegisterResourceRequest): string {
    const { project, stack, config } = this.options;
    const registered = this.packages.get(request.getPackageref());
    const name = registered?.name ?? packageOf(request.getType());
    const version = registered?.version ?? request.getVersion();
    const suffix = version === "" ? "" : `_${version.replaceAll(/[.+-]/g, "_")}`;
    const type = `pulumi:providers:${name}`;
    const urn = `urn:pulumi:${stack}::${project}::${type}::default${suffix}`;
    if (this.resources.some((other) => other.urn === urn)) return urn;
    const own = Object.entries(config).filter(([key]) => key.startsWith(`${name}:`));
    const inputs = {
      ...Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value])),
      version,
    };
    this.resources.push({
      ...plain,
      urn,
      type,
      name: `default${suffix}`,
      inputs: Struct.fromJavaScript(inputs),
    });
    return urn;
  }
}

const plain: Omit<PlannedResource, "urn" | "type" | "name" | "inputs"> = {
  custom: true,
  parent: "",
  provider: "",
  outputs: undefined,
  dependencies: [],
  propertyDependencies: new Map(),
  options: {
    protect: false,
    ignoreChanges: [],
    deleteBeforeReplace: undefined,
    additionalSecretOutputs: [],
    aliases: [],
    timeouts: { create: 0, update: 0, delete: 0 },
  },
};

function planned(
  request: proto.RegisterResourceRequest,
  places: Pick<PlannedResource, "urn" | "parent" | "provider">,
): PlannedResource {
  const timeouts = request.getCustomtimeouts();
  const propertyDependencies = new Map<string, string[]>();
  request.getPropertydependenciesMap().forEach((value, key) => {
    propertyDependencies.set(key, value.getUrnsList());
  });
  return {
    ...places,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: request.getObject() ?? new Struct(),
    outputs: undefined,
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    options: {
      protect: request.getProtect() === true,
      ignoreChanges: request.getIgnorechangesList(),
      deleteBeforeReplace: request.getDeletebeforereplacedefined()
        ? request.getDeletebeforereplace()
        : undefined,
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      aliases: request.getAliasurnsList(),
      timeouts: {
        create: seconds(timeouts?.getCreate() ?? ""),
        update: seconds(timeouts?.getUpdate() ?? ""),
        delete: seconds(timeouts?.getDelete() ?? ""),
      },
    },
  };
}

function needsCloud(token: string): never {
  throw refuse(
    `${token} asks the cloud, which a preview without credentials cannot do. Use a value from the configuration instead`,
  );
}

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
