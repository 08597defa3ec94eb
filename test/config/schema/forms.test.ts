import { describe, expect, it } from "vitest";
import { loadPair } from "../../../config/pair";
import { parseConfig } from "../../../config/parse";
import { formatPath, leaves, type Path } from "../../../config/relation";
import { schema } from "../../../config/schema";
import { toPlain } from "../../../config/yaml";
import { shipped } from "../../shipped";

const { own } = loadPair(shipped(), "staging");
const shippedData = () => Object.fromEntries(Array.from(own.raw, ([key, node]) => [key, toPlain(node)]));

/** What is allowed in place of a value in the shipped staging stack; nothing where the value is. */
function refused(path: Path, value: unknown): string[] {
  const data: Record<string | number, unknown> = shippedData();
  let map = data;
  for (const step of path.slice(0, -1)) {
    map[step] ??= {};
    map = map[step] as typeof map;
  }
  map[String(path.at(-1))] = value;
  const { problems } = parseConfig(data);
  const other = problems.filter((one) => formatPath(one.path) !== formatPath(path));
  if (other.length > 0) throw new Error(other.map((one) => formatPath(one.path)).join(", "));
  return problems.map(({ allowed }) => allowed);
}

const exception = {
  rule: "limits-stricter",
  path: "limits.dailyUsd",
  reason: "Twenty letters, all told.",
  owner: "One",
  approver: "Two",
  ticket: "T1",
  created: "2026-11-01",
  expires: "2026-11-30",
  compensatingControl: "Ten letters",
};
const quota = { serviceCode: "bedrock", quotaCode: "L-0123ABCD", value: 1, description: "Tokens." };
const digits = (length: number) => "1234567890".repeat(40).slice(0, length);
const text = (length: number) => "x".repeat(length);

