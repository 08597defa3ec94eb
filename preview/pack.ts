import { createRequire } from "node:module";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as analyzerrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import type * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { EngineConfig } from "../config/engine";
import { Child, within } from "./child";
import { maxMessageBytes, PreviewMonitor } from "./monitor";
import { PolicyConfigError, policyConfig } from "./policyConfig";
import { analyzeRequest, analyzeStackRequest, stackConfigRequest } from "./requests";
import type { PlannedResource } from "./resource";

export type EnforcementLevel = "advisory" | "mandatory" | "disabled" | "remediate";
/** In the order of their numbers in the protocol. */
export const levels: readonly EnforcementLevel[] = ["advisory", "mandatory", "disabled", "remediate"];

/** A policy as the pack announces it. */
export interface PolicyInfo {
  name: string;
  description: string;
  level: EnforcementLevel;
}

/** What a policy reported about one resource. */
export interface PolicyReport {
  policy: string;
  level: EnforcementLevel;
  message: string;
  urn: string;
}

export interface PackOptions {
  /** The folder with PulumiPolicy.yaml. */
  packDir: string;
  projectDir: string;
  project: string;
  stack: string;
  config: EngineConfig;
  timeoutMs: number;
  /** The pack with the SDK's runner in one file, where it is what the pack's sources say. */
  bundle?: string | undefined;
}

/** The pack cannot be used; the message is meant for a person and holds nothing of the configuration. */
export class PackError extends Error {}

/**
 * A CrossGuard pack, running in the process and behind the interface in which the engine runs it: started by
 * the SDK's own `run-policy-pack`, asked over gRPC. Whatever goes wrong in it is an error, never a pass.
 */
export class Pack {
  private constructor(
    private readonly child: Child,
    private readonly engine: PreviewMonitor,
    private readonly client: analyzerrpc.AnalyzerClient,
    private readonly timeoutMs: number,
    readonly version: string,
    readonly policies: readonly PolicyInfo[],
  ) {}

  /** Starts the pack for one stack, and gives it its initial configuration as the engine does. */
  static async start(options: PackOptions): Promise<Pack> {
    const { packDir, projectDir, project, stack, config, timeoutMs, bundle } = options;
    const engine = new PreviewMonitor({ project, stack, config: {}, secretKeys: [] });
    const address = await engine.listen();
    let child: Child;
    try {
      const runner =
        bundle ?? createRequire(join(packDir, "package.json")).resolve("@pulumi/pulumi/cmd/run-policy-pack");
      child = new Child({
        args: [runner, address, packDir],
        cwd: packDir,
        env: {
          ...process.env,
          PULUMI_NODEJS_TYPESCRIPT: "true",
          PULUMI_NODEJS_ORGANIZATION: "organization",
          PULUMI_NODEJS_PROJECT: project,
          PULUMI_NODEJS_STACK: stack,
          PULUMI_NODEJS_DRY_RUN: "true",
          PULUMI_CONFIG: JSON.stringify(config.values),
          LOCKSTEP_PROJECT_DIR: projectDir,
        },
      });
    } catch (error) {
      engine.close();
      throw error;
    }
    try {
      const port = await within(timeoutMs, "Starting the policy pack", portOf(child, engine));
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
      return new Pack(child, engine, client, timeoutMs, info.getVersion(), policies);
    } catch (error) {
      child.kill();
      engine.close();
      throw explain(error, child, engine);
    }
  }

  /** Reports about one resource, as it stands before it would be created. */
  async analyze(
    resource: PlannedResource,
    providers: ReadonlyMap<string, PlannedResource>,
  ): Promise<PolicyReport[]> {
    const request = analyzeRequest(resource, providers);
    const response = await this.ask<proto.AnalyzeRequest, proto.AnalyzeResponse>(
      this.client.analyze,
      request,
    );
    return reportsOf(response, resource.urn);
  }

  /** Reports about all resources together, as the engine asks for them after everything else. */
  async analyzeStack(
    resources: readonly PlannedResource[],
    providers: ReadonlyMap<string, PlannedResource>,
  ): Promise<PolicyReport[]> {
    const request = analyzeStackRequest(resources, providers);
    const response = await this.ask<proto.AnalyzeStackRequest, proto.AnalyzeResponse>(
      this.client.analyzeStack,
      request,
    );
    // A promise that nobody waited for ends the pack just after its answer: that is no pass either.
    await this.ask<Empty, PluginInfo>(this.client.getPluginInfo, new Empty());
    return reportsOf(response, resources[0]?.urn ?? "");
  }

  /** The pack's process. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  stop(): void {
    this.client.close();
    this.child.kill();
    this.engine.close();
  }

  private async ask<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
  ): Promise<Response> {
    try {
      return await call(method, this.client, request, this.timeoutMs);
    } catch (error) {
      throw explain(error, this.child, this.engine);
    }
  }
}

/** The engine reads the port from the first line of standard output. */
async function portOf(child: Child, engine: PreviewMonitor): Promise<number> {
  const announced = new Promise<number>((resolve, reject) => {
    let text = "";
    child.onOutput((more) => {
      text += more;
      const end = text.indexOf("\n");
      if (end < 0) return;
      const port = Number(text.slice(0, end));
      if (Number.isInteger(port) && port > 0 && port < 65_536) resolve(port);
      else
        reject(
          new PackError("The policy pack wrote something else than its port first. Nothing in it may print."),
        );
    });
  });
  const ended = child.exited().then(({ code }): never => {
    throw new PackError(
      `The policy pack ended with exit code ${code} while it started.${said(child, engine)}`,
    );
  });
  return Promise.race([announced, ended]);
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

function explain(error: unknown, child: Child, engine: PreviewMonitor): PackError {
  if (error instanceof PackError) return error;
  if (error instanceof PolicyConfigError) return new PackError(error.message);
  const reason = error instanceof Error ? error.message : String(error);
  return new PackError(`The policy pack did not answer: ${reason}${said(child, engine)}`);
}

function said(child: Child, engine: PreviewMonitor): string {
  const words = [...engine.diagnostics.map(({ message }) => message), child.stderr.trim()]
    .filter(Boolean)
    .join("\n");
  return words === "" ? "" : `\n${words}`;
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
