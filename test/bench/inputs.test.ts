import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { describe, expect, it } from "vitest";
import { teamsProject } from "../../bench/manyTeams";
import { shippedEntries } from "../../bench/pairs";
import { sdkModules } from "../../bench/parts/preview";
import { plainResource, repeated } from "../../bench/resources";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { noOptions } from "../../preview/planned";
import type { PlannedResource } from "../../preview/resource";

describe("the modules that the floor imports", () => {
  it("are those of the SDKs that are loaded, once each, and no types", () => {
    const sources = [
      'import * as pulumi from "@pulumi/pulumi";\nimport type { Role } from "@pulumi/aws/iam";\n',
      'import {\n  Bucket,\n  BucketPolicy,\n} from "@pulumi/aws/s3";\nimport * as pulumi from "@pulumi/pulumi";\n',
      'import { z } from "zod";\nimport { PolicyPack } from "@pulumi/policy";\n',
    ];
    expect(sdkModules(sources)).toEqual(["@pulumi/aws/s3", "@pulumi/policy", "@pulumi/pulumi"]);
  });
});

describe("the project with many teams and routes", () => {
  it.each([1, 10, 100])("loads with %i of both", (count) => {
    const { own } = loadPair(memoryFiles(teamsProject(shippedEntries(), count)), "staging");
    expect(own.problems).toEqual([]);
    expect(Object.keys(own.stack?.config.limits.teams ?? {})).toHaveLength(count);
    expect(Object.keys(own.stack?.config.routes ?? {})).toHaveLength(count);
  });
});

describe("resources again and again", () => {
  const planned = (name: string): PlannedResource => ({
    urn: `urn:pulumi:staging::lockstep::aws:kms/key:Key::${name}`,
    type: "aws:kms/key:Key",
    ...{ name, custom: true, parent: "", provider: "", outputs: undefined, dependencies: [] },
    inputs: Struct.fromJavaScript({ enableKeyRotation: true }),
    propertyDependencies: new Map(),
    options: noOptions,
  });

  it("have a name and a URN of their own each", () => {
    const five = repeated([planned("a"), planned("b")], 5);
    expect(five.map(({ name }) => name)).toEqual(["a", "b", "a-1", "b-1", "a-2"]);
    expect(new Set(five.map(({ urn }) => urn)).size).toBe(5);
    expect(repeated([planned("a"), planned("b")], 1).map(({ name }) => name)).toEqual(["a"]);
  });

  it("are plain data for tools that read JSON", () => {
    expect(JSON.parse(JSON.stringify(plainResource(planned("a"))))).toEqual({
      urn: "urn:pulumi:staging::lockstep::aws:kms/key:Key::a",
      type: "aws:kms/key:Key",
      name: "a",
      inputs: { enableKeyRotation: true },
    });
  });
});
