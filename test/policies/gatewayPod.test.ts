import { expect, it } from "vitest";
import { renderEnvironment } from "../../gateway/environment";
import { podDifferences } from "../../policies/gatewayPod";
import { UNKNOWN } from "../../policies/rule";
import { ownPair, resource } from "./resource/resources";

type Props = Record<string, unknown>;
const own = ownPair().staging;
const { image } = own.config.gateway;
const env = Object.entries(renderEnvironment(own.config)).map(([name, value]) => ({ name, value }));
const metadata = {
  labels: { "app.kubernetes.io/name": "llm-gateway" },
  annotations: { "lockstep.dev/behaviour-hash": own.behaviourHash },
};

/** What a Deployment with this container, and more of a pod, differs in. */
const told = (container: Props, template: Props = { metadata }, pod: Props = {}) =>
  podDifferences(
    resource("kubernetes:apps/v1:Deployment", "it", {
      spec: { template: { ...template, spec: { containers: [{ image, env, ...container }], ...pod } } },
    }),
    own,
  ).map((one) => ("undecided" in one ? `? ${one.undecided}` : `${one.path}: ${String(one.provisioned)}`));

it("the gateway's own pod differs in nothing", () => {
  expect(told({})).toEqual([]);
  expect(
    told({ args: ["--config", "/etc/config.yaml", "--port=4000", "--host", "--num_workers=1"] }),
  ).toEqual([]);
  expect(told({ command: ["litellm", "--config=/a"], args: [1, "x--y"] })).toEqual([]);
});

it("it is known by its image, or by its label", () => {
  const bare = { metadata: { annotations: metadata.annotations } };
  expect(told({}, bare)).toEqual([]);
  expect(told({ image: "other" }, bare)).toEqual([]);
  expect(told({ image: "other" })).toEqual(["image: other"]);
  expect(told({ image: UNKNOWN })).toEqual(["? image"]);
  const second = {
    containers: [
      { image: "sidecar", args: ["--x"] },
      { image, env },
    ],
  };
  expect(told({}, { metadata }, second)).toEqual([]);
  const none = {
    containers: [
      { image: "one", env },
      { image: "two", env },
    ],
  };
  expect(told({}, { metadata }, none)).toEqual(["image: one"]);
  expect(podDifferences(resource("kubernetes:core/v1:Service", "it", {}), own)).toEqual([]);
});

it("a pod that is not known is the gateway's where its label says so", () => {
  const deployment = (template: Props) =>
    podDifferences(resource("kubernetes:apps/v1:Deployment", "it", { spec: { template } }), own);
  expect(deployment({ metadata, spec: UNKNOWN })).toEqual([{ undecided: "a pod" }]);
  expect(deployment({ metadata: {}, spec: UNKNOWN })).toEqual([]);
});

it("its annotation is the behaviour hash", () => {
  const path = "annotation lockstep.dev/behaviour-hash";
  const hashed = (value: unknown) =>
    told({}, { metadata: { ...metadata, annotations: { "lockstep.dev/behaviour-hash": value } } });
  expect(hashed("0")).toEqual([`${path}: 0`]);
  expect(hashed(UNKNOWN)).toEqual([`? ${path}`]);
  expect(told({}, { metadata: { labels: metadata.labels } })).toEqual([`${path}: undefined`]);
});

it.each<[string, unknown, string[]]>([
  ["a list that is not known", UNKNOWN, ["? environment variables"]],
  ["an entry that is not known", [...env, UNKNOWN], ["? environment variables"]],
  ["entries that are no variables", [...env, null, "x", { value: "x" }, { name: 1, value: "x" }], []],
  [
    "places that can be written to",
    [
      ...env,
      ...["HOME", "LITELLM_ASSETS_PATH", "LITELLM_MIGRATION_DIR", "LITELLM_UI_PATH"].map((name) => ({
        name,
        value: "/tmp",
      })),
    ],
    [],
  ],
  ["a variable from a Secret", [...env, { name: "OPENAI_API_KEY", valueFrom: { secretKeyRef: {} } }], []],
  [
    "a variable that nobody declared",
    [...env, { name: "HOME2", value: "/tmp" }],
    ["environment.HOME2: /tmp"],
  ],
  [
    "one that nobody declared and nobody knows",
    [...env, { name: "HOME2", value: UNKNOWN }],
    ['? the variable "HOME2"'],
  ],
  [
    "a declared one that nobody knows",
    env.map((one) => (one.name === "JITTER" ? { ...one, value: UNKNOWN } : one)),
    ['? the variable "JITTER"'],
  ],
])("variables with %s", (_, variables, differences) => {
  expect(told({ env: variables })).toEqual(differences);
});

it("a whole ConfigMap of variables is none of its sources, a Secret may be", () => {
  expect(told({ envFrom: [{ secretRef: { name: "a" } }] })).toEqual([]);
  expect(told({ envFrom: [{ secretRef: { name: "a" } }, { configMapRef: { name: "a" } }] })).toEqual([
    "envFrom: variables from a whole ConfigMap",
  ]);
});

it.each<[Props, string[]]>([
  [{ args: ["--request_timeout=9"] }, ["argument --request_timeout: set"]],
  [{ command: ["--debug"], args: ["-x"] }, ["argument --debug: set", "argument -x: set"]],
  [{ args: ["--configs"] }, ["argument --configs: set"]],
  [{ args: UNKNOWN }, ["? arguments"]],
  [{ command: UNKNOWN }, ["? arguments"]],
  [{ command: ["a", UNKNOWN] }, ["? arguments"]],
])("a command line with %j", (container, differences) => {
  expect(told(container)).toEqual(differences);
});

it("a variable that a ConfigMap or nobody yet decides is not as declared, but for where things are", () => {
  const more = (...others: Props[]) => told({ env: [...env, ...others] });
  const key = (name: string) => ({ name, valueFrom: { configMapKeyRef: { name: "m", key: "k" } } });
  expect(more(key("LITELLM_LOG"))).toEqual(['the variable "LITELLM_LOG": a key of a ConfigMap']);
  expect(more({ name: "LITELLM_LOG", valueFrom: { secretKeyRef: { name: "s", key: "k" } } })).toEqual([]);
  expect(more({ name: "MAX_RETRY", value: UNKNOWN })).toEqual(['? the variable "MAX_RETRY"']);
  expect(more({ name: "REDIS_HOST", value: UNKNOWN })).toEqual([]);
});