/** A field, what it allows in words, texts that just fit it, and the nearest texts that do not. */
const forms: [Path, string, string[], string[]][] = [
  [
    ["environment", "name"],
    "2 to 18 characters: a-z, 0-9 and single dashes, starting with a letter",
    ["ab", "a-b", `a${digits(17)}`],
    ["a", `a${digits(18)}`, "1b", "a--b", "a-", "aB", "ab_"],
  ],
  [
    ["environment", "counterpart"],
    "a stack name: letters, digits, '.', '_' and '-'",
    ["p", "Prod.eu_1-a", text(100)],
    ["", ".p", "a/b", text(101)],
  ],
  [
    ["environment", "account"],
    'an AWS account id: 12 digits, quoted ("111122223333")',
    ["123456789012"],
    ["12345678901", "1234567890123", "12345678901x"],
  ],
  [
    ["environment", "region"],
    'an AWS region, such as "us-east-1"',
    ["eu-central-1", "us-gov-west-1"],
    ["us-1", "us-east", "us-east-10", "xus-east-1", "us-East-1"],
  ],
  [
    ["environment", "cluster", "name"],
    "an EKS cluster name",
    ["c", "1_a-B", text(100)],
    ["", "-c", "a.b", text(101)],
  ],
  [
    ["environment", "cluster", "context"],
    "a kubeconfig context name",
    ["arn:aws:eks:us-east-1:111122223333:cluster/a_b", "admin@c.d-e", text(200)],
    ["", "a b", text(201)],
  ],
  [
    ["environment", "namespace"],
    "at most 63 characters: a-z, 0-9 and -",
    ["a", "1", "a-b", text(63)],
    ["", "-a", "a-", "a.b", "A", text(64)],
  ],
  [
    ["environment", "secretPrefix"],
    "Secrets Manager name parts joined by '/', without a trailing '/'",
    ["a", "A/b_c.d-e/f", text(200)],
    ["", "/a", "a/", "a//b", "-a", "a b"],
  ],
  [["environment", "secretPrefix"], "at most 200 characters", [], [text(201)]],
  [
    ["environment", "kmsAlias"],
    'a KMS alias: "alias/…"',
    ["alias/a", "alias/a/b_c-d", `alias/${text(200)}`],
    ["alias/", "a", "alias/aws/secretsmanager", "xalias/a", "alias/a.b", `alias/${text(201)}`],
  ],
  [
    ["environment", "alarmTopic"],
    "an SNS topic name",
    ["a", "A_b-1", text(200)],
    ["", "a.b", "a/b", text(201)],
  ],
  [
    ["environment", "requestLogBucket"],
    "an S3 bucket name without dots",
    ["abc", "1-2", text(63)],
    ["ab", "a.b", "-bc", "ab-", "aBc", text(64)],
  ],
  [
    ["environment", "administrators", 0],
    "the ARN of an IAM role or user",
    [
      "arn:aws:iam::123456789012:role/a",
      "arn:aws-us-gov:iam::123456789012:user/a_b+c=d,e.f@g/h-i",
      `arn:aws:iam::123456789012:role/${text(400)}`,
    ],
    [
      "arn:aws:iam::12345678901:role/a",
      "arn:aws:iam::123456789012:group/a",
      "arn:aws:iam::123456789012:role/",
      "arn:aws:iam::123456789012:role/a b",
      "arn:aws1:iam::123456789012:role/a",
      "xarn:aws:iam::123456789012:role/a",
      `arn:aws:iam::123456789012:role/${text(401)}`,
    ],
  ],
  [
    ["residency", "regions", 0],
    'a region name, such as "us-east-1" or "global"',
    ["eu", "northamerica-northeast1", `a${text(40)}`],
    ["e", "1a", "EU", "a_b", `a${text(41)}`],
  ],
  [
    ["credentials", "openai", "secretName"],
    "a Secrets Manager name",
    ["a", "A_b/c.d-e", `1${text(400)}`],
    ["", "/a", "a b", `1${text(401)}`],
  ],
  [
    ["credentials", "openai", "identity"],
    "the provider's id of the account, project or key",
    ["abc", "a_b.c:d/e@f-1", text(200)],
    ["ab", "a b", text(201)],
  ],
  [
    ["models", "chat-large", "region"],
    'a region name, such as "us-east-1"',
    ["eu", `a${text(40)}`],
    ["e", "1a", "EU", `a${text(41)}`],
  ],
  [
    ["models", "chat-large", "apiBase"],
    "a URL with https",
    ["https://a.example.com/v1"],
    ["http://a.example.com", "a.example.com", "xhttps://a.example.com", "httpss://a.example.com"],
  ],
  [
    ["models", "chat-large", "apiBase"],
    "at most 500 characters",
    [`https://${text(492)}`],
    [`https://${text(493)}`],
  ],
  [["models", "chat-large", "modelId"], "at least 1 characters", ["x"], [""]],
  [["models", "chat-large", "modelId"], "at most 300 characters", [text(300)], [text(301)]],
  [["models", "chat-large", "modelVersion"], "at least 1 characters", ["x"], [""]],
  [["models", "chat-large", "modelVersion"], "at most 100 characters", [text(100)], [text(101)]],
  [["models", "chat-large", "revision"], "at least 1 characters", ["x"], [""]],
  [["models", "chat-large", "revision"], "at most 100 characters", [text(100)], [text(101)]],
  [
    ["models", "chat-large", "retires"],
    'a date of the calendar, quoted ("2027-01-31"), or "not announced"',
    ["2028-02-29", "not announced"],
    ["2027-02-29", "", "never"],
  ],
  [
    ["models", "chat-large", "kind"],
    'one of "chat", "embedding", "rerank"',
    ["chat", "embedding", "rerank"],
    ["Chat", ""],
  ],
  [
    ["models", "chat-large", "provider"],
    'one of "openai", "anthropic", "bedrock", "vertex", "azure", "huggingface"',
    ["openai", "anthropic", "bedrock", "vertex", "azure", "huggingface"],
    ["google", ""],
  ],
  [
    ["models", "chat-large", "versionUpgradeOption"],
    'one of "NoAutoUpgrade", "OnceCurrentVersionExpired", "OnceNewDefaultVersionAvailable"',
    ["NoAutoUpgrade", "OnceCurrentVersionExpired", "OnceNewDefaultVersionAvailable"],
    ["no", ""],
  ],
  [["environment", "tier"], 'one of "staging", "production"', ["staging", "production"], ["test", ""]],
  [
    ["models", "chat-large", "credential"],
    "a name of at most 40 characters: a-z, 0-9 and -, starting with a letter",
    ["a", "a-1", `a${digits(39)}`],
    ["", "1a", "A", "a_b", "xA", `a${digits(40)}`],
  ],
  [
    ["behaviour", "prompts", "support-answer", "file"],
    "a path relative to the project's root, without '.' or '..' steps",
    ["a", "a/b.c_d-1", ".a", "a/..b", "a..b", text(200)],
    ["", "/a", ".", "..", "./a", "a/../b", "a/.", "a/..", "a b", "a\\b"],
  ],
  [["behaviour", "prompts", "support-answer", "file"], "at most 200 characters", [], [text(201)]],
  [
    ["behaviour", "tools", "create-ticket", "file"],
    "a path relative to the project's root, without '.' or '..' steps",
    ["a.json"],
    ["/a.json"],
  ],
  [["routes", "support-chat", "description"], "at least 1 characters", ["x"], [""]],
  [["routes", "support-chat", "description"], "at most 200 characters", [text(200)], [text(201)]],
  [
    ["routes", "support-chat", "description"],
    "one line, without control characters",
    ["é 👍"],
    ["a\nb", "\tb", "a\u2028", "\u2029b", "a\u0085b"],
  ],
  [["routes", "support-chat", "breaker", "answer"], "at least 1 characters", ["x"], [""]],
  [["routes", "support-chat", "breaker", "answer"], "at most 2000 characters", [text(2_000)], [text(2_001)]],
  [
    ["routes", "support-chat", "responseSchema"],
    "a path relative to the project's root, without '.' or '..' steps",
    ["a.json"],
    ["../a.json"],
  ],
  [["gateway", "image"], "at least 1 characters", ["x"], [""]],
  [["gateway", "image"], "at most 400 characters", [text(400)], [text(401)]],
  [["gateway", "probeImage"], "at least 1 characters", ["x"], [""]],
  [["gateway", "probeImage"], "at most 400 characters", [text(400)], [text(401)]],
  [["gateway", "probeCommands", "canary", 0], "at least 1 characters", ["x"], [""]],
  [["gateway", "probeCommands", "canary", 0], "at most 500 characters", [text(500)], [text(501)]],
  [
    ["deployment", "ingress", "host"],
    "a DNS name",
    ["a.b", "a-1.b.c", `${text(251)}.a`],
    ["a", "a.", ".a", "a..b", "A.b", "a_b.c", `${text(252)}.a`],
  ],
  [["deployment", "ingress", "className"], "at most 63 characters: a-z, 0-9 and -", ["a"], ["A"]],
  [
    ["deployment", "redis", "nodeType"],
    "an ElastiCache node type",
    ["cache.t4g.small"],
    [
      "t4g.small",
      "cache.t4g",
      "cache..small",
      "cache.t4g.",
      "cache.T4g.small",
      "xcache.t4g.small",
      "cache.t4g.small.x",
    ],
  ],
  [
    ["deployment", "postgres", "instanceClass"],
    "an RDS instance class",
    ["db.t4g.small"],
    ["t4g.small", "db.t4g", "db..small", "db.t4g.", "db.T4g.small", "xdb.t4g.small", "db.t4g.small.x"],
  ],
  [
    ["deployment", "network", "vpcId"],
    'a VPC id: "vpc-…"',
    [`vpc-${"0".repeat(8)}`, `vpc-${"f".repeat(17)}`],
    [`vpc-${"0".repeat(7)}`, `vpc-${"f".repeat(18)}`, "vpc-0000000g", "xvpc-00000000"],
  ],
  [
    ["deployment", "network", "privateSubnetIds", 0],
    'a subnet id: "subnet-…"',
    [`subnet-${"0".repeat(8)}`, `subnet-${"f".repeat(17)}`],
    [`subnet-${"0".repeat(7)}`, `subnet-${"f".repeat(18)}`, "subnet-0000000g", "xsubnet-00000000"],
  ],
  [
    ["deployment", "network", "clusterSecurityGroupId"],
    'a security group id: "sg-…"',
    [`sg-${"0".repeat(8)}`, `sg-${"f".repeat(17)}`],
    [`sg-${"0".repeat(7)}`, `sg-${"f".repeat(18)}`, "sg-0000000g", "xsg-00000000"],
  ],
  [["monitoring", "contacts", 0], "an e-mail address", ["a.b@example.com"], ["a.b", "a@", "@example.com"]],
];

