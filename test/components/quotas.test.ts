import { Provider as Aws } from "@pulumi/aws/provider";
import { Provider as Kubernetes } from "@pulumi/kubernetes/provider";
import { expect, test } from "vitest";
import { Quotas, type QuotasArgs } from "../../components/quotas";
import { collect, inputErrors, resolved } from "./mocks";

const rates = { requestsPerMinute: 600, tokensPerMinute: 200_000, concurrentRequests: 40 };
const args: QuotasArgs = {
  namespace: "llm-staging",
  limits: {
    ...rates,
    cluster: { cpuCores: 8, memoryGib: 24, pods: 40 },
    teams: {
      search: {
        requestsPerMinute: 200,
        tokensPerMinute: 50_000,
        concurrentRequests: 10,
        cluster: { cpuCores: 0.25, memoryGib: 0.5, pods: 3 },
      },
      support: { requestsPerMinute: 100, tokensPerMinute: 20_000, concurrentRequests: 5 },
    },
  },
  serviceQuotas: [
    {
      serviceCode: "bedrock",
      quotaCode: "L-254CACF4",
      value: 400,
      description: "Requests of the chat model.",
    },
  ],
};

const build = (overrides: Partial<QuotasArgs> = {}) =>
  collect(() => {
    const providers = {
      aws: new Aws("staging-aws", { region: "eu-central-1" }),
      kubernetes: new Kubernetes("staging-cluster", { context: "staging" }),
    };
    return new Quotas("llm", { ...args, ...overrides }, { providers });
  });

test("the environment's namespace has its quota, and no way in but the ingress", async () => {
  expect((await build()).one("kubernetes:core/v1:ResourceQuota", "llm-quota").inputs).toEqual({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "lockstep", namespace: "llm-staging" },
    spec: {
      hard: {
        "requests.cpu": "8",
        "limits.cpu": "8",
        "requests.memory": "24Gi",
        "limits.memory": "24Gi",
        pods: "40",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
      },
    },
  });
});

test("a container that declares nothing gets a small share, and none gets more than the quota", async () => {
  expect((await build()).one("kubernetes:core/v1:LimitRange", "llm-range").inputs).toEqual({
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "lockstep", namespace: "llm-staging" },
    spec: {
      limits: [
        {
          type: "Container",
          default: { cpu: "500m", memory: "512Mi" },
          defaultRequest: { cpu: "100m", memory: "128Mi" },
          max: { cpu: "8", memory: "24Gi" },
        },
      ],
    },
  });
});

test("a team with cluster limits gets a restricted namespace with its own quota and range", async () => {
  const collected = await build();
  expect(collected.all("kubernetes:core/v1:Namespace").map(({ inputs }) => inputs)).toEqual([
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "llm-staging-search",
        labels: {
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/audit": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
    },
  ]);
  const metadata = { name: "lockstep", namespace: "llm-staging-search" };
  expect(collected.one("kubernetes:core/v1:ResourceQuota", "llm-search-quota").inputs).toMatchObject({
    metadata,
    spec: {
      hard: {
        "requests.cpu": "250m",
        "limits.cpu": "250m",
        "requests.memory": "512Mi",
        "limits.memory": "512Mi",
        pods: "3",
      },
    },
  });
  expect(collected.one("kubernetes:core/v1:LimitRange", "llm-search-range").inputs).toMatchObject({
    metadata,
    spec: {
      limits: [
        {
          default: { cpu: "250m", memory: "512Mi" },
          defaultRequest: { cpu: "100m", memory: "128Mi" },
          max: { cpu: "250m", memory: "512Mi" },
        },
      ],
    },
  });
  expect(await resolved(collected.result.teamNamespaces.search ?? fail())).toBe("llm-staging-search");
  expect(Object.keys(collected.result.teamNamespaces)).toEqual(["search"]);
});

test.each([
  [0.1, "100m"],
  [1.001, "1001m"],
  [1.5, "1500m"],
  [1.0009, "1"],
  [100_000, "100000"],
])("%d cores are the quantity %s", async (cpuCores, quantity) => {
  const limits = { ...rates, cluster: { cpuCores, memoryGib: 1, pods: 1 } };
  const { inputs } = (await build({ limits })).one("kubernetes:core/v1:ResourceQuota");
  expect(inputs.spec).toMatchObject({ hard: { "limits.cpu": quantity } });
});

