import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../project";
import { aws } from "./standIn/aws";
import { awsShapes } from "./standIn/awsShapes";
import { kubernetes } from "./standIn/kubernetes";
import { sdkShape } from "./standIn/sdk";
import type { StandIn } from "./standIn/server";
import { unknown, type Values } from "./standIn/values";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-stand-in-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const secretType = "aws:secretsmanager/secret:Secret";
const policyType = "aws:secretsmanager/secretPolicy:SecretPolicy";
const mapType = "kubernetes:core/v1:ConfigMap";
const namespaceType = "kubernetes:core/v1:Namespace";

function cloud(credentials?: string): StandIn {
  const standIn = aws({ folder, slow: {}, ...(credentials === undefined ? {} : { credentials }) });
  standIn.configure({ allowedAccountIds: '["111122223333"]', region: "eu-west-1" });
  return standIn;
}

function cluster(): StandIn {
  const standIn = kubernetes({ folder, slow: {} });
  standIn.configure({ context: "test", namespace: "own" });
  return standIn;
}

const check = (standIn: StandIn, type: string, news: Values, olds: Values = {}) =>
  standIn.check({ type, name: "one", olds, news, seed: "00ff00ff00ff" });

describe("the stand-in of the AWS plugin", () => {
  it("has every type that a component makes, and each shape is of an input that the SDK has", () => {
    const components = readdirSync(join(root, "components")).map((file) =>
      readFileSync(join(root, "components", file), "utf8"),
    );
    const used = components.flatMap((text) =>
      [...text.matchAll(/import \{([^}]*)\} from "@pulumi\/aws\/(\w+)";/g)].flatMap(
        ([, names = "", module]) =>
          names
            .split(",")
            .map((name) => name.trim())
            .filter((name) => /^[A-Z]/.test(name) && name !== "Provider as AwsProvider")
            .map((name) => `aws:${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`),
      ),
    );
    const known = Object.keys(awsShapes);
    expect(used.filter((type) => !known.includes(type))).toEqual([]);
    for (const [type, { replaces, name, within, identity = [] }] of Object.entries(awsShapes)) {
      const named = [...replaces, ...identity, ...(name ? [name] : []), ...(within ? [within.input] : [])];
      const { inputs } = sdkShape(type);
      expect({ type, foreign: named.filter((key) => !inputs.includes(key)) }).toEqual({ type, foreign: [] });
    }
  });

  it("says what is missing, what it does not know, and what is no JSON", () => {
    const { failures } = check(cloud(), policyType, { policy: "{", polcy: "{}" });
    expect(failures).toEqual([
      { property: "secretArn", reason: "Missing required argument of SecretPolicy." },
      { property: "polcy", reason: "SecretPolicy has no such argument." },
      { property: "policy", reason: "Contains an invalid JSON policy." },
    ]);
    expect(check(cloud(), policyType, { policy: "{}", secretArn: unknown }).failures).toEqual([]);
  });

  it("makes up a name where there is none, which stays, and says so", () => {
    const { inputs } = check(cloud(), secretType, { description: "d" });
    expect(inputs).toMatchObject({ name: expect.stringMatching(/^one-[0-9a-f]{7}$/), __defaults: ["name"] });
    expect(check(cloud(), secretType, { description: "e" }, inputs).inputs.name).toBe(inputs.name);
    expect(check(cloud(), secretType, { name: "own" }).inputs).toEqual({ name: "own", __defaults: [] });
  });

  it("replaces for a name, first the old one where the program has named it", () => {
    const changed = { type: secretType, olds: {}, changed: ["description", "name"] };
    const named = { name: "own", __defaults: [] };
    expect(cloud().replaces({ ...changed, news: named })).toEqual({
      replaces: ["name"],
      deleteBeforeReplace: true,
    });
    const made = { name: "one-1234567", __defaults: ["name"] };
    expect(cloud().replaces({ ...changed, news: made }).deleteBeforeReplace).toBe(false);
    expect(cloud().replaces({ ...changed, news: named, changed: ["description"] }).replaces).toEqual([]);
  });

  it("knows an ARN when the object is there, not before", async () => {
    expect(cloud().plan(secretType, { name: "own" })).toMatchObject({ name: "own", arn: unknown });
    const { id, outputs } = await cloud().create("urn", secretType, { name: "own" });
    expect(id).toMatch(/^arn:aws:secretsmanager:eu-west-1:111122223333:secret:own-[0-9a-f]{6}$/);
    expect(outputs.arn).toBe(id);
    expect(cloud().read(secretType, id)?.inputs).toEqual({ name: "own" });
  });

  it("refuses a name that is taken, also by a secret that can still be recovered", async () => {
    const { id } = await cloud().create("urn", secretType, { name: "own", recoveryWindowInDays: 30 });
    const again = () => cloud().create("urn", secretType, { name: "own", recoveryWindowInDays: 0 });
    await expect(again()).rejects.toThrow("own exists already in aws-111122223333-eu-west-1");
    await cloud().delete("urn", secretType, id);
    await expect(again()).rejects.toThrow("own exists already");
    const other = await cloud().create("urn", secretType, { name: "other", recoveryWindowInDays: 0 });
    await cloud().delete("urn", secretType, other.id);
    await cloud().create("urn", secretType, { name: "other", recoveryWindowInDays: 0 });
  });

  it("refuses what belongs to an object that is not there", async () => {
    const { id } = await cloud().create("urn", secretType, { name: "own" });
    await cloud().create("urn", policyType, { secretArn: id, policy: "{}" });
    const made = cloud().create("urn", policyType, { secretArn: "arn:none", policy: "{}" });
    await expect(made).rejects.toThrow('Secret "arn:none" does not exist');
  });

  it("refuses credentials of an account that the provider does not allow", () => {
    expect(() => cloud("444455556666")).toThrow("AWS account ID not allowed: 444455556666");
    expect(() => cloud("111122223333")).not.toThrow();
  });
});