describe("a text of the configuration", () => {
  it.each(
    forms.flatMap(([path, allowed, fits]) => fits.map((value) => [formatPath(path), value, path, allowed])),
  )("may be in %s: %j", (_, value, path) => {
    expect(refused(path as Path, value)).toEqual([]);
  });

  it.each(
    forms.flatMap(([path, allowed, , unfit]) =>
      unfit.map((value) => [formatPath(path), value, path, allowed]),
    ),
  )("may not be in %s: %j", (_, value, path, allowed) => {
    expect(refused(path as Path, value)).toContain(allowed);
  });

  const inQuota: [string, unknown, string[]][] = [
    ["serviceCode", "bedrock-runtime1", []],
    ["serviceCode", text(63), []],
    ["serviceCode", "", ["a service code"]],
    ["serviceCode", "Bedrock", ["a service code"]],
    ["serviceCode", text(64), ["a service code"]],
    ["quotaCode", "L-0123456", ['a quota code: "L-…"']],
    ["quotaCode", "L-012345678", ['a quota code: "L-…"']],
    ["quotaCode", "L-0123456G", ['a quota code: "L-…"']],
    ["quotaCode", "xL-01234567", ['a quota code: "L-…"']],
    ["value", -1, ["at least 0 the quota's unit"]],
    ["description", "", ["at least 1 characters"]],
    ["description", text(200), []],
    ["description", text(201), ["at most 200 characters"]],
  ];
  it.each(inQuota)("of a service quota is judged: %s %j", (field, value, allowed) => {
    expect(refused(["deployment", "serviceQuotas"], { tokens: quota })).toEqual([]);
    const data = { ...shippedData() } as { deployment?: object };
    const deployment = { ...data.deployment, serviceQuotas: { tokens: { ...quota, [field]: value } } };
    const { problems } = parseConfig({ ...data, deployment });
    expect(problems.map((one) => one.allowed)).toEqual(allowed);
  });

  const inException: [string, unknown, string[]][] = [
    ["rule", "abc", []],
    ["rule", `a${text(60)}`, []],
    ["rule", "ab", ["the name of a rule"]],
    ["rule", "-bc", ["the name of a rule"]],
    ["rule", "abC", ["the name of a rule"]],
    ["rule", `a${text(61)}`, ["the name of a rule"]],
    ["path", "", ["at least 1 characters"]],
    ["path", text(500), []],
    ["path", text(501), ["at most 500 characters"]],
    ["reason", text(19), ["at least 20 characters"]],
    ["reason", text(20), []],
    ["reason", text(2_001), ["at most 2000 characters"]],
    ["owner", "ab", ["at least 3 characters"]],
    ["owner", text(200), []],
    ["owner", text(201), ["at most 200 characters"]],
    ["approver", "ab", ["at least 3 characters"]],
    ["approver", text(201), ["at most 200 characters"]],
    ["ticket", "a", ["at least 2 characters"]],
    ["ticket", text(300), []],
    ["ticket", text(301), ["at most 300 characters"]],
    ["created", "2026-02-29", ['a date of the calendar, quoted ("2027-01-31")']],
    ["expires", "2028-02-29", []],
    ["expires", "soon", ['a date of the calendar, quoted ("2027-01-31")']],
    ["compensatingControl", text(9), ["at least 10 characters"]],
    ["compensatingControl", text(2_000), []],
    ["compensatingControl", text(2_001), ["at most 2000 characters"]],
    ["compensatingControl", "two\nlines of it", ["one line, without control characters"]],
  ];
  it.each(inException)("of an exception is judged: %s %j", (field, value, allowed) => {
    const { problems } = parseConfig({ ...shippedData(), exceptions: [{ ...exception, [field]: value }] });
    expect(problems.map((one) => one.allowed)).toEqual(allowed);
  });
});

