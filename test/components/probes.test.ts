import { describe, expect, it } from "vitest";
import { Probes, type ProbesArgs } from "../../components/probes";
import { behaviourHash } from "../gateway/sample";
import { type Collected, collect, document, inputErrors } from "./mocks";

const args = (change: Partial<ProbesArgs> = {}): ProbesArgs => ({
  account: "111122223333",
  region: "eu-central-1",
  cluster: "llm-staging",
  namespace: "llm-gateway-staging",
  image: `ghcr.io/example/lockstep-probe@sha256:${"b".repeat(64)}`,
  commands: {
    canary: ["lockstep", "canary"],
    retrieval: ["lockstep", "evidence", "retrieval"],
    sampling: ["lockstep", "sample"],
    audit: ["lockstep", "audit"],
  },
  canaryEveryMinutes: 15,
  gatewayUrl: "http://gw.llm-gateway-staging.svc:80",
  gatewayLabels: { "app.kubernetes.io/instance": "gw" },
  behaviourHash,
  project: { "Pulumi.yaml": "name: example\n", "prompts/chat.md": "Be kind.\n" },
  ...change,
});
const make = (change?: Partial<ProbesArgs>) => collect(() => new Probes("probe", args(change)));
/** The parts of a CronJob that are looked into here; everything else is compared whole. */
interface JobSpec {
  schedule: string;
  jobTemplate: { spec: { activeDeadlineSeconds: number; template: Template } };
}
interface Template {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  spec: { containers: [{ env: unknown[] }] };
}
const cronJob = (made: Collected<unknown>, kind: string) =>
  made.one("kubernetes:batch/v1:CronJob", `probe-${kind}`).inputs.spec as JobSpec;

describe("the probes", () => {
  it("are one job a kind, all under the component", async () => {
    const made = await make();
    expect(made.resources.map(({ type, name, parent }) => `${type} ${name} < ${parent}`).sort()).toEqual([
      "aws:eks/podIdentityAssociation:PodIdentityAssociation probe-pod < probe",
      "aws:iam/role:Role probe-pod < probe",
      "kubernetes:batch/v1:CronJob probe-audit < probe",
      "kubernetes:batch/v1:CronJob probe-canary < probe",
      "kubernetes:batch/v1:CronJob probe-retrieval < probe",
      "kubernetes:batch/v1:CronJob probe-sampling < probe",
      "kubernetes:core/v1:ConfigMap probe-project < probe",
      "kubernetes:core/v1:ServiceAccount probe-account < probe",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy probe-traffic < probe",
      "lockstep:index:Probes probe < undefined",
    ]);
    expect(made.one("lockstep:index:Probes").outputs).toEqual({
      schedules: {
        canary: "*/15 * * * *",
        retrieval: "13 * * * *",
        sampling: "37 * * * *",
        audit: "17 3 1 * *",
      },
      roleArn: "arn:mock:probe-pod",
      image: args().image,
      behaviourHash,
    });
  });

  it("leave out a kind without a command", async () => {
    const made = await make({ commands: { canary: ["lockstep", "canary"] } });
    expect(made.all("kubernetes:batch/v1:CronJob").map(({ name }) => name)).toEqual(["probe-canary"]);
  });

  it.each([
    [1, "*/1 * * * *", 50],
    [15, "*/15 * * * *", 890],
    [60, "7 */1 * * *", 3_590],
    [360, "7 */6 * * *", 21_590],
    [1_440, "7 0 * * *", 86_390],
  ])(
    "run the canary every %i minutes, and end a run before the next one",
    async (minutes, schedule, deadline) => {
      const spec = cronJob(await make({ canaryEveryMinutes: minutes }), "canary");
      expect(spec.schedule).toBe(schedule);
      expect(spec.jobTemplate.spec.activeDeadlineSeconds).toBe(deadline);
    },
  );

  it("never overlap, never pile up, and are hardened like the gateway", async () => {
    const spec = cronJob(await make(), "sampling");
    expect(spec).toMatchObject({
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 5,
      jobTemplate: {
        spec: {
          activeDeadlineSeconds: 3_300,
          backoffLimit: 1,
          podFailurePolicy: {
            rules: [
              {
                action: "FailJob",
                onExitCodes: { containerName: "sampling", operator: "In", values: [1] },
              },
            ],
          },
          ttlSecondsAfterFinished: 86_400,
        },
      },
    });
    const { metadata, spec: pod } = spec.jobTemplate.spec.template;
    expect(metadata.labels["lockstep.dev/behaviour-hash"]).toBe("3f1c3f1c3f1c3f1c");
    expect(metadata.annotations["lockstep.dev/behaviour-hash"]).toBe(behaviourHash);
    expect(pod).toEqual({
      serviceAccountName: "probe",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: "Never",
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        fsGroup: 65_532,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "sampling",
          image: args().image,
          imagePullPolicy: "IfNotPresent",
          command: ["lockstep", "sample"],
          env: [
            { name: "HOME", value: "/tmp" },
            { name: "LOCKSTEP_BEHAVIOUR_HASH", value: behaviourHash },
            { name: "LOCKSTEP_GATEWAY_URL", value: "http://gw.llm-gateway-staging.svc:80" },
          ],
          resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { cpu: "250m", memory: "512Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ["ALL"] },
            seccompProfile: { type: "RuntimeDefault" },
          },
          workingDir: "/project",
          volumeMounts: [
            { name: "project", mountPath: "/project", readOnly: true },
            { name: "tmp", mountPath: "/tmp" },
          ],
        },
      ],
      volumes: [
        {
          name: "project",
          configMap: {
            name: "probe-project",
            items: [
              { key: "Pulumi.yaml", path: "Pulumi.yaml" },
              { key: "prompts__chat.md", path: "prompts/chat.md" },
            ],
          },
        },
        { name: "tmp", emptyDir: { sizeLimit: "8Gi" } },
      ],
    });
  });

  it("know what is declared from the project's files", async () => {
    expect((await make()).one("kubernetes:core/v1:ConfigMap").inputs).toMatchObject({
      metadata: { name: "probe-project", namespace: "llm-gateway-staging" },
      data: { "Pulumi.yaml": "name: example\n", "prompts__chat.md": "Be kind.\n" },
    });
  });

  it("get secrets by reference only, each its own", async () => {
    const key = { secretName: "llm", key: "PROBE_KEY" };
    const made = await make({ secretEnv: { canary: { LOCKSTEP_GATEWAY_KEY: key } } });
    const variable = {
      name: "LOCKSTEP_GATEWAY_KEY",
      valueFrom: { secretKeyRef: { name: "llm", key: "PROBE_KEY" } },
    };
    const envOf = (kind: string) => cronJob(made, kind).jobTemplate.spec.template.spec.containers[0].env;
    expect(envOf("canary")).toContainEqual(variable);
    expect(envOf("audit")).not.toContainEqual(variable);
  });

  it("call the gateway and the internet over HTTPS, and are called by nobody", async () => {
    const spec = (await make()).one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs.spec as {
      ingress: unknown;
      egress: unknown[];
    };
    expect(spec.ingress).toBeUndefined();
    expect(spec.egress[0]).toEqual({
      to: [{ podSelector: { matchLabels: { "app.kubernetes.io/instance": "gw" } } }],
      ports: [{ protocol: "TCP", port: 4000 }],
    });
    expect(spec.egress).toHaveLength(3);
  });

  it("reach the private addresses that are declared, and no other port there", async () => {
    const made = await make({ privateAddresses: [{ cidr: "10.20.0.0/16", port: 5432 }] });
    const spec = made.one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs.spec as {
      egress: unknown[];
    };
    expect(spec.egress.slice(3)).toEqual([
      { to: [{ ipBlock: { cidr: "10.20.0.0/16" } }], ports: [{ protocol: "TCP", port: 5432 }] },
    ]);
  });

  it("may do in AWS what they are given, and nothing where it is nothing", async () => {
    expect((await make()).all("aws:iam/rolePolicy:RolePolicy")).toEqual([]);
    const statements = [
      { Sid: "Read", Effect: "Allow" as const, Action: "s3:GetObject", Resource: "arn:aws:s3:::log/*" },
    ];
    const made = await make({ statements: { sampling: statements } });
    expect(
      document(made.one("aws:iam/rolePolicy:RolePolicy", "probe-sampling-pod").inputs, "policy"),
    ).toMatchObject({
      Statement: statements,
    });
    const accountOf = (kind: string) =>
      (cronJob(made, kind).jobTemplate.spec.template.spec as unknown as { serviceAccountName: string })
        .serviceAccountName;
    expect(["canary", "sampling"].map(accountOf)).toEqual(["probe", "probe-sampling"]);
    const associations = made.all("aws:eks/podIdentityAssociation:PodIdentityAssociation");
    expect(associations.map(({ name, inputs }) => `${name} ${inputs.serviceAccount}`).sort()).toEqual([
      "probe-pod probe",
      "probe-sampling-pod probe-sampling",
    ]);
  });
});

