import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { EngineConfig } from "../config/engine";
import { forPack } from "./convert";
import type { PlannedResource } from "./resource";

/** Providers by URN: a pack is told each resource's with it. */
export type Providers = ReadonlyMap<string, PlannedResource>;

export interface StackOptions {
  project: string;
  stack: string;
  config: EngineConfig;
}

/** What the engine tells a pack about the stack before anything else; tags are those of its backend. */
export function stackConfigRequest({
  project,
  stack,
  config,
}: StackOptions): proto.AnalyzerStackConfigureRequest {
  const request = new proto.AnalyzerStackConfigureRequest();
  request.setOrganization("organization");
  request.setProject(project);
  request.setStack(stack);
  request.setDryRun(true);
  request.setConfigSecretKeysList([...config.secretKeys]);
  for (const [key, value] of Object.entries(config.values)) request.getConfigMap().set(key, value);
  return request;
}

/** The question about one resource, before it would be created (pkg/resource/deploy/step_generator.go). */
export function analyzeRequest(resource: PlannedResource, providers: Providers): proto.AnalyzeRequest {
  const request = new proto.AnalyzeRequest();
  request.setUrn(resource.urn);
  request.setType(resource.type);
  request.setName(resource.name);
  request.setProperties(forPack(resource.inputs));
  request.setOptions(optionsOf(resource));
  const provider = providerOf(resource, providers);
  if (provider) request.setProvider(provider);
  return request;
}

/** The question about all resources, after everything else: about outputs, which in a preview are the inputs. */
export function analyzeStackRequest(
  resources: readonly PlannedResource[],
  providers: Providers,
): proto.AnalyzeStackRequest {
  const request = new proto.AnalyzeStackRequest();
  request.setResourcesList(resources.map((resource) => stackResource(resource, providers)));
  return request;
}

function optionsOf({ options, parent }: PlannedResource): proto.AnalyzerResourceOptions {
  const message = new proto.AnalyzerResourceOptions();
  message.setProtect(options.protect);
  message.setIgnorechangesList([...options.ignoreChanges]);
  message.setDeletebeforereplace(options.deleteBeforeReplace ?? false);
  message.setDeletebeforereplacedefined(options.deleteBeforeReplace !== undefined);
  message.setAdditionalsecretoutputsList([...options.additionalSecretOutputs]);
  message.setAliasesList([...options.aliases]);
  message.setParent(parent);
  const timeouts = new proto.AnalyzerResourceOptions.CustomTimeouts();
  timeouts.setCreate(options.timeouts.create);
  timeouts.setUpdate(options.timeouts.update);
  timeouts.setDelete(options.timeouts.delete);
  timeouts.setRead(options.timeouts.read);
  message.setCustomtimeouts(timeouts);
  return message;
}

function providerOf(
  resource: PlannedResource,
  providers: Providers,
): proto.AnalyzerProviderResource | undefined {
  const provider = providers.get(resource.provider);
  if (!provider) return undefined;
  const message = new proto.AnalyzerProviderResource();
  message.setUrn(provider.urn);
  message.setType(provider.type);
  message.setName(provider.name);
  message.setProperties(forPack(provider.inputs));
  return message;
}

function stackResource(resource: PlannedResource, providers: Providers): proto.AnalyzerResource {
  const message = new proto.AnalyzerResource();
  message.setUrn(resource.urn);
  message.setType(resource.type);
  message.setName(resource.name);
  message.setProperties(forPack(resource.custom ? resource.inputs : (resource.outputs ?? new Struct())));
  message.setOptions(optionsOf(resource));
  message.setParent(resource.parent);
  message.setDependenciesList([...resource.dependencies]);
  for (const [property, urns] of resource.propertyDependencies) {
    if (urns.length === 0) continue;
    const dependencies = new proto.AnalyzerPropertyDependencies();
    dependencies.setUrnsList([...urns]);
    message.getPropertydependenciesMap().set(property, dependencies);
  }
  const provider = providerOf(resource, providers);
  if (provider) message.setProvider(provider);
  return message;
}