/** A list, an item of it made of a number, and how many it may have. */
const lists: [Path, (index: number) => unknown, number, number][] = [
  [["environment", "administrators"], () => "arn:aws:iam::111122223333:role/a", 1, 20],
  [["residency", "regions"], () => "eu", 1, 40],
  [["monitoring", "contacts"], () => "a@example.com", 1, 50],
  [["deployment", "clientNamespaces"], () => "a", 1, 200],
  [["deployment", "network", "privateSubnetIds"], () => "subnet-00000000", 2, 20],
  [["gateway", "probeCommands", "canary"], () => "x", 1, 50],
  [["routes", "support-chat", "targets"], () => ({ model: "a", order: 1, weight: 1 }), 1, 50],
  [["routes", "support-chat", "tools"], () => "a", 0, 20],
  [["routes", "support-chat", "fallbacks"], () => "a", 0, 20],
  [["exceptions"], () => exception, 0, 100],
];

describe("a list of the configuration", () => {
  it.each(lists.map(([path, ...rest]) => [formatPath(path), path, ...rest] as const))(
    "has neither too few nor too many entries: %s",
    (_, path, item, least, most) => {
      const of = (length: number) =>
        refused(
          path,
          Array.from({ length }, (__, index) => item(index)),
        );
      expect(of(least)).toEqual([]);
      expect(of(least + 1)).toEqual([]);
      expect(of(most)).toEqual([]);
      expect(of(most + 1)).toEqual([`at most ${most} entries`]);
      if (least > 0) expect(of(least - 1)).toEqual([`at least ${least} entries`]);
    },
  );
});

