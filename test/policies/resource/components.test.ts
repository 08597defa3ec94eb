import { beforeAll, describe, expect, it } from "vitest";
import { Environment } from "../../../components/environment";
import { jobProject } from "../../../config/jobProject";
import { hasUnknown } from "../../../policies/props";
import { environmentComplete } from "../../../policies/resource/environment-complete";
import { gatewayAsDeclared } from "../../../policies/resource/gateway-as-declared";
import { resourceRules } from "../../../policies/resourceRules";
import { type Report, type ResourceView, UNKNOWN } from "../../../policies/rule";
import { plainProps } from "../../../policies/view";
import { collect } from "../../components/mocks";
import { shipped } from "../../shipped";
import { ownPair, resource, staging } from "./resources";

let views: ResourceView[];
const context = staging();

/** The project's own staging environment, as its components make it against mocks. */
async function environment(preview: boolean): Promise<ResourceView[]> {
  const { config, contents, behaviourHash } = ownPair().staging;
  const { resources } = await collect(
    () =>
      new Environment("llm", {
        config,
        contents: new Map(contents),
        behaviourHash,
        project: jobProject(shipped(), "staging"),
      }),
    { preview },
  );
  return Promise.all(
    resources.map(async ({ urn, type, name, inputs, provider }) => ({
      urn,
      type,
      name,
      props: await plainProps(inputs),
      provider:
        provider === undefined
          ? undefined
          : { name: provider, type: `pulumi:providers:${type.split(":")[0]}`, urn: "", props: {} },
      parent: undefined,
      dependsOn: {},
      protect: false,
    })),
  );
}

beforeAll(async () => {
  views = await environment(false);
});

function judged(resources: readonly ResourceView[]): (Report & { rule: string })[] {
  return resourceRules.flatMap((rule) => {
    if (rule.kind === "completeness") return [];
    const own = resources.filter(({ type }) => rule.types === "any" || rule.types.includes(type));
    return own.flatMap((one) => rule.check(one, context).map((report) => ({ rule: rule.name, ...report })));
  });
}

/** The first resource of a type that `fits`, changed by `edit`. */
function changed(
  type: string,
  edit: (props: Record<string, unknown>) => void,
  fits = (_: ResourceView) => true,
) {
  const view = views.find((one) => one.type === type && fits(one));
  if (view === undefined) throw new Error(`The environment has no ${type}.`);
  const props = structuredClone(view.props) as Record<string, unknown>;
  edit(props);
  return { ...view, props };
}

describe("the project's own environment", () => {
  it("is accepted by every rule over single resources", () => {
    expect(views.length).toBeGreaterThan(40);
    expect(judged(views)).toEqual([]);
  });

  it("is accepted in a preview too, where nothing is known that the update makes", async () => {
    const before = await environment(true);
    expect(before.some(({ props }) => hasUnknown(props))).toBe(true);
    expect(judged(before)).toEqual([]);
  });
});

