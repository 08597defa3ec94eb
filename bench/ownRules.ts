/**
 * The rules about resources alone, in a process of their own, as bench/peers/cdkNag.cjs runs cdk-nag's: without gRPC, and
 * without what makes the objects that are judged. Started with the file of resources; prints seconds and rules as JSON.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { rules } from "../policies/registry";
import type { CompletenessRule, ResourceContext, ResourceRule, ResourceView } from "../policies/rule";
import { plainProps } from "../policies/view";
import type { plainResource } from "./resources";

export interface OwnRulesInput {
  resources: (ReturnType<typeof plainResource> & { provider: string })[];
  providers: ReturnType<typeof plainResource>[];
}

const { deserializeProperties } = require("@pulumi/policy/deserialize") as {
  deserializeProperties(struct: Struct, keepSecrets: boolean): Record<string, unknown>;
};

const propsOf = (inputs: Parameters<typeof Struct.fromJavaScript>[0]) =>
  plainProps(deserializeProperties(Struct.fromJavaScript(inputs), false));

async function main(file: string): Promise<void> {
  const { resources, providers } = JSON.parse(readFileSync(file, "utf8")) as OwnRulesInput;
  const provided = new Map<string, ResourceView["provider"]>();
  for (const { urn, type, name, inputs } of providers)
    provided.set(urn, { type, name, urn, props: await propsOf(inputs) });
  const views: ResourceView[] = [];
  for (const { urn, type, name, inputs, provider } of resources)
    views.push({
      ...{ urn, type, name, props: await propsOf(inputs), provider: provided.get(provider) },
      ...{ parent: undefined, dependsOn: {}, protect: false },
    });
  const { pair } = loadPair(projectFiles(join(__dirname, "..")), "staging");
  const context: ResourceContext = { pair, stack: "staging", rules, now: new Date() };
  const each = rules.filter((rule): rule is ResourceRule => "kind" in rule && rule.kind === "resource");
  const all = rules.filter(
    (rule): rule is CompletenessRule => "kind" in rule && rule.kind === "completeness",
  );
  const started = performance.now();
  for (const view of views)
    for (const rule of each)
      if (rule.types === "any" || rule.types.includes(view.type)) await rule.check(view, context);
  for (const rule of all) await rule.check(views, context);
  const seconds = (performance.now() - started) / 1_000;
  process.stdout.write(JSON.stringify({ seconds, rules: each.length + all.length }));
}

const [, , file] = process.argv;
if (file === undefined) throw new Error("Name the file of resources.");
main(file);
