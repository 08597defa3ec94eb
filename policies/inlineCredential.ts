import { credentialIn } from "../config/credentialPattern";
import { isRecord } from "../config/record";
import type { Path } from "../config/relation";
import type { Props } from "./props";

/** A credential in a resource's properties: where it stands and what it looks like, never the value. */
export interface InlineCredential {
  path: Path;
  kind: string;
}

/** By type, the properties that are made to hold a secret and are kept encrypted by the service. */
const secretPlaces: Readonly<Record<string, readonly string[]>> = {
  "aws:acm/certificate:Certificate": ["privateKey"],
  "aws:iam/serverCertificate:ServerCertificate": ["privateKey"],
  "aws:secretsmanager/secretVersion:SecretVersion": ["secretString", "secretBinary", "secretStringWo"],
};

/** Maps whose entries are read by name: environment variables, and what Kubernetes hands to pods. */
const namedMaps = ["variables", "environment", "environmentVariables", "data", "stringData", "annotations"];

/** All credentials in a resource's properties, each place once. */
export function* inlineCredentials(type: string, props: Props): Generator<InlineCredential> {
  const allowed = secretPlaces[type] ?? (isSecureString(type, props) ? ["value", "valueWo"] : []);
  for (const [key, value] of Object.entries(props)) {
    if (allowed.includes(key)) continue;
    if (type === "kubernetes:core/v1:Secret" && key === "data") yield* secretData(value);
    else yield* visit(value, [key]);
  }
  if (type === "aws:ssm/parameter:Parameter" && !isSecureString(type, props)) {
    yield* named(String(props.name ?? ""), props.value, ["value"]);
  }
  if (/^pulumi:providers:aws(-native)?$/.test(type)) {
    for (const key of ["secretKey", "token"]) {
      const value = props[key];
      const plain = typeof value === "string" && value !== "" && credentialIn(value) === undefined;
      if (plain) yield { path: [key], kind: "a value in plain text" };
    }
  }
}

const isSecureString = (type: string, props: Props) =>
  type === "aws:ssm/parameter:Parameter" && props.type === "SecureString";

function* visit(value: unknown, path: Path): Generator<InlineCredential> {
  if (typeof value === "string") {
    const kind = credentialIn(value);
    if (kind !== undefined) yield { path, kind };
    else if (path.at(-1) === "containerDefinitions") yield* visit(parsed(value), path);
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* visit(item, [...path, index]);
    return;
  }
  if (!isRecord(value)) return;
  if (typeof value.name === "string") yield* named(value.name, value.value, [...path, "value"]);
  const byName = namedMaps.includes(String(path.at(-1)));
  for (const [key, item] of Object.entries(value)) {
    const kind = credentialIn(key);
    if (kind !== undefined) yield { path: [...path, key], kind: `${kind} as a key` };
    if (byName) yield* named(key, item, [...path, key]);
    yield* visit(item, [...path, key]);
  }
}

/** A Secret's data is in base64: its names go with what it says decoded. */
function* secretData(data: unknown): Generator<InlineCredential> {
  for (const [key, value] of Object.entries(isRecord(data) ? data : {})) {
    yield* visit(value, ["data", key]);
    if (typeof value !== "string" || credentialIn(value) !== undefined) continue;
    yield* named(key, Buffer.from(value, "base64").toString("latin1"), ["data", key]);
  }
}

/** ECS takes its containers as JSON text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const passwordName = /(^|_)(password|passwd|passphrase)$/;
const keyName =
  /(^|_)(secret|token|api_?key|access_?key|private_?key|master_?key|signing_?key|encryption_?key|credentials?)$/;

/** A plain value under a name that says credential. What has a known form is found without its name. */
function* named(name: string, value: unknown, path: Path): Generator<InlineCredential> {
  if (typeof value !== "string" || value === "" || isReference(value) || credentialIn(value) !== undefined)
    return;
  const snake = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase();
  if (passwordName.test(snake) || (keyName.test(snake) && looksRandom(value))) {
    yield { path, kind: "a plain value under a name that says credential" };
  }
}

/** Names of where the value is: variables, templates, ARNs, paths, URLs. */
const isReference = (text: string) =>
  /\$[({A-Za-z_]|\{\{|^(os\.environ\/|arn:|alias\/|\.{0,2}\/|file:|https?:|vault:|ref\+|env:|secretref:|<)/i.test(
    text,
  );

/** Letters and digits without spaces, that are no words joined by separators (the name of a secret). */
const looksRandom = (text: string) =>
  /^[!-~]{8,4096}$/.test(text) &&
  /[A-Za-z]/.test(text) &&
  /\d/.test(text) &&
  !/^[a-z]+\d{0,3}([-_./:][a-z]*\d{0,3})*$/i.test(text);
