import * as grpc from "@grpc/grpc-js";
import * as analyzerrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import type * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { maxMessageBytes } from "./monitor";
import { policyConfig } from "./policyConfig";
import { levels, type PolicyInfo, type PolicyReport } from "./policyReport";
import {
  analyzeRequest,
  analyzeStackRequest,
  type Providers,
  type StackOptions,
  stackConfigRequest,
} from "./requests";
import type { PlannedResource } from "./resource";

/** A pack that has been started, by the interface over which the engine asks it. */
export class Analyzer {
  private constructor(
    private readonly client: analyzerrpc.AnalyzerClient,
    private readonly timeoutMs: number,
    readonly version: string,
    readonly policies: readonly PolicyInfo[],
  ) {}

  /** Gives the pack that listens on a port of the loopback interface its initial configuration, as the engine does. */
  static async configure(port: number, options: StackOptions & { timeoutMs: number }): Promise<Analyzer> {
    const { timeoutMs } = options;
    const client = new analyzerrpc.AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": maxMessageBytes,
      "grpc.max_send_message_length": maxMessageBytes,
    });
    await call<proto.AnalyzerStackConfigureRequest, proto.AnalyzerStackConfigureResponse>(
      client.configureStack,
      client,
      stackConfigRequest(options),
      timeoutMs,
    );
    const info = await call<Empty, proto.AnalyzerInfo>(
      client.getAnalyzerInfo,
      client,
      new Empty(),
      timeoutMs,
    );
    const configured = policyConfig(info);
    await call<proto.ConfigureAnalyzerRequest, Empty>(client.configure, client, configured, timeoutMs);
    const policies = info.getPoliciesList().map((policy) => ({
      name: policy.getName(),
      description: policy.getDescription(),
      level:
        levels[configured.getPolicyconfigMap().get(policy.getName())?.getEnforcementlevel() ?? 0] ??
        "advisory",
    }));
    return new Analyzer(client, timeoutMs, info.getVersion(), policies);
  }

  /** Reports about one resource, as it stands before it would be created. */
  async analyze(resource: PlannedResource, providers: Providers): Promise<PolicyReport[]> {
    const request = analyzeRequest(resource, providers);
    return reportsOf(await this.ask(this.client.analyze, request), resource.urn);
  }

  /** Reports about all resources together, as the engine asks for them after everything else. */
  async analyzeStack(resources: readonly PlannedResource[], providers: Providers): Promise<PolicyReport[]> {
    const request = analyzeStackRequest(resources, providers);
    const response = await this.ask(this.client.analyzeStack, request);
    // A promise that nobody waited for ends the pack just after its answer: that is no pass either.
    await call<Empty, PluginInfo>(this.client.getPluginInfo, this.client, new Empty(), this.timeoutMs);
    return reportsOf(response, resources[0]?.urn ?? "");
  }

  close(): void {
    this.client.close();
  }

  private ask<Request>(
    method: Method<Request, proto.AnalyzeResponse>,
    request: Request,
  ): Promise<proto.AnalyzeResponse> {
    return call(method, this.client, request, this.timeoutMs);
  }
}

type Method<Request, Response> = (
  request: Request,
  metadata: grpc.Metadata,
  options: Partial<grpc.CallOptions>,
  callback: (error: grpc.ServiceError | null, response: Response) => void,
) => grpc.ClientUnaryCall;

function call<Request, Response>(
  method: Method<Request, Response>,
  client: analyzerrpc.AnalyzerClient,
  request: Request,
  timeoutMs: number,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + timeoutMs;
    method.call(client, request, new grpc.Metadata(), { deadline }, (error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
  });
}

function reportsOf(response: proto.AnalyzeResponse, urn: string): PolicyReport[] {
  return response.getDiagnosticsList().map((diagnostic) => ({
    policy: diagnostic.getPolicyname(),
    level: levels[diagnostic.getEnforcementlevel()] ?? "advisory",
    // The SDK puts the policy's description in front of the message (policy.ts, makeReportViolationFun).
    message: diagnostic.getMessage(),
    urn: diagnostic.getUrn() || urn,
  }));
}