describe("a map of the configuration", () => {
  it.each([
    [[], "a key that none of them knows"],
    [["environment"], "environment"],
    [["environment", "cluster"], "cluster"],
    [["limits"], "limits"],
    [["limits", "cluster"], "limits.cluster"],
    [["limits", "teams", "search"], "a team"],
    [["credentials", "openai"], "a credential"],
    [["deployment"], "deployment"],
    [["deployment", "ingress"], "ingress"],
    [["deployment", "replicas"], "replicas"],
    [["deployment", "network"], "network"],
    [["models", "chat-large"], "a model"],
    [["models", "chat-large", "usdPerMillionTokens"], "prices"],
    [["routes", "support-chat"], "a route"],
    [["routes", "support-chat", "targets", 0], "a target"],
    [["routes", "support-chat", "retries"], "retries"],
    [["routes", "support-chat", "coolDown"], "coolDown"],
    [["routes", "support-chat", "coolDown", "allowedFails"], "allowedFails"],
    [["routes", "support-chat", "breaker"], "a breaker"],
    [["behaviour"], "behaviour"],
    [["behaviour", "semanticCache"], "semanticCache"],
    [["gateway"], "gateway"],
    [["gateway", "backoff"], "backoff"],
    [["acceptance", "eval"], "acceptance.eval"],
  ] as [Path, string][])("takes no key that it does not know: %j, %s", (path) => {
    expect(refused([...path, "odd"], 1)).toHaveLength(1);
  });
});

describe("the unit of a number", () => {
  it("is written out, and is one that a person says", () => {
    const units = new Set([...leaves(schema)].flatMap(({ field }) => field?.unit ?? []));
    expect([...units].sort()).toEqual([
      // A number without one: a temperature, a seed, a place in line.
      "1",
      "GiB",
      "USD per day",
      "USD per million tokens",
      "USD per month",
      "USD per request",
      "USD per run",
      "cases",
      "chunks",
      "cores",
      "cosine similarity",
      "days",
      "failures",
      "hours",
      "minutes",
      "percent",
      "percent of the budget",
      "pods",
      "population stability index",
      "probability",
      "ratio",
      "relevance score",
      "repeats",
      "replicas",
      "requests",
      "requests per minute",
      "responses",
      "retries",
      "samples",
      "searches",
      "seconds",
      "the quota's unit",
      "times peak",
      "tokens",
      "tokens per minute",
    ]);
  });
});
