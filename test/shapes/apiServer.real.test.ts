import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { wait } from "../../measure/standIn/reply";
import { type Tier, tiers } from "../components/shippedEnvironment";
import { ApiServer, apiServerInstalled } from "./apiServer";
import type { Json } from "./aws";
import { type KubernetesObject, named, objectsOf } from "./kubernetes";
import { definitions } from "./standIns";

const note = apiServerInstalled ? "" : " (skipped: kube-apiserver and etcd are not installed)";
const groups = definitions();
if (!apiServerInstalled)
  process.stderr.write(
    "kube-apiserver and etcd are neither in KUBEBUILDER_ASSETS nor on the PATH: no object was applied to a real API server.\n",
  );
else if (Object.keys(groups).length < 2)
  process.stderr.write(
    "Go has not downloaded the definitions of custom resources (make shapes, with Go): none was applied to the API server.\n",
  );

let folder: string;
let server: ApiServer;
const objects = {} as Record<Tier, KubernetesObject[]>;
/** What was applied, and what the server said to it. */
const applied: [string, number, string?][] = [];

const isCustom = ({ apiVersion }: KubernetesObject) =>
  ["external-secrets.io", "monitoring.coreos.com"].includes(apiVersion.split("/")[0] ?? "");
const one = (tier: Tier, kind: string, name = ""): KubernetesObject => {
  const found = objects[tier].find((object) => object.kind === kind && object.metadata.name.includes(name));
  if (found === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return structuredClone(found);
};

beforeAll(async () => {
  if (!apiServerInstalled) return;
  folder = mkdtempSync(join(tmpdir(), "lockstep-cluster-"));
  server = await ApiServer.start(folder);
  for (const path of Object.values(groups).flat()) await define(parse(readFileSync(path, "utf8")));
  for (const tier of tiers) {
    const all = (await objectsOf(tier)).filter((object) => !isCustom(object) || knows(object));
    // A namespace comes before what is in it, as the program's dependencies have it.
    objects[tier] = [...all].sort((a, b) => Number(b.kind === "Namespace") - Number(a.kind === "Namespace"));
    for (const object of objects[tier]) {
      const { status, body } = await server.apply(object);
      applied.push([named(object), status, ...(status < 300 ? [] : [body.message])] as [string, number]);
    }
    await count(tier);
  }
}, 180_000);
afterAll(async () => {
  await server?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const knows = ({ apiVersion }: KubernetesObject) => (apiVersion.split("/")[0] ?? "") in groups;

/** Defines a custom resource, and waits until the server takes its objects. */
async function define(definition: KubernetesObject): Promise<void> {
  const { status, body } = await server.apply(definition);
  if (status >= 300) throw new Error(body.message);
  const path = `${await server.pathOf(definition)}/${definition.metadata.name}`;
  for (let tries = 0; tries < 200; tries++) {
    const { status: state } = (await server.ask("GET", path)).body;
    if (state?.conditions?.some(({ type, status: is }: Json) => type === "Established" && is === "True"))
      return;
    await wait(50);
  }
  throw new Error(`${definition.metadata.name} was not established.`);
}

/** Stands in for the controller that counts: without its first count a quota refuses every pod. */
async function count(tier: Tier): Promise<void> {
  for (const quota of objects[tier].filter(({ kind }) => kind === "ResourceQuota")) {
    const path = `${await server.pathOf(quota)}/${quota.metadata.name}`;
    const { body } = await server.ask("GET", path);
    const used = Object.fromEntries(Object.keys(body.spec.hard).map((name) => [name, "0"]));
    const { status } = await server.ask("PUT", `${path}/status`, {
      ...body,
      status: { hard: body.spec.hard, used },
    });
    if (status !== 200) throw new Error(`The quota ${named(quota)} was not counted.`);
  }
}

/** A pod as the controller of its workload would create it. */
function podOf(workload: KubernetesObject): KubernetesObject {
  const { template } = workload.kind === "CronJob" ? workload.spec.jobTemplate.spec : workload.spec;
  const { name, namespace } = workload.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...structuredClone(template.metadata), name: `${name}-0`, namespace },
    spec: { restartPolicy: "Always", ...structuredClone(template.spec) },
  };
}

describe.skipIf(!apiServerInstalled)(`a real API server${note}`, () => {
  it("takes every object of both environments, strictly", () => {
    expect(applied.filter(([, status]) => status !== 201)).toEqual([]);
    expect(applied.length).toBe(objects.staging.length + objects.production.length);
    expect(new Set(applied.map(([name]) => name)).size).toBe(applied.length);
    expect(applied.length).toBeGreaterThan(Object.keys(groups).length === 2 ? 56 : 46);
  });

  it("changes nothing where the same is applied again", async () => {
    for (const object of objects.staging.filter(({ kind }) => kind !== "ResourceQuota")) {
      const path = `${await server.pathOf(object)}/${object.metadata.name}`;
      const before = (await server.ask("GET", path)).body.metadata.resourceVersion;
      const { status, body } = await server.apply(object);
      expect([named(object), status, body.metadata.resourceVersion]).toEqual([named(object), 200, before]);
    }
  });

  it("refuses what is not of their shape, so that the above says something", async () => {
    const deployment = one("staging", "Deployment");
    deployment.spec.template.spec.containers[0].comand = ["sh"];
    expect((await server.apply(deployment)).body.message).toContain(
      '.containers[name="litellm"].comand: field not declared in schema',
    );
    const service = one("staging", "Service");
    service.spec.ports[0].port = 70_000;
    expect((await server.apply(service)).body.message).toMatch(
      /spec\.ports\[0\]\.port: Invalid value: 70000/,
    );
    if (Object.keys(groups).length < 2) return;
    const secret = one("staging", "ExternalSecret");
    secret.spec.refreshIntervall = "15m";
    expect((await server.apply(secret)).body.message).toContain(
      ".spec.refreshIntervall: field not declared in schema",
    );
  });

  it.each(tiers)(
    "runs each workload's own pod in %s, under pod security, its quota and its range",
    async (tier) => {
      const workloads = objects[tier].filter(({ kind }) => kind === "Deployment" || kind === "CronJob");
      expect(workloads.map(({ metadata }) => metadata.name.replace(`${tier}-`, "")).sort()).toEqual([
        ...["gateway", "probes-audit", "probes-canary", "probes-retrieval", "probes-sampling"],
      ]);
      for (const workload of workloads) {
        const { status, body } = await server.create(podOf(workload));
        expect([workload.metadata.name, status, status === 201 ? "" : body.message]).toEqual([
          ...[workload.metadata.name, 201, ""],
        ]);
      }
    },
  );

  type Weakening = [what: string, weaken: (pod: KubernetesObject) => unknown, said: RegExp];
  it.each<Weakening>([
    [
      "a privileged container",
      ({ spec }) =>
        Object.assign(spec.containers[0].securityContext, {
          privileged: true,
          allowPrivilegeEscalation: true,
        }),
      /violates PodSecurity "restricted:[^"]+": privileged \(container "litellm" must not set/,
    ],
    [
      "the host's network",
      ({ spec }) => Object.assign(spec, { hostNetwork: true }),
      /: host namespaces \(hostNetwork=true\)/,
    ],
    [
      "a folder of the host",
      ({ spec }) => spec.volumes.push({ name: "host", hostPath: { path: "/" } }),
      /restricted volume types \(volume "host" uses restricted volume type "hostPath"\)/,
    ],
    [
      "root",
      ({ spec }) => Object.assign(spec.securityContext, { runAsNonRoot: false }),
      /runAsNonRoot != true/,
    ],
    [
      "a capability",
      ({ spec }) => Object.assign(spec.containers[0].securityContext.capabilities, { add: ["SYS_ADMIN"] }),
      /unrestricted capabilities|non-default capabilities/,
    ],
  ])("refuses a pod with %s in the gateway's namespace", async (_, weaken, said) => {
    for (const tier of tiers) {
      const pod = podOf(one(tier, "Deployment"));
      pod.metadata.name = "weakened";
      weaken(pod);
      const { status, body } = await server.create(pod);
      expect([status, body.message]).toEqual([403, expect.stringMatching(said)]);
      // Where no label asks for it, the very pod is let in: the namespace's labels refuse it.
      const open: KubernetesObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "open" } };
      const account = { ...one(tier, "ServiceAccount", "gateway") };
      account.metadata = { name: account.metadata.name, namespace: "open" };
      await server.apply(open);
      await server.apply(account);
      pod.metadata = { ...pod.metadata, namespace: "open" };
      expect((await server.ask("POST", "/api/v1/namespaces/open/pods?dryRun=All", pod)).status).toBe(201);
    }
  });

  it("refuses a pod past the namespace's quota", async () => {
    const pod = podOf(one("staging", "Deployment"));
    pod.metadata.name = "large";
    const { hard } = one("staging", "ResourceQuota").spec;
    pod.spec.containers[0].resources = {
      requests: { cpu: hard["requests.cpu"], memory: "1Gi" },
      limits: { cpu: hard["limits.cpu"], memory: "1Gi" },
    };
    const { status, body } = await server.create(pod);
    expect([status, body.message]).toEqual([403, expect.stringMatching(/exceeded quota: lockstep/)]);
  });

  describe.each(["gateway", "probes", "probes-sampling"])("the service account %s", (account) => {
    const tokenOf = async (tier: Tier): Promise<string> => {
      const path = `/api/v1/namespaces/llm-${tier}/serviceaccounts/${tier}-${account}/token`;
      const { status, body } = await server.ask("POST", path, {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: 600 },
      });
      expect(status).toBe(201);
      return body.status.token;
    };
    const paths = (tier: Tier) => [
      ...["configmaps", "secrets", "pods", "serviceaccounts"].map(
        (kind) => `/api/v1/namespaces/llm-${tier}/${kind}`,
      ),
      `/api/v1/namespaces/llm-${tier}/configmaps/${one(tier, "ConfigMap", "gateway").metadata.name}`,
      `/apis/apps/v1/namespaces/llm-${tier}/deployments/${tier}-gateway`,
    ];
    const statuses = (tier: Tier, token: string) =>
      Promise.all(paths(tier).map(async (path) => (await server.ask("GET", path, undefined, token)).status));
    const all = (status: number) => paths("staging").map(() => status);

    it("of either environment reads nothing of the other's, nor, as shipped, of its own", async () => {
      for (const tier of tiers) {
        const token = await tokenOf(tier);
        const review = await server.ask(
          "POST",
          "/apis/authentication.k8s.io/v1/selfsubjectreviews",
          { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
          token,
        );
        expect(review.body.status.userInfo.username).toBe(
          `system:serviceaccount:llm-${tier}:${tier}-${account}`,
        );
        for (const other of tiers) expect(await statuses(other, token)).toEqual(all(403));
      }
    });

    it("reads nothing of the other's even where somebody lets it do everything in its own namespace", async () => {
      const metadata = { name: `${account}-does-everything`, namespace: "llm-staging" };
      const apiVersion = "rbac.authorization.k8s.io/v1";
      const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
      const role: KubernetesObject = { apiVersion, kind: "Role", metadata, rules };
      const binding: KubernetesObject = {
        apiVersion,
        kind: "RoleBinding",
        metadata,
        subjects: [{ kind: "ServiceAccount", name: `staging-${account}`, namespace: "llm-staging" }],
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
      };
      for (const object of [role, binding]) expect((await server.apply(object)).status).toBeLessThan(300);
      try {
        const token = await tokenOf("staging");
        await expect.poll(() => statuses("staging", token), { timeout: 10_000 }).toEqual(all(200));
        expect(await statuses("production", token)).toEqual(all(403));
        const namespace = await server.ask("GET", "/api/v1/namespaces/llm-production", undefined, token);
        expect(namespace.status).toBe(403);
      } finally {
        await server.ask("DELETE", `${await server.pathOf(binding)}/${binding.metadata.name}`);
      }
    });
  });
});