describe("gateway-as-declared", () => {
  const configMap = "kubernetes:core/v1:ConfigMap";
  const isGatewayFile = ({ props }: ResourceView) => JSON.stringify(props).includes("model_list");
  const edited = (edit: (yaml: string) => string) =>
    changed(
      configMap,
      (props) => {
        const data = props.data as Record<string, string>;
        data["config.yaml"] = edit(data["config.yaml"] ?? "");
      },
      isGatewayFile,
    );
  const found = (view: ResourceView) =>
    gatewayAsDeclared
      .check(view, context)
      .map((one) => [one.status ?? "violation", one.object.split("'s ")[1], one.found, one.allowed]);

  it("names each place in the file that is not as declared, with both values", () => {
    expect(found(edited((yaml) => yaml.replace(/cooldown_time: \d+/, "cooldown_time: 999")))).toEqual([
      [
        "violation",
        expect.stringMatching(/^routes\..*\.targets\[0\]\.coolDownSeconds$/),
        "999",
        expect.stringMatching(/^\d+, as declared$/),
      ],
    ]);
  });

  it.each<[string, (data: Record<string, string>) => void, string, string]>([
    ["no data", (data) => delete data["lockstep_callback.json"], "lockstep_callback.json", "nothing"],
    [
      "other data",
      (data) => {
        const text = data["lockstep_callback.json"] ?? "";
        data["lockstep_callback.json"] = text.replace('"invalid_responses": 3', '"invalid_responses": 4');
      },
      "lockstep_callback.json",
      "another one",
    ],
    [
      "data that is no JSON",
      (data) => {
        data["lockstep_callback.json"] = "{";
      },
      "lockstep_callback.json",
      "another one",
    ],
  ])("refuses callbacks with %s", (_, edit, path, provisioned) => {
    const view = changed(configMap, (props) => edit(props.data as Record<string, string>), isGatewayFile);
    expect(found(view)).toEqual([["violation", path, provisioned, "what its callbacks read, as declared"]]);
  });

  it.each([
    ["lockstep_callback.py", "the circuit breaker"],
    ["lockstep_served.py", "the count of served models"],
    ["lockstep_limits.py", "the limits a minute"],
    ["lockstep_log.py", "the redacted request log"],
    ["lockstep_headers.py", "the response headers' allow-list"],
    ["lockstep_redact.json", "what is redacted by its form"],
    ["lockstep_sampled.py", "the counts of sampled answers"],
  ])("refuses a gateway without %s", (file, what) => {
    const without = (data: Record<string, string>) => delete data[file];
    const view = changed(configMap, (props) => without(props.data as Record<string, string>), isGatewayFile);
    expect(found(view)).toEqual([["violation", file, "nothing", `${what}, as declared`]]);
  });

  it("compares the breaker's data by what it says, and takes none for wrong that is not known yet", () => {
    const other = (edit: (data: Record<string, unknown>) => void) =>
      found(changed(configMap, (props) => edit(props.data as Record<string, unknown>), isGatewayFile));
    expect(
      other((data) => {
        data["lockstep_callback.json"] = JSON.stringify(JSON.parse(String(data["lockstep_callback.json"])));
      }),
    ).toEqual([]);
    expect(
      other((data) => {
        data["lockstep_callback.json"] = UNKNOWN;
      }).map(([status]) => status),
    ).toEqual(["cannot-decide"]);
  });

  it("says what is left to the gateway's own default, and what to do", () => {
    const [report] = gatewayAsDeclared.check(
      edited((yaml) => yaml.replace(/\n\s+timeout: \d+/, "")),
      context,
    );
    expect(report?.found).toBe("the gateway's own default");
    expect(report?.remedy).toBe(
      "Render the gateway's file and environment from the configuration, or change what is declared.",
    );
  });

  it("compares what the file means and not how it is written", () => {
    expect(found(edited((yaml) => `# a comment\n${yaml}\n`))).toEqual([]);
  });

  it("refuses a file with another behaviour hash, and one that cannot be read", () => {
    expect(
      found(edited((yaml) => yaml.replaceAll(/behaviour_hash: .*/g, `behaviour_hash: ${"f".repeat(64)}`))),
    ).toEqual([
      [
        "violation",
        "behaviour_hash",
        `"${"f".repeat(64)}"`,
        `"${ownPair().staging.behaviourHash}", as declared`,
      ],
    ]);
    expect(found(edited((yaml) => `${yaml}\nsurprise: 1\n`)).map(([, , what]) => what)).toEqual([
      '"a file with 1 problems"',
    ]);
  });

  it.each<[string, (yaml: string) => string, string, string, string]>([
    [
      "a limit beside the parameters",
      (yaml) => yaml.replace("    model_info:", "    rpm: 1\n    model_info:"),
      "model_list[0].rpm",
      "what is no key that is written for LiteLLM 1.106.2",
      "the rendered file, as declared",
    ],
    [
      "a class of errors that LiteLLM does not know",
      (yaml) =>
        yaml.replace("TimeoutErrorAllowedFails: 3", "TimeoutErrorAllowedFails: 3\n        TimeoutFails: 1"),
      "model_list[0].model_info.allowed_fails_policy.TimeoutFails",
      "what is no key that is written for LiteLLM 1.106.2",
      "the rendered file, as declared",
    ],
    [
      "another price",
      (yaml) => yaml.replace(/output_cost_per_token: .*/, "output_cost_per_token: 0.0"),
      "model_list[0].model_info.output_cost_per_token",
      "0",
      "0.00001, as declared",
    ],
  ])("refuses a file with %s", (_, edit, path, provisioned, declared) => {
    expect(found(edited(edit))).toEqual([["violation", path, provisioned, declared]]);
  });

  it("does not show a key that somebody wrote into the file", () => {
    const key = `sk-proj-${"a1B2c3D4e5".repeat(6)}`;
    const reports = found(edited((yaml) => yaml.replaceAll(/api_key: .*/g, `api_key: ${key}`)));
    expect(reports.length).toBeGreaterThan(0);
    expect(JSON.stringify(reports)).not.toContain(key.slice(8, 30));
  });

  it("has nothing to say about other ConfigMaps, other namespaces and other stacks", () => {
    const other = (namespace: string) => ({
      ...changed(configMap, () => undefined),
      props: { metadata: { namespace }, data: { "config.yaml": "model_list: []\n" } },
    });
    expect(found(other("somebody-elses"))).toEqual([]);
    expect(found(other("llm-staging"))).not.toEqual([]);
    expect(
      found({ ...other("llm-staging"), props: { metadata: { namespace: "llm-staging" }, data: { a: "b" } } }),
    ).toEqual([]);
    expect(gatewayAsDeclared.check(other("llm-staging"), { ...context, pair: undefined })).toEqual([]);
  });

  it("cannot decide on a file that is not known", () => {
    const unknown = (data: unknown) =>
      found({
        ...changed(configMap, () => undefined, isGatewayFile),
        props: { metadata: { namespace: "llm-staging" }, data },
      });
    expect(unknown(UNKNOWN).map(([status]) => status)).toEqual(["cannot-decide"]);
    expect(unknown({ "config.yaml": UNKNOWN }).map(([status]) => status)).toEqual(["cannot-decide"]);
    expect(unknown({ note: UNKNOWN })).toEqual([]);
  });

  const deploymentType = "kubernetes:apps/v1:Deployment";
  type Pod = {
    containers: {
      image: string;
      args: string[];
      env: { name: string; value?: unknown }[];
      envFrom?: unknown;
    }[];
  };
  const deployed = (
    edit: (pod: Pod, template: { metadata: { annotations: Record<string, string> } }) => void,
  ) =>
    changed(
      deploymentType,
      (props) => {
        const { template } = props.spec as {
          template: { spec: Pod; metadata: { annotations: Record<string, string> } };
        };
        edit(template.spec, template);
      },
      ({ props }) => JSON.stringify(props).includes("llm-gateway"),
    );
  const container = (pod: Pod) => {
    const [first] = pod.containers;
    if (first === undefined) throw new Error("no container");
    return first;
  };

  it.each([
    [
      "a back-off of another length",
      (pod: Pod) => {
        for (const one of container(pod).env) if (one.name === "MAX_RETRY_DELAY") one.value = "77";
      },
      "environment.MAX_RETRY_DELAY",
      "77",
    ],
    [
      "a back-off that is missing",
      (pod: Pod) => {
        container(pod).env = container(pod).env.filter(({ name }) => name !== "JITTER");
      },
      "environment.JITTER",
      "nothing",
    ],
    [
      "a variable that nobody declared",
      (pod: Pod) => {
        container(pod).env.push({ name: "DEFAULT_MAX_RETRIES", value: "9" });
      },
      "environment.DEFAULT_MAX_RETRIES",
      "9",
    ],
    [
      "a whole ConfigMap of variables",
      (pod: Pod) => {
        container(pod).envFrom = [{ configMapRef: { name: "more" } }];
      },
      "envFrom",
      '"variables from a whole ConfigMap"',
    ],
    [
      "an argument that overrides the file",
      (pod: Pod) => {
        container(pod).args.push("--request_timeout=9");
      },
      "argument --request_timeout",
      '"set"',
    ],
    [
      "another image",
      (pod: Pod) => {
        container(pod).image = "litellm:latest";
      },
      "image",
      '"litellm:latest"',
    ],
  ])("finds in the Deployment %s", (_, edit, place, value) => {
    expect(found(deployed(edit)).map(([, where, what]) => [where, what])).toEqual([[place, value]]);
  });

  it("wants the behaviour hash on the pods, and cannot decide on an unknown back-off", () => {
    const hash = deployed((_, template) => {
      template.metadata.annotations["lockstep.dev/behaviour-hash"] = "0";
    });
    expect(found(hash).map(([, where]) => where)).toEqual(["annotation lockstep.dev/behaviour-hash"]);
    const unknown = deployed((pod) => {
      for (const one of container(pod).env) if (one.name === "JITTER") one.value = UNKNOWN;
    });
    expect(found(unknown).map(([status, object]) => [status, object])).toEqual([
      ["cannot-decide", undefined],
    ]);
  });
});