describe("the stand-in of the Kubernetes plugin", () => {
  const map = (data: Values, metadata: Values = { name: "one", namespace: "own" }): Values => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    data,
  });
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "own" } };

  it("puts an object into the provider's namespace, with a name of its own where it has none", () => {
    const { inputs } = check(cluster(), mapType, map({}, {}));
    expect(inputs.metadata).toEqual({
      name: "one-00ff00ff",
      namespace: "own",
      annotations: { "pulumi.com/autonamed": "true" },
    });
    expect(check(cluster(), namespaceType, namespace).inputs).toEqual(namespace);
    expect(check(cluster(), mapType, { apiVersion: "v1" }).failures).toEqual([
      { property: "kind", reason: "kubernetes:core/v1:ConfigMap needs one." },
    ]);
  });

  it("replaces a ConfigMap whose data change, the old one first where its name stays", () => {
    const replaces = (news: Values) =>
      cluster().replaces({ type: mapType, olds: map({ a: "1" }), news, changed: [] });
    expect(replaces(map({ a: "2" }))).toEqual({ replaces: ["data"], deleteBeforeReplace: true });
    expect(replaces(map({ a: "2" }, { name: "two", namespace: "own" }))).toEqual({
      replaces: ["metadata", "data"],
      deleteBeforeReplace: false,
    });
    expect(replaces({ ...map({ a: "1" }), immutable: true }).replaces).toEqual([]);
  });

  it("refuses an object without its namespace and a name that is taken, and empties a namespace that goes", async () => {
    const make = () => cluster().create("urn", mapType, map({}));
    await expect(make()).rejects.toThrow('namespaces "own" not found');
    await cluster().create("urn", namespaceType, namespace);
    expect((await make()).id).toBe("own/one");
    await expect(make()).rejects.toThrow("v1/ConfigMap/own/one exists already in kubernetes-test");
    await cluster().delete("urn", namespaceType, "own");
    expect(cluster().read(mapType, "own/one")).toBeUndefined();
  });
});
