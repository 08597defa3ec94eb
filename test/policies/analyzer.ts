import { createRequire } from "node:module";
import { resolve } from "node:path";
import type { Policies } from "@pulumi/policy";
import proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** What the policy SDK's own server would answer, without starting one. */
export interface Diagnostic {
  policy: string;
  level: "advisory" | "mandatory";
  message: string;
}

type Rpc = (
  call: { request: unknown },
  callback: (error: unknown, response?: proto.AnalyzeResponse) => void,
) => Promise<void>;
type MakeRpc = (pack: string, version: string, level: string, policies: Policies) => Rpc;

const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun } = createRequire(resolve("package.json"))(
  "@pulumi/policy/server",
) as {
  makeAnalyzeRpcFun: MakeRpc;
  makeAnalyzeStackRpcFun: MakeRpc;
};

export interface Given {
  type: string;
  name?: string;
  props?: Record<string, unknown>;
}

/** Asks about one resource, as the engine does before it is created. */
export function analyze(
  policies: Policies,
  { type, name = "one", props = {} }: Given,
): Promise<Diagnostic[]> {
  const request = new proto.AnalyzeRequest();
  request.setUrn(urnOf(type, name));
  request.setType(type);
  request.setName(name);
  request.setProperties(Struct.fromJavaScript(props as Parameters<typeof Struct.fromJavaScript>[0]));
  request.setOptions(options());
  return ask(makeAnalyzeRpcFun, policies, request);
}

/** Asks about all resources of a stack, as the engine does after everything else. */
export function analyzeStack(policies: Policies, resources: Given[]): Promise<Diagnostic[]> {
  const request = new proto.AnalyzeStackRequest();
  request.setResourcesList(
    resources.map(({ type, name = "one", props = {} }) => {
      const resource = new proto.AnalyzerResource();
      resource.setUrn(urnOf(type, name));
      resource.setType(type);
      resource.setName(name);
      resource.setProperties(Struct.fromJavaScript(props as Parameters<typeof Struct.fromJavaScript>[0]));
      resource.setOptions(options());
      return resource;
    }),
  );
  return ask(makeAnalyzeStackRpcFun, policies, request);
}

function options(): proto.AnalyzerResourceOptions {
  const message = new proto.AnalyzerResourceOptions();
  message.setCustomtimeouts(new proto.AnalyzerResourceOptions.CustomTimeouts());
  return message;
}

function ask(make: MakeRpc, policies: Policies, request: unknown): Promise<Diagnostic[]> {
  return new Promise((resolve, reject) => {
    make(
      "lockstep",
      "1.0.0",
      "advisory",
      policies,
    )({ request }, (error, response) => {
      if (error || response === undefined) reject(error);
      else resolve(response.getDiagnosticsList().map(read));
    });
  });
}

function read(diagnostic: proto.AnalyzeDiagnostic): Diagnostic {
  const mandatory = diagnostic.getEnforcementlevel() === proto.EnforcementLevel.MANDATORY;
  return {
    policy: diagnostic.getPolicyname(),
    level: mandatory ? "mandatory" : "advisory",
    message: diagnostic.getMessage(),
  };
}

const urnOf = (type: string, name: string) => `urn:pulumi:staging::app::${type}::${name}`;
