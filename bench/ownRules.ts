/**
 * Times the pack's own policies over resources in this process, as bench/peers/cdkNag.cjs times cdk-nag's: without gRPC,
 * and without what makes the objects that are judged. Every policy is asked about every resource, in the policy SDK's order
 * and by its comparison of types. Started in the project's folder with the file of resources; prints seconds and
 * policies as JSON.
 */
import { readFileSync } from "node:fs";
import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { noEvidence } from "../lifecycle/evidence";
import { packArgs } from "../policies/pack";
import { rules } from "../policies/registry";
import { resourceView, resourceViews } from "../policies/view";
import type { plainResource } from "./resources";

type Plain = ReturnType<typeof plainResource>;

export interface OwnRulesInput {
  /** With its provider's URN, and by property the URNs of the resources that its value comes from. */
  resources: (Plain & { provider: string; sources: [string, readonly string[]][] })[];
  providers: Plain[];
}

const { deserializeProperties } = require("@pulumi/policy/deserialize") as {
  deserializeProperties(struct: object, keepSecrets: boolean): Record<string, unknown>;
};
const { Struct } = require("google-protobuf/google/protobuf/struct_pb") as {
  Struct: { fromJavaScript(inputs: object): object };
};

/** As the SDK makes them: every resource has strings of its own, equal or not. */
const propsOf = (inputs: object) => deserializeProperties(Struct.fromJavaScript(inputs), false);

type ResourceArgs = Parameters<typeof resourceView>[0] & Parameters<typeof resourceViews>[0][number];
type Validate = (args: ResourceArgs, report: () => void) => undefined | Promise<void>;

function argsOf({ resources, providers }: OwnRulesInput): ResourceArgs[] {
  const provided = new Map(
    providers.map(({ inputs, ...one }) => [one.urn, { ...one, props: propsOf(inputs) }]),
  );
  return resources.map(({ urn, type, name, inputs, provider, sources }) => {
    const propertyDependencies = Object.fromEntries(
      sources.map(([property, urns]) => [property, urns.map((one) => ({ urn: one }))]),
    );
    return {
      ...{ urn, type, name, props: propsOf(inputs), provider: provided.get(provider) },
      ...{ opts: { protect: false }, propertyDependencies },
      getConfig: () => ({}),
      isType: (marker: { __pulumiType?: string }) => marker.__pulumiType === type,
    } as unknown as ResourceArgs;
  });
}

/** Whether a rule over single resources is about a type; those over all of them are left out. */
const judges = (rule: (typeof rules)[number], type: string): boolean =>
  "kind" in rule && rule.kind === "resource" && (rule.types === "any" || rule.types.includes(type));

async function main(file: string): Promise<void> {
  const all = argsOf(JSON.parse(readFileSync(file, "utf8")));
  for (const one of all) await resourceView(one);
  await resourceViews(all);
  const { pair } = loadPair(projectFiles(process.cwd()), "staging");
  const subject = { pair, stack: "staging", evidence: noEvidence, findings: [] };
  const { policies } = packArgs({ rules, load: () => subject, now: () => new Date() });
  // A policy of one type carries it, and the SDK does not ask it about others.
  const ofResource = policies.flatMap((policy) => {
    if (!("validateResource" in policy)) return [];
    const validate = policy.validateResource as unknown as Validate & { __pulumiType?: string };
    return [{ validate, type: validate.__pulumiType }];
  });
  const ofStack = policies.flatMap((policy) => ("validateStack" in policy ? [policy.validateStack] : []));
  let found = 0;
  const report = () => {
    found++;
  };
  const started = performance.now();
  for (const one of all)
    for (const { validate, type } of ofResource) {
      if (type !== undefined && type !== one.type) continue;
      const answer = validate(one, report);
      if (answer !== undefined) await answer;
    }
  for (const validate of ofStack)
    await validate(
      { resources: all, getConfig: () => ({}) } as unknown as Parameters<typeof validate>[0],
      report,
    );
  const seconds = (performance.now() - started) / 1_000;
  const judging = all.reduce((sum, { type }) => sum + rules.filter((rule) => judges(rule, type)).length, 0);
  process.stdout.write(
    JSON.stringify({ seconds, rules: policies.length, judged: judging / all.length, found }),
  );
}

const [, , file] = process.argv;
if (file === undefined) throw new Error("Name the file of resources.");
main(file);