describe("unusable arguments", () => {
  const paths = (change: Partial<ProbesArgs>, name = "probe") =>
    inputErrors(() => new Probes(name, args(change))).map(({ propertyPath }) => propertyPath);

  it.each<[string, Partial<ProbesArgs>, string[]]>([
    ["an image by tag", { image: "ghcr.io/example/lockstep-probe:1" }, ["image"]],
    ["nothing to run", { commands: {} }, ["commands"]],
    ["an empty command", { commands: { canary: [] } }, ["commands.canary"]],
    ["seven minutes, which cron cannot say", { canaryEveryMinutes: 7 }, ["canaryEveryMinutes"]],
    ["ninety minutes, which it cannot say either", { canaryEveryMinutes: 90 }, ["canaryEveryMinutes"]],
    [
      "a variable twice",
      { env: { A: "x" }, secretEnv: { audit: { A: { secretName: "s", key: "A" } } } },
      ["env.A"],
    ],
    ["no project", { project: { "prompts/chat.md": "Be kind." } }, ["project"]],
    ["two files under one key", { project: { "Pulumi.yaml": "", "a/b": "", a__b: "" } }, ["project"]],
    ["more than a ConfigMap holds", { project: { "Pulumi.yaml": "x".repeat(1024 ** 2) } }, ["project"]],
    [
      "several at once",
      { account: "1", behaviourHash: "x", gatewayLabels: {} },
      ["account", "behaviourHash", "gatewayLabels"],
    ],
  ])("are refused: %s", (_, change, expected) => expect(paths(change)).toEqual(expected));

  it("are refused: a name that leaves no room for a job's", () => {
    expect(paths({ account: "1" }, "p".repeat(41))).toEqual(["name", "account"]);
  });
});