describe("environment-complete", () => {
  const missing = (resources: readonly ResourceView[]) =>
    environmentComplete.check(resources, context).map(({ path }) => path);

  it("names everything that an empty stack lacks", () => {
    expect(missing([])).toEqual([
      "staging: the gateway's Deployment",
      "staging: the gateway's ConfigMap",
      "staging: the NetworkPolicy that denies by default in the namespace",
      "staging: the ResourceQuota of the namespace",
      "staging: a KMS key",
      'staging: the KMS alias "alias/lockstep/staging"',
      'staging: the secret "lockstep/staging/openai"',
      'staging: the secret "lockstep/staging/anthropic"',
      "staging: the monthly budget of 2000 USD",
      "staging: the daily budget of 100 USD",
      'staging: the topic "lockstep-staging-alarms"',
      "staging: a subscription to the alarm topic",
      'staging: the request log\'s bucket "example-lockstep-staging-requests"',
      "staging: the public access block of the request log's bucket",
      "staging: the encryption of the request log's bucket",
      "staging: the policy of the request log's bucket",
      "staging: the alarms",
      "staging: the probes",
    ]);
  });

  it("finds each part that the project's own environment has, and only that", () => {
    const whole = missing(views);
    for (const path of missing([])) {
      const without = views.filter(
        (one) => whole.includes(path) || !missing([one]).every((left) => left !== path),
      );
      expect(missing(without), path).toContain(path);
    }
  });

  it("words a finding with the part and its type", () => {
    expect(environmentComplete.check([], context)[4]).toEqual({
      object: "staging's environment",
      path: "staging: a KMS key",
      found: "no resource aws:kms/key:Key that is a KMS key",
      allowed: "all parts of an environment",
      remedy: "Add it to the program, or use the component Environment, which has all of them.",
    });
  });

  it("does not take a budget of another amount or period for the part", () => {
    const monthly = (limitAmount: unknown, timeUnit = "MONTHLY") =>
      missing([resource("aws:budgets/budget:Budget", "month", { timeUnit, limitAmount })]);
    const path = "staging: the monthly budget of 2000 USD";
    expect(monthly("2000.0")).not.toContain(path);
    expect(monthly(UNKNOWN)).not.toContain(path);
    expect(monthly("20000")).toContain(path);
    expect(monthly("2000", "DAILY")).toContain(path);
  });

  it("does not take a subscription to another topic, or a policy that lets somebody in, for the part", () => {
    const topic = (arn: unknown) =>
      missing([resource("aws:sns/topicSubscription:TopicSubscription", "mail", { topic: arn })]);
    const subscription = "staging: a subscription to the alarm topic";
    expect(topic("arn:aws:sns:us-east-1:111122223333:lockstep-staging-alarms")).not.toContain(subscription);
    expect(topic(UNKNOWN)).not.toContain(subscription);
    expect(topic("arn:aws:sns:us-east-1:111122223333:other-alarms")).toContain(subscription);

    const policy = (spec: unknown, namespace: unknown = "llm-staging") =>
      missing([
        resource("kubernetes:networking.k8s.io/v1:NetworkPolicy", "deny", { metadata: { namespace }, spec }),
      ]);
    const path = "staging: the NetworkPolicy that denies by default in the namespace";
    const deny = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
    expect(policy(deny)).not.toContain(path);
    expect(policy({ podSelector: {}, ingress: [] })).not.toContain(path);
    expect(policy(UNKNOWN)).not.toContain(path);
    expect(policy(deny, "web")).toContain(path);
    expect(policy({ ...deny, policyTypes: ["Egress"] })).toContain(path);
    expect(policy({ ...deny, podSelector: { matchLabels: { app: "web" } } })).toContain(path);
    expect(policy({ ...deny, ingress: [{ from: [{ podSelector: {} }] }] })).toContain(path);
  });

  it("does not take a block that leaves the bucket open, or another bucket's, for the part", () => {
    const bucket = "example-lockstep-staging-requests";
    const closed = {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    };
    const block = (props: Record<string, unknown>, sources: string[] = []) =>
      missing([
        resource("aws:s3/bucket:Bucket", "other", { bucket: "other" }),
        resource("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "log", props, {
          dependsOn: { bucket: sources },
        }),
      ]);
    const path = "staging: the public access block of the request log's bucket";
    expect(block(closed)).not.toContain(path);
    expect(block({ ...closed, blockPublicPolicy: false })).toContain(path);
    expect(block({ ...closed, bucket: "other" })).toContain(path);
    expect(block({ ...closed, bucket: UNKNOWN })).not.toContain(path);
    const other = resource("aws:s3/bucket:Bucket", "other", {}).urn;
    expect(block({ ...closed, bucket: UNKNOWN }, [other])).toContain(path);
  });

  it("asks nothing of a stack without Lockstep configuration", () => {
    expect(environmentComplete.check([], { ...context, pair: undefined })).toEqual([]);
  });
});
