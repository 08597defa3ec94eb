import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { crypto, dsse } from "@sigstore/core";
import { z } from "zod";

/** A DSSE envelope (https://github.com/secure-systems-lab/dsse), decoded and not verified. */
export interface Envelope {
  payloadType: string;
  payload: Uint8Array;
  signatures: readonly { keyid: string; sig: Uint8Array }[];
}

/** The only payload that evidence has; it is signed too, so no signature over something else passes for one. */
export const payloadType = "application/vnd.in-toto+json";

/** Base64 in the standard or the URL-safe alphabet: a verifier has to take either. */
const base64 = (maximum: number) =>
  z
    .string()
    .min(1)
    .max(maximum)
    .refine((text) => fromBase64(text) !== undefined);

const schema = z.strictObject({
  payloadType: z.string(),
  payload: base64(8 * 1024 * 1024),
  signatures: z
    .array(
      z.strictObject({
        // A hint for finding the key, which nobody has signed: it is never used.
        keyid: z.string().max(1_000).default(""),
        sig: base64(1_000),
      }),
    )
    .min(1)
    .max(20),
});

/** Undefined for whatever does not come out again as it went in: junk that a lenient decoder skips is no base64. */
function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  const plain = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  const padded = text.length % 4 === 0;
  return bytes.toString("base64").replace(/=+$/, "") === plain && (padded || !text.includes("="))
    ? bytes
    : undefined;
}

/** The payload of an envelope's text, or why it is none (a clause without a full stop). */
export function decodeEnvelope(
  bytes: Uint8Array,
): { payload: Uint8Array; envelope: Envelope } | { why: string } {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return { why: "it is not JSON in UTF-8" };
  }
  const { success, data: parsed } = schema.safeParse(data);
  if (!success) {
    return {
      why: "it is no DSSE envelope: it needs payloadType, payload in base64, and 1 to 20 signatures with keyid and sig in base64, and nothing else",
    };
  }
  if (parsed.payloadType !== payloadType) return { why: `its payloadType is not ${payloadType}` };
  const bytesOf = (text: string): Uint8Array => fromBase64(text) ?? Buffer.alloc(0);
  const envelope: Envelope = {
    payloadType: parsed.payloadType,
    payload: bytesOf(parsed.payload),
    signatures: parsed.signatures.map(({ keyid, sig }) => ({ keyid, sig: bytesOf(sig) })),
  };
  return { payload: envelope.payload, envelope };
}

/**
 * The fingerprints (SHA-256 of the public key's DER form, in hexadecimal) of the keys that signed the envelope.
 * Every trusted key is tried with every signature; one that cannot be used signed nothing.
 */
export function trustedSigners(
  { payloadType, payload, signatures }: Envelope,
  trustedKeys: readonly string[],
): string[] {
  const signed = dsse.preAuthEncoding(payloadType, Buffer.from(payload));
  const signers = trustedKeys.flatMap((pem) => {
    const key = readPublicKey(pem);
    if ("why" in key) return [];
    const valid = signatures.some(({ sig }) =>
      crypto.verify(signed, key.key, Buffer.from(sig), algorithmOf(key.key)),
    );
    return valid ? [fingerprint(key.key)] : [];
  });
  return [...new Set(signers)];
}

/** Why a PEM cannot be a trusted key (a clause without a full stop); undefined where it can. */
export function keyFault(pem: string): string | undefined {
  const key = readPublicKey(pem);
  return "why" in key ? key.why : undefined;
}

/** Thrown by `signEnvelope`: one sentence, without anything of the key. */
export class SigningError extends Error {
  override readonly name = "SigningError";
}

/** The text of an envelope around a payload, signed with an Ed25519 or ECDSA P-256 key in PEM. */
export function signEnvelope(payload: Uint8Array, privateKeyPem: string): string {
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKeyPem);
  } catch {
    throw new SigningError("The signing key is no private key in PEM without a password.");
  }
  const fault = kindFault(key);
  if (fault !== undefined) throw new SigningError(`The signing key cannot be used: ${fault}.`);
  const sig = sign(algorithmOf(key) ?? null, dsse.preAuthEncoding(payloadType, Buffer.from(payload)), key);
  const envelope = {
    payloadType,
    payload: Buffer.from(payload).toString("base64"),
    signatures: [{ keyid: fingerprint(createPublicKey(key)), sig: sig.toString("base64") }],
  };
  return `${JSON.stringify(envelope, null, 2)}\n`;
}

/** One block of PEM and nothing else: Node takes certificates and private keys for public keys too. */
const publicKeyBlock = /^-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END PUBLIC KEY-----$/;

function readPublicKey(pem: string): { key: KeyObject } | { why: string } {
  const text = pem.trim();
  if (text.includes("PRIVATE KEY-----"))
    return { why: "it is a private key, which has to be replaced now; a trusted key is a public one" };
  if (!publicKeyBlock.test(text))
    return { why: 'it is not one public key in PEM ("-----BEGIN PUBLIC KEY-----")' };
  let key: KeyObject;
  try {
    key = crypto.createPublicKey(text);
  } catch {
    return { why: "it is not a public key that can be read" };
  }
  const fault = kindFault(key);
  return fault === undefined ? { key } : { why: fault };
}

/** Two kinds of key, each with one hash: nothing that a signature could choose. */
function kindFault({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  const allowed = "a key has to be Ed25519 or ECDSA P-256";
  if (asymmetricKeyType === "ed25519") return undefined;
  if (asymmetricKeyType !== "ec") return `it is a key of the type ${asymmetricKeyType}; ${allowed}`;
  const curve = asymmetricKeyDetails?.namedCurve;
  return curve === "prime256v1"
    ? undefined
    : `it is an ECDSA key on ${curve ?? "a curve without a name"}; ${allowed}`;
}

/** Ed25519 has its hash built in. */
const algorithmOf = ({ asymmetricKeyType }: KeyObject): string | undefined =>
  asymmetricKeyType === "ec" ? "sha256" : undefined;

const fingerprint = (key: KeyObject): string =>
  crypto.digest("sha256", key.export({ type: "spki", format: "der" })).toString("hex");