test.each([
  [0.1, "102Mi"],
  [1.5, "1536Mi"],
  [2, "2Gi"],
  [1_000_000, "1000000Gi"],
])("%d GiB are the quantity %s", async (memoryGib, quantity) => {
  const limits = { ...rates, cluster: { cpuCores: 1, memoryGib, pods: 1 } };
  const { inputs } = (await build({ limits })).one("kubernetes:core/v1:ResourceQuota");
  expect(inputs.spec).toMatchObject({ hard: { "limits.memory": quantity } });
});

test("AWS service quotas are asked for only where given", async () => {
  const type = "aws:servicequotas/serviceQuota:ServiceQuota";
  expect((await build()).one(type, "llm-bedrock-L-254CACF4").inputs).toEqual({
    serviceCode: "bedrock",
    quotaCode: "L-254CACF4",
    value: 400,
  });
  expect((await build({ serviceQuotas: [] })).all(type)).toEqual([]);
});

test("the outputs hand the rate limits on, of the environment and of every team", async () => {
  const collected = await build();
  const rateLimits = {
    environment: { requestsPerMinute: 600, tokensPerMinute: 200_000, concurrentRequests: 40 },
    teams: {
      search: { requestsPerMinute: 200, tokensPerMinute: 50_000, concurrentRequests: 10 },
      support: { requestsPerMinute: 100, tokensPerMinute: 20_000, concurrentRequests: 5 },
    },
  };
  expect(collected.result.rateLimits).toEqual(rateLimits);
  expect(collected.one("lockstep:index:Quotas").outputs).toEqual({
    namespace: "llm-staging",
    cluster: { cpuCores: 8, memoryGib: 24, pods: 40 },
    rateLimits,
    teamNamespaces: { search: "llm-staging-search" },
  });
});

test("labels reach every Kubernetes object, and take no protection from a namespace", async () => {
  const labels = { "lockstep.dev/tier": "staging", "pod-security.kubernetes.io/enforce": "privileged" };
  const collected = await build({ labels });
  const labelsOf = (name: string) =>
    collected.resources.filter((resource) => resource.name === name).map(({ inputs }) => inputs.metadata);
  for (const name of ["llm-quota", "llm-range", "llm-search-quota", "llm-search-range"]) {
    expect(labelsOf(name)).toMatchObject([{ labels: { "lockstep.dev/tier": "staging" } }]);
  }
  expect(labelsOf("llm-search")).toMatchObject([
    { labels: { "lockstep.dev/tier": "staging", "pod-security.kubernetes.io/enforce": "restricted" } },
  ]);
});

test("every resource is the component's, made by the provider given to it", async () => {
  const collected = await build();
  expect(collected.strays("llm")).toEqual([]);
  for (const { type, provider } of collected.resources.filter(({ parent }) => parent === "llm")) {
    expect([type, provider]).toEqual([type, type.startsWith("aws:") ? "staging-aws" : "staging-cluster"]);
  }
});

test("all unusable arguments are named at once", () => {
  const team = { ...rates, cluster: { cpuCores: 1, memoryGib: 1, pods: 1 } };
  const quota = { serviceCode: "bedrock", quotaCode: "L-1", value: 1, description: "" };
  const errors = inputErrors(
    () =>
      new Quotas("llm", {
        namespace: "LLM",
        limits: {
          ...rates,
          concurrentRequests: 0,
          cluster: { cpuCores: Number.NaN, memoryGib: 0, pods: 1.5 },
          teams: { ["t".repeat(61)]: team },
        },
        serviceQuotas: [quota, { ...quota, value: -1 }],
      }),
  );
  expect(errors.map(({ propertyPath }) => propertyPath)).toEqual([
    "namespace",
    "limits.concurrentRequests",
    "limits.cluster.cpuCores",
    "limits.cluster.memoryGib",
    "limits.cluster.pods",
    `limits.teams.${"t".repeat(61)}`,
    "serviceQuotas[1]",
    "serviceQuotas[1].value",
  ]);
  expect(errors[1]?.reason).toBe("0 is not a whole number above zero.");
});

function fail(): never {
  throw new Error("There is no such namespace.");
}
