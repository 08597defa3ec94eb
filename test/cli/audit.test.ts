import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { areas } from "../../measure/drift/difference";
import type { AuditReport } from "../../review/audit/audit";
import { pairOf } from "../components/shippedEnvironment";
import { clusterList, type ExportedStack, renderedOf, resource } from "../measure/deployed";
import { encodings, lockstep, projectCopy } from "../project";
import { deployedProgram } from "./deployedProgram";

const { staging } = pairOf();
let copy: ReturnType<typeof projectCopy>;
let server: Server;
let states: Record<"staging" | "production", string>;
/** What the gateway answers to `/model/info`, by how often it was asked. */
let info: (asked: number) => string;
let asked = 0;
const deployments = () => structuredClone(renderedOf(staging).proxy.model_list);
const asDeclared = () => JSON.stringify({ data: deployments() });

beforeAll(async () => {
  copy = projectCopy();
  const [own, other] = [
    await deployedProgram(copy.dir, "staging"),
    await deployedProgram(copy.dir, "production"),
  ];
  states = { staging: JSON.stringify(own), production: JSON.stringify(other) };
  server = createServer((request, response) => {
    if (request.headers.authorization !== "Bearer sk-stub") response.writeHead(401).end("{}");
    else if (request.url === "/model/info") response.end(info(++asked));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  copy.remove();
});

const put = (name: string, data: string | object) => {
  writeFileSync(join(copy.dir, name), typeof data === "string" ? data : JSON.stringify(data));
  return name;
};
const deployed = (): ExportedStack => JSON.parse(states.staging);

interface Given {
  state?: (state: ExportedStack) => void;
  // biome-ignore lint/suspicious/noExplicitAny: a test reaches into it anywhere
  objects?: (items: any[]) => void;
  gateway?: typeof info;
  /** With the area that the program is evaluated for, which takes its time. */
  program?: true;
}

const others = areas.filter((area) => area !== "resources").flatMap((area) => ["--area", area]);
const slow = 90_000;

/** Audits staging by files and a gateway that are as declared, but for what is planted. */
function audit({ state, objects, gateway, program }: Given, ...args: string[]) {
  const own = deployed();
  const list = clusterList(own);
  state?.(own);
  objects?.(list.items);
  info = gateway ?? asDeclared;
  asked = 0;
  const { port } = server.address() as AddressInfo;
  const files = [
    ...["--state", put("state.json", own), "--other-state", put("other.json", states.production)],
    ...["--objects", put("objects.json", list), "--gateway", `http://127.0.0.1:${port}`],
  ];
  return lockstep(["audit", "--offline", ...files, ...(program ? [] : others), ...args], copy.dir, {
    LOCKSTEP_GATEWAY_KEY: "sk-stub",
  });
}

const evidence = () =>
  readdirSync(join(copy.dir, "releases/initial/evidence")).filter((name) => name.startsWith("drift-"));

describe("an audit of what is deployed as declared", () => {
  it("passes, and its evidence is verified and passes", { timeout: slow }, async () => {
    const before = evidence().length;
    const { code, stdout, stderr } = await audit(
      { program: true },
      "--release",
      "initial",
      "--format",
      "json",
      "--providers",
      "stub",
    );
    expect(stderr).toBe("");
    const report: AuditReport = JSON.parse(stdout);
    expect(report.results.differences).toEqual([]);
    expect(report.results.areas?.flatMap(({ notAudited }) => notAudited)).toEqual([]);
    expect(report).toMatchObject({
      version: 1,
      project: "lockstep",
      stack: "staging",
      environment: "staging",
      passed: true,
      inconclusive: [],
      results: { audited: { prompts: 2, models: 5, policies: 1 } },
    });
    expect(code).toBe(0);
    expect(evidence()).toHaveLength(before + 2);
    expect(report.written).toHaveLength(2);
    const verified = await lockstep(["evidence", "verify", report.written[0] ?? ""], copy.dir);
    expect(verified).toMatchObject({ code: 0, stderr: "" });
    const listed = await lockstep(["evidence", "list", "--json"], copy.dir);
    const own = JSON.parse(listed.stdout).evidence.find(
      ({ file }: { file: string }) => file === report.written[0],
    );
    expect(own).toMatchObject({
      kind: "drift",
      providers: "stub",
      counts: [{ stack: "staging" }, { stack: "production" }],
    });
  });

  it("says so in one line", async () => {
    const { code, stdout } = await audit({});
    expect(stdout.split("\n")[0]).toBe("✓ staging is what is declared.");
    expect(code).toBe(0);
  });
});

const chat = "support-chat.chat-large.1";
const otherModel = () => {
  const list = deployments();
  const one = list.find(({ model_info }) => model_info.id === chat);
  if (one) one.litellm_params.model = "openai/gpt-9";
  return JSON.stringify({ data: list });
};

describe("a drift", () => {
  it("is told by area with both values, and blocks", { timeout: slow }, async () => {
    const { code, stdout, stderr } = await audit({
      program: true,
      gateway: otherModel,
      state: (state) => {
        resource(state, "-budgets-monthly").inputs.limitAmount = "2500";
        resource(state, "postgres", "Instance").inputs.instanceClass = "db.r6g.large";
        resource(state, "-state-key", "Key").urn += "-by-hand";
      },
      objects: (items) => {
        items.find(({ metadata }) => metadata.name === "staging-probes-canary").spec.suspend = true;
      },
    });
    expect(stderr).toBe("");
    const day = new Date().toISOString().slice(0, 10);
    const { modelId } = staging.config.models["chat-large"] ?? {};
    expect(stdout.split("\n").slice(0, 2)[0]).toBe("✗ staging has drifted: 6 differences in 3 areas.");
    expect(stdout.slice(stdout.indexOf("models"), stdout.indexOf("\nEnds soon")).trimEnd()).toBe(
      `models  1 difference
  ${chat}: model differs in the running gateway  since ${day}
    declared    openai/${modelId}
    deployed    openai/gpt-9

limits  1 difference
  limits.monthlyUsd: the limit differs in the state  since ${day}
    declared    2,000
    deployed    2,500

resources  4 differences
  Key staging-gateway-state-key: it is declared, and is not in the state  since ${day}
  Instance staging-gateway-state-postgres: instanceClass differs in the state  since ${day}
    declared    db.t4g.small
    deployed    db.r6g.large
  Key staging-gateway-state-key-by-hand: it is in the state, and is not declared  since ${day}
  CronJob staging-probes-canary: it is suspended in the cluster  since ${day}`,
    );
    expect(code).toBe(1);
  });

  it("is known again by the next audit, from its evidence or its JSON", async () => {
    const planted = { gateway: otherModel };
    const first = await audit(planted, "--release", "initial", "--format", "json", "--output", "first.json");
    expect(first).toMatchObject({ code: 1, stdout: "" });
    const report: AuditReport = JSON.parse(readFileSync(join(copy.dir, "first.json"), "utf8"));
    report.ended = "2026-10-01T03:17:00.000Z";
    for (const one of report.results.differences) one.since = "2026-09-01";
    report.results.differences.push({
      area: "limits",
      name: "limits.dailyUsd",
      difference: "the limit differs in the state",
    });
    put("last.json", report);
    const { stdout } = await audit(planted, "--last", "last.json");
    expect(stdout).toContain("Since the audit of 2026-10-01: 0 new, 1 still there, 1 gone.");
    expect(stdout).toContain(`  ${chat}: model differs in the running gateway  since 2026-09-01`);
    expect(stdout).toContain(
      "Gone since the audit of 2026-10-01\n  limits: limits.dailyUsd: the limit differs in the state\n",
    );
    const again = await audit(planted, "--last", report.written[0] ?? "", "--format", "json");
    expect(JSON.parse(again.stdout).results).toMatchObject({
      gone: [],
      last: new Date().toISOString().slice(0, 10),
    });
  });

  it("makes evidence that does not pass", async () => {
    const { code, stdout } = await audit({ gateway: otherModel }, "--release", "initial", "--format", "json");
    expect(code).toBe(1);
    const report: AuditReport = JSON.parse(stdout);
    const statement = JSON.parse(readFileSync(join(copy.dir, report.written[0] ?? ""), "utf8"));
    expect(statement.predicate.results.differences).toHaveLength(1);
    expect(statement.predicate.gateway.before).toBe(staging.behaviourHash);
  });
});

describe("what was not given", () => {
  it("is named, and decides nothing", async () => {
    const { code, stdout, stderr } = await lockstep(["audit", "--offline"], copy.dir);
    expect(stderr).toBe("");
    expect(stdout.split("\n")[0]).toBe(
      "? No drift was found in staging, and 9 areas could not be looked at whole.",
    );
    expect(stdout.slice(stdout.indexOf("Not audited"), stdout.indexOf("\nEnds soon"))).toBe(`Not audited
  behaviour, prompts, models, routing, policies, limits, secrets, environments: The state of staging was not read: give what pulumi stack export wrote (--state).
  behaviour, prompts, models, routing, limits: The cluster was not read: give what kubectl get -o json printed (--objects).
  behaviour, prompts, models: The running gateway was not asked: name it with --gateway, or in LOCKSTEP_GATEWAY_URL.
  resources: Neither a state nor a cluster was read: there is nothing to compare the program with.
`);
    expect(code).toBe(1);
  });

  it("is no matter where its area is not asked for", async () => {
    const { code, stdout } = await lockstep(["audit", "--offline", "--area", "exceptions"], copy.dir);
    expect(stdout.split("\n")[0]).toBe("✓ staging is what is declared.");
    expect(code).toBe(0);
  });

  it("and is not asked for either, is no matter: a job beside the gateway asks only that", async () => {
    info = asDeclared;
    const { port } = server.address() as AddressInfo;
    const env = { LOCKSTEP_GATEWAY_URL: `http://127.0.0.1:${port}`, LOCKSTEP_GATEWAY_KEY: "sk-stub" };
    const { code, stdout, stderr } = await lockstep(["audit", "--source", "gateway"], copy.dir, env);
    expect(stderr).toBe("");
    expect(stdout.split("\n")[0]).toBe("✓ staging is what is declared.");
    expect(stdout).toContain(" UTC. Read was only: gateway. No earlier audit was given.\n");
    expect(stdout).not.toContain("Not audited");
    expect(code).toBe(0);
    const job = await lockstep(["audit"], copy.dir, { ...env, LOCKSTEP_AUDIT_SOURCES: "gateway" });
    expect(job.stdout.replace(/on .* UTC/, "")).toBe(stdout.replace(/on .* UTC/, ""));
    const wrong = await lockstep(["audit"], copy.dir, { ...env, LOCKSTEP_AUDIT_SOURCES: "gateway,cloud" });
    expect(wrong.stderr).toBe(
      "lockstep: LOCKSTEP_AUDIT_SOURCES has to be one of: state, other-state, cluster, gateway.\n",
    );
  });

  it("is read by the tools on the PATH, without secrets and without their errors", {
    timeout: slow,
  }, async () => {
    const bin = join(copy.dir, "bin");
    mkdirSync(bin, { recursive: true });
    put("tool-state.json", states.staging);
    const tool = (name: string, lines: string) => {
      writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${copy.dir}/asked\n${lines}\n`);
      chmodSync(join(bin, name), 0o755);
    };
    tool(
      "pulumi",
      `case "$*" in *production*) echo hunter2-secret >&2; exit 255;; *) cat ${copy.dir}/tool-state.json;; esac`,
    );
    tool("kubectl", "echo hunter2-secret >&2; exit 1");
    const env = { PATH: `${bin}:${process.env.PATH}` };
    const { code, stdout, stderr } = await lockstep(["audit", ...others], copy.dir, env);
    expect(readFileSync(join(copy.dir, "asked"), "utf8")).toBe(
      `pulumi stack export --stack staging --non-interactive
pulumi stack export --stack production --non-interactive
kubectl get configmaps,deployments,cronjobs,resourcequotas --namespace llm-staging --output json --request-timeout 20s --context llm-staging
`,
    );
    expect(stdout).toContain(
      "  environments: pulumi stack export --stack production --non-interactive failed with exit code 255: run it by hand to see why, or give --other-state.\n",
    );
    expect(stdout).toContain(
      "--context llm-staging failed with exit code 1: run it by hand to see why, or give --objects.\n",
    );
    expect(stdout).not.toContain("The state of staging was not read");
    expect(`${stdout}${stderr}`).not.toContain("hunter2");
    expect(code).toBe(1);
    await lockstep(["audit", ...others], copy.dir, { ...env, KUBERNETES_SERVICE_HOST: "10.0.0.1" });
    expect(readFileSync(join(copy.dir, "asked"), "utf8").trimEnd().split("\n").at(-1)).toBe(
      "kubectl get configmaps,deployments,cronjobs,resourcequotas --namespace llm-staging --output json --request-timeout 20s",
    );
  });
});

describe("nothing is told or written", () => {
  const refused = async (args: string[], why: string, env: Record<string, string> = {}) => {
    const before = evidence();
    const { code, stdout, stderr } = await lockstep(["audit", "--offline", ...args], copy.dir, env);
    expect(stderr).toBe(`lockstep: ${why}\n`);
    expect([code, stdout]).toEqual([2, ""]);
    expect(evidence()).toEqual(before);
  };

  it.each<[string, string[], string]>([
    ["no file", ["--state", "none.json"], 'There is no file "none.json".'],
    [
      "an area that is none",
      ["--area", "money"],
      "--area has to be one of: behaviour, prompts, models, routing, policies, limits, secrets, index, exceptions, evidence, resources, environments.",
    ],
    [
      "days that are none",
      ["--warn-days", "soon"],
      "--warn-days has to be a whole number of days, up to 999.",
    ],
    ["a release that is none", ["--release", "none"], 'There is no release "none" that can be read.'],
    [
      "evidence without a gateway",
      ["--release", "initial"],
      "Evidence is about what a running gateway reports, and none did. The running gateway was not asked: name it with --gateway, or in LOCKSTEP_GATEWAY_URL.",
    ],
    [
      "a gateway without a key",
      ["--gateway", "http://127.0.0.1:1"],
      "LOCKSTEP_GATEWAY_KEY is not set: the key with which the gateway is asked.",
    ],
  ])("%s", (_, args, why) => refused(args, why));

  it.each<[string, string, (state: ExportedStack) => unknown, string]>([
    [
      "the state of the other stack",
      "--state",
      () => states.production,
      'is the state of "production", and not of "staging".',
    ],
    [
      "an empty state",
      "--state",
      (state) => ({ ...state, deployment: { resources: [] } }),
      "has no resources: staging was never deployed.",
    ],
    ["a state that is cut off", "--state", (state) => JSON.stringify(state).slice(0, -9), "is no JSON."],
    ["a state with NUL in it", "--state", () => '{"version":3\0}', "has a NUL character in it."],
    [
      "a state of another version",
      "--state",
      (state) => ({ ...state, version: 1 }),
      "is an exported stack of another version than 3 or 4.",
    ],
    ["a list in place of objects", "--objects", () => [], "is no list of Kubernetes objects."],
    [
      "times of secrets that are none",
      "--secret-versions",
      () => ({ Name: "a" }),
      "is no output of list-secret-version-ids: it has no Name, or no Versions.",
    ],
    [
      "the audit of another stack",
      "--last",
      () => ({
        stack: "production",
        ended: "2026-10-01T00:00:00Z",
        results: { audited: { prompts: 0, models: 0, policies: 0 }, differences: [] },
      }),
      'is an audit of "production", and not of "staging".',
    ],
  ])("%s", (_, flag, make, why) => {
    put("input.json", make(deployed()) as object);
    return refused([flag, "input.json"], `"input.json" ${why}`);
  });

  it("of a gateway that changes meanwhile", async () => {
    const before = evidence();
    const changed = asDeclared().replaceAll(staging.behaviourHash, "0".repeat(64));
    const { code, stderr, stdout } = await audit(
      { gateway: (count) => (count === 1 ? asDeclared() : changed) },
      "--release",
      "initial",
    );
    expect(stderr).toBe(
      "lockstep: The gateway's behaviour hash was another one after the audit: run it again.\n",
    );
    expect([code, stdout]).toEqual([2, ""]);
    expect(evidence()).toEqual(before);
  });
});

describe("a secret", () => {
  const secret = "Zx9-unmarked-passphrase-4711";
  const marked = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    ciphertext: Buffer.from(secret).toString("base64"),
  };

  it("in the state, the cluster or the gateway's answers is in no form of the report, in no encoding", {
    timeout: slow,
  }, async () => {
    const before = evidence();
    const { code, stderr } = await audit(
      {
        program: true,
        state: (state) => {
          const { spec } = resource(state, "-gateway-deployment").inputs;
          spec.template.spec.containers[0].env.push({ name: "EXTRA", value: secret });
          spec.template.spec.containers[0].env[0].value = secret;
          const { data } = resource(state, "-gateway-config").inputs;
          data["config.yaml"] = `${data["config.yaml"]}  extra_header: "${secret}"\n`;
          data["lockstep_limits.py"] = `KEY = "${secret}"\n`;
          const db = resource(state, "postgres", "Instance").inputs;
          Object.assign(db, { password: secret, note: marked, instanceClass: secret, engine: secret });
          resource(state, "lockstep-").outputs.policyPack.settings = secret;
        },
        objects: (items) => {
          items.push({
            kind: "Secret",
            metadata: { name: "s", namespace: "llm-staging" },
            data: { a: secret },
          });
          const [container] = items.find(({ metadata }) => metadata.name === "staging-gateway").spec.template
            .spec.containers;
          for (const one of container.env) if (one.value !== undefined) one.value = secret;
        },
        gateway: () => {
          const list = deployments();
          for (const { litellm_params } of list)
            Object.assign(litellm_params, { api_key: secret, timeout: secret });
          return JSON.stringify({ data: list });
        },
      },
      ...["--release", "initial", "--format", "text", "--output", "audit.txt", "--report", "report"],
    );
    expect(stderr).toBe("");
    expect(code).toBe(1);
    const added = evidence().filter((name) => !before.includes(name));
    expect(added).toHaveLength(2);
    const files = [
      "audit.txt",
      ...readdirSync(join(copy.dir, "report")).map((name) => `report/${name}`),
      ...added.map((name) => `releases/initial/evidence/${name}`),
    ];
    expect(files).toHaveLength(6);
    for (const file of files) {
      const text = readFileSync(join(copy.dir, file), "utf8");
      for (const form of encodings(secret)) expect(text.includes(form), `${file}: ${form}`).toBe(false);
    }
    expect(readFileSync(join(copy.dir, "audit.txt"), "utf8")).toContain(
      `${chat}: timeout differs in the running gateway`,
    );
  });

  it.each([
    () => `{"data":[${secret}`,
    () => `{"data":"${secret}"}`,
    () => `{"data":[{"model_name":"${secret}"}]}`,
  ])("in an answer that cannot be read is not told: %#", async (gateway) => {
    const { code, stdout, stderr } = await audit({ gateway });
    expect(stdout).toContain("The running gateway does not tell what it runs: its answer");
    for (const form of encodings(secret)) expect(`${stdout}${stderr}`).not.toContain(form);
    expect(code).toBe(1);
  });

  it("of the wrong kind gets a status, and no more", async () => {
    const { port } = server.address() as AddressInfo;
    const { stdout } = await lockstep(
      ["audit", "--offline", "--gateway", `http://127.0.0.1:${port}`],
      copy.dir,
      {
        LOCKSTEP_GATEWAY_KEY: secret,
      },
    );
    expect(stdout).toContain("The running gateway does not tell what it runs: /model/info answered 401.");
    expect(stdout).not.toContain(secret);
    expect(existsSync(join(copy.dir, "audit.txt"))).toBe(true);
  });
});
