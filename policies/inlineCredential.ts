import { mayCarryCredential } from "../config/credentialHints";
import { credentialIn, isWrapped } from "../config/credentialPattern";
import { isRecord } from "../config/record";
import type { Path } from "../config/relation";
import type { Props } from "./props";
import { jsonKey, namedMaps, resourceStrings } from "./resourceStrings";

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

/** All credentials in a resource's properties, each place once. */
export function inlineCredentials(type: string, props: Props): InlineCredential[] {
  return judgedByType.has(type) || mayHoldCredential(props) ? search(type, props) : [];
}

/** What is judged by more than its strings. */
const judgedByType: ReadonlySet<string> = new Set([
  ...["aws:ssm/parameter:Parameter", "kubernetes:core/v1:Secret"],
  ...["pulumi:providers:aws", "pulumi:providers:aws-native"],
]);

/** False where a search would find nothing, which is nearly everywhere: it looks at no places, only at strings. */
function mayHoldCredential(props: Props): boolean {
  const { texts, named, hasJson } = resourceStrings(props);
  if (hasJson) return true;
  for (const text of texts) if (mayCarryCredential(text) || isWrapped(text)) return true;
  for (let index = 0; index < named.length; index += 2)
    if (saysCredential(named[index] as string, named[index + 1])) return true;
  return false;
}

function search(type: string, props: Props): InlineCredential[] {
  const search = new Search();
  const allowed = secretPlaces[type] ?? (isSecureString(type, props) ? ["value", "valueWo"] : []);
  for (const key of Object.keys(props)) {
    if (allowed.includes(key)) continue;
    if (type === "kubernetes:core/v1:Secret" && key === "data") search.secretData(props[key]);
    else search.below(key, props[key]);
  }
  if (type === "aws:ssm/parameter:Parameter" && !isSecureString(type, props)) {
    search.named(String(props.name ?? ""), props.value, "value");
  }
  if (type === "pulumi:providers:aws" || type === "pulumi:providers:aws-native") {
    for (const key of ["secretKey", "token"]) {
      const value = props[key];
      const plain = typeof value === "string" && value !== "" && credentialIn(value) === undefined;
      if (plain) search.found.push({ path: [key], kind: "a value in plain text" });
    }
  }
  return search.found;
}

const isSecureString = (type: string, props: Props) =>
  type === "aws:ssm/parameter:Parameter" && props.type === "SecureString";

/** One walk through a resource's properties, in their order. */
class Search {
  readonly found: InlineCredential[] = [];
  /** Where the walk is: copied only for what is found. */
  readonly #path: (string | number)[] = [];

  below(key: string | number, value: unknown): void {
    this.#path.push(key);
    this.#visit(value);
    this.#path.pop();
  }

  #visit(value: unknown): void {
    if (typeof value === "string") this.#text(value);
    else if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) this.below(index, value[index]);
    } else if (isRecord(value)) this.#record(value);
  }

  #text(text: string): void {
    const kind = credentialIn(text);
    if (kind !== undefined) this.#add(kind);
    else if (this.#path.at(-1) === jsonKey) this.#visit(parsed(text));
  }

  #record(record: Props): void {
    const byName = namedMaps.has(this.#path.at(-1));
    if (typeof record.name === "string") this.named(record.name, record.value, "value");
    for (const key of Object.keys(record)) {
      const kind = credentialIn(key);
      if (kind !== undefined) this.#add(`${kind} as a key`, key);
      if (byName) this.named(key, record[key], key);
      this.below(key, record[key]);
    }
  }

  /** A Secret's data is in base64: its names go with what it says decoded. */
  secretData(data: unknown): void {
    if (!isRecord(data)) return;
    this.#path.push("data");
    for (const [key, value] of Object.entries(data)) {
      this.below(key, value);
      if (typeof value === "string" && credentialIn(value) === undefined)
        this.named(key, Buffer.from(value, "base64").toString("latin1"), key);
    }
    this.#path.pop();
  }

  /** A plain value under a name that says credential. What has a known form is found without its name. */
  named(name: string, value: unknown, key: string): void {
    if (saysCredential(name, value)) this.#add("a plain value under a name that says credential", key);
  }

  #add(kind: string, ...below: string[]): void {
    this.found.push({ path: [...this.#path, ...below], kind });
  }
}

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

/** How such a name ends, however it is written: most names are passed over by this look. */
const ending = /(?:pass(?:word|wd|phrase)|secret|token|key|credentials?)$/i;

function saysCredential(name: string, value: unknown): boolean {
  if (typeof value !== "string" || value === "" || !ending.test(name)) return false;
  if (isReference(value) || credentialIn(value) !== undefined) return false;
  const snake = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase();
  return passwordName.test(snake) || (keyName.test(snake) && looksRandom(value));
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
