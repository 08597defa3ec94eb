import { createHash, randomBytes } from "node:crypto";
import { type AwsShape, awsShapes, type Where } from "./awsShapes";
import { Cloud, type Held } from "./cloud";
import { sdkShape, sdkVersion } from "./sdk";
import type { Failure, StandIn } from "./server";
import { shortType, unknown, type Values } from "./values";

/**
 * A stand-in of the AWS plugin, for the types that this project makes, and honest about what it is: it talks to
 * nobody. It checks the inputs that the real one requires (as the SDK's classes tell), makes up names where a
 * program gives none, knows ids and ARNs only once an object is there, replaces where the real one replaces, and
 * refuses a name that is taken or an object that belongs to none. It knows no permissions, no limits, no formats
 * but that policies are JSON, and fills in no defaults.
 */
export function aws(options: {
  folder: string;
  credentials?: string;
  slow: Record<string, number>;
}): StandIn {
  let where: Where = { account: "", region: "" };
  const cloud = () => new Cloud(options.folder, `aws-${where.account}-${where.region}`, options.slow);

  return {
    version: sdkVersion("aws"),

    configure(settings) {
      const allowed = JSON.parse(String(settings.allowedAccountIds ?? "[]")) as string[];
      const account = options.credentials ?? allowed[0] ?? "000000000000";
      // As the real one: before anything else is asked of the account.
      if (allowed.length > 0 && !allowed.includes(account))
        throw new Error(`AWS account ID not allowed: ${account}`);
      where = { account, region: String(settings.region ?? "us-east-1") };
    },

    check({ type, name, olds, news, seed }) {
      const shape = awsShapes[type];
      if (!shape)
        return { inputs: news, failures: [{ property: "", reason: `The stand-in has no ${type}.` }] };
      return { inputs: named(shape, name, olds, news, seed), failures: failuresOf(type, news) };
    },

    replaces({ type, news, changed }) {
      const { name, replaces } = shapeOf(type);
      const made = new Set(Array.isArray(news.__defaults) ? news.__defaults : []);
      return {
        replaces: changed.filter((key) => replaces.includes(key) || key === "region"),
        // The bridge's rule (nameRequiresDeleteBeforeReplace in pkg/tfbridge/schema.go): an object that the program
        // names goes first, even where the change is that of its name.
        deleteBeforeReplace: name !== undefined && !made.has(name) && !sdkShape(type).required.includes(name),
      };
    },

    plan: (type, inputs) => ({
      ...inputs,
      ...Object.fromEntries(sdkShape(type).computed.map((key) => [key, unknown])),
    }),

    async create(urn, type, inputs) {
      const shape = shapeOf(type);
      checkPlace(cloud(), shape, inputs);
      const { id, outputs = {} } = shape.made(inputs, where, randomBytes(6).toString("hex"));
      const identity = identityOf(shape, inputs) ?? id;
      const held: Held = { type, id, identity, inputs, outputs: { ...inputs, ...outputs } };
      await (shape.put ? cloud().put(urn, held) : cloud().create(urn, held));
      return { id, outputs: held.outputs };
    },

    read: (type, id) => cloud().find(type, id),

    async update({ urn, type, id, state, inputs }) {
      const shape = shapeOf(type);
      const outputs = { ...computedOf(type, state), ...inputs };
      await cloud().update(urn, { type, id, identity: identityOf(shape, inputs) ?? id, inputs, outputs });
      return outputs;
    },

    async delete(urn, type, id) {
      const held = cloud().find(type, id);
      await cloud().delete(urn, type, id);
      if (held && shapeOf(type).staysTaken?.(held.inputs)) cloud().reserve(held);
    },
  };
}

function shapeOf(type: string): AwsShape {
  const shape = awsShapes[type];
  if (!shape) throw new Error(`The stand-in has no ${type}`);
  return shape;
}

/** With a name where the program gives none: the resource's own and seven characters; that of the object stays. */
function named(shape: AwsShape, name: string, olds: Values, news: Values, seed: string): Values {
  const { name: key } = shape;
  if (key === undefined || news[key] !== undefined || news[`${key}Prefix`] !== undefined)
    return { ...news, __defaults: [] };
  const wasMade = Array.isArray(olds.__defaults) && olds.__defaults.includes(key);
  const made = `${name}-${createHash("sha256").update(seed).digest("hex").slice(0, 7)}`;
  return { ...news, [key]: wasMade ? olds[key] : made, __defaults: [key] };
}

function failuresOf(type: string, news: Values): Failure[] {
  const { required, inputs } = sdkShape(type);
  const missing = required
    .filter((key) => news[key] === undefined || news[key] === null)
    .map((key) => ({ property: key, reason: `Missing required argument of ${shortType(type)}.` }));
  const foreign = Object.keys(news)
    .filter((key) => !inputs.includes(key) && !key.startsWith("__"))
    .map((key) => ({ property: key, reason: `${shortType(type)} has no such argument.` }));
  const documents = ["policy", "assumeRolePolicy"]
    .filter((key) => typeof news[key] === "string" && news[key] !== unknown && !isJson(news[key]))
    .map((key) => ({ property: key, reason: "Contains an invalid JSON policy." }));
  return [...missing, ...foreign, ...documents];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function checkPlace(cloud: Cloud, { within }: AwsShape, inputs: Values): void {
  if (!within) return;
  const id = inputs[within.input];
  const found = cloud.all(within.type).some((held) => held.id === id || held.outputs.arn === id);
  if (!found) throw new Error(`${shortType(within.type)} ${JSON.stringify(id)} does not exist`);
}

const identityOf = ({ name, identity }: AwsShape, inputs: Values): string | undefined =>
  identity || name ? [...(identity ?? [name ?? ""])].map((key) => String(inputs[key])).join("/") : undefined;

const computedOf = (type: string, state: Values): Values =>
  Object.fromEntries(sdkShape(type).computed.map((key) => [key, state[key]]));
