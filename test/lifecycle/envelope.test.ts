import { createHash, createPublicKey, sign } from "node:crypto";
import { dsse } from "@sigstore/core";
import { describe, expect, it } from "vitest";
import {
  decodeEnvelope,
  keyFault,
  payloadType,
  SigningError,
  signEnvelope,
  trustedSigners,
} from "../../lifecycle/envelope";
import { ecdsa, ed448, ed25519, type Key, rsa } from "./keys";
import { bytes } from "./samples";

const payload = new TextEncoder().encode('{"hello":"world"}');
const [ed, p256] = [ed25519(), ecdsa("prime256v1")];

const fingerprint = ({ publicKey }: Key) =>
  createHash("sha256")
    .update(createPublicKey(publicKey).export({ type: "spki", format: "der" }))
    .digest("hex");

interface Text {
  payloadType: string;
  payload: string;
  signatures: { keyid?: string; sig: string }[];
}

const signed = (key: Key, content: Uint8Array = payload) =>
  JSON.parse(signEnvelope(content, key.privateKey)) as Text;

function decoded(envelope: unknown) {
  const result = decodeEnvelope(bytes(envelope));
  if ("why" in result) throw new Error(result.why);
  return result.envelope;
}

const signersOf = (envelope: unknown, ...keys: Key[]) =>
  trustedSigners(
    decoded(envelope),
    keys.map(({ publicKey }) => publicKey),
  );

/** The key and the signature of https://github.com/secure-systems-lab/dsse/blob/master/protocol.md#test-vectors */
const specification = {
  publicKey: createPublicKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      x: coordinate("46950820868899156662930047687818585632848591499744589407958293238635476079160"),
      y: coordinate("5640078356564379163099075877009565129882514886557779369047442380624545832820"),
    },
  }).export({ type: "spki", format: "pem" }) as string,
  /** r and s behind each other. */
  signature: "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==",
};

function coordinate(decimal: string): string {
  return Buffer.from(BigInt(decimal).toString(16).padStart(64, "0"), "hex").toString("base64url");
}

/** DER (a sequence of two numbers), for halves whose first bit is not set. */
function der(signature: string): Uint8Array {
  const both = Buffer.from(signature, "base64");
  const numbers = [both.subarray(0, 32), both.subarray(32)].flatMap((half) => [2, 32, ...half]);
  return Uint8Array.from([0x30, numbers.length, ...numbers]);
}

describe("the specification's own example", () => {
  const payload = new TextEncoder().encode("hello world");
  const payloadType = "http://example.com/HelloWorld";
  const sig = der(specification.signature);

  it("has this encoding", () => {
    expect(dsse.preAuthEncoding(payloadType, Buffer.from(payload)).toString()).toBe(
      "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
    );
  });

  it("is signed by its key, and not where the type or the payload is another one", () => {
    const envelope = { payloadType, payload, signatures: [{ keyid: "", sig }] };
    const signers = (changes: object) =>
      trustedSigners({ ...envelope, ...changes }, [specification.publicKey]).length;
    expect(signers({})).toBe(1);
    expect(signers({ payloadType: `${payloadType}s` })).toBe(0);
    expect(signers({ payload: new TextEncoder().encode("hello World") })).toBe(0);
  });
});

describe("an envelope that signEnvelope made", () => {
  it.each([
    ["Ed25519", ed],
    ["ECDSA P-256", p256],
  ])("with %s is verified by its key alone", (_, key) => {
    const envelope = signed(key);
    expect(signersOf(envelope, key)).toEqual([fingerprint(key)]);
    expect(signersOf(envelope, ed25519(), ecdsa("prime256v1"))).toEqual([]);
    expect(signersOf(envelope, ed25519(), key)).toEqual([fingerprint(key)]);
    expect(signersOf(envelope)).toEqual([]);
  });

  it("is JSON with two spaces and a line end, and names the key that signed it", () => {
    const text = signEnvelope(payload, ed.privateKey);
    const { signatures } = JSON.parse(text) as Text;
    expect(text).toBe(`{
  "payloadType": "application/vnd.in-toto+json",
  "payload": "eyJoZWxsbyI6IndvcmxkIn0=",
  "signatures": [
    {
      "keyid": "${fingerprint(ed)}",
      "sig": "${signatures[0]?.sig}"
    }
  ]
}
`);
  });

  it("decodes to the payload that was signed", () => {
    const result = decodeEnvelope(Buffer.from(signEnvelope(payload, ed.privateKey)));
    expect("payload" in result && Buffer.from(result.payload).toString()).toBe('{"hello":"world"}');
    expect("envelope" in result && result.envelope.payload).toEqual("payload" in result && result.payload);
  });

  it("tells a trusted key that is listed twice once", () => {
    expect(signersOf(signed(ed), ed, { ...ed, publicKey: `\n${ed.publicKey}\n` })).toEqual([fingerprint(ed)]);
  });

  it("is signed by every key whose signature it has, in the order of the trusted keys", () => {
    const both = { ...signed(ed), signatures: [...signed(ed).signatures, ...signed(p256).signatures] };
    expect(signersOf(both, p256, ed)).toEqual([fingerprint(p256), fingerprint(ed)]);
  });
});

describe("an envelope that was tampered with", () => {
  const envelope = signed(ed);
  const [signature] = envelope.signatures;
  const sig = signature?.sig ?? "";

  it("has no signer once its payload is another one", () => {
    const payload = Buffer.from('{"hello":"World"}').toString("base64");
    expect(signersOf({ ...envelope, payload }, ed)).toEqual([]);
    expect(signersOf(envelope, ed)).toHaveLength(1);
  });

  it("has no signer once a bit of the signature is another one", () => {
    for (const [key, position] of [
      [ed, 0],
      [ed, 63],
      [p256, 10],
    ] as const) {
      const good = signed(key);
      const bytes = Buffer.from(good.signatures[0]?.sig ?? "", "base64");
      bytes[position] = (bytes[position] ?? 0) ^ 1;
      const bad = { ...good, signatures: [{ keyid: "", sig: bytes.toString("base64") }] };
      expect(signersOf(good, key)).toHaveLength(1);
      expect(signersOf(bad, key)).toEqual([]);
    }
  });

  it("has a signer where one of two signatures is good", () => {
    const junk = { keyid: fingerprint(ed), sig: Buffer.alloc(64, 7).toString("base64") };
    expect(signersOf({ ...envelope, signatures: [junk, { keyid: "", sig }] }, ed)).toEqual([fingerprint(ed)]);
    expect(signersOf({ ...envelope, signatures: [junk] }, ed)).toEqual([]);
  });

  it("is judged by its signatures and never by its key ids", () => {
    const lie = (keyid: string) => ({ ...envelope, signatures: [{ keyid, sig }] });
    expect(signersOf(lie(fingerprint(p256)), p256)).toEqual([]);
    expect(signersOf(lie(fingerprint(p256)), ed)).toEqual([fingerprint(ed)]);
    const nameless = { ...envelope, signatures: [{ sig }] };
    expect(signersOf(nameless, ed)).toEqual([fingerprint(ed)]);
    expect(decoded(nameless).signatures[0]?.keyid).toBe("");
  });

  it("has no signer where another hash than SHA-256 was signed", () => {
    const encoded = dsse.preAuthEncoding(payloadType, Buffer.from(payload));
    const by = (hash: string) =>
      signersOf(
        { ...envelope, signatures: [{ sig: sign(hash, encoded, p256.privateKey).toString("base64") }] },
        p256,
      );
    expect([by("sha256").length, by("sha384").length, by("sha1").length]).toEqual([1, 0, 0]);
  });

  it("has no signer where the payload was signed without its type", () => {
    const bare = { keyid: "", sig: sign(null, payload, ed.privateKey).toString("base64") };
    expect(signersOf({ ...envelope, signatures: [bare] }, ed)).toEqual([]);
  });

  it("has no signer where the only key is none that can be trusted", () => {
    expect(trustedSigners(decoded(envelope), [ed.privateKey, "junk", ""])).toEqual([]);
    const strong = rsa();
    const sig = sign(
      "sha256",
      dsse.preAuthEncoding(payloadType, Buffer.from(payload)),
      strong.privateKey,
    ).toString("base64");
    expect(signersOf({ ...envelope, signatures: [{ keyid: "", sig }] }, strong)).toEqual([]);
  });
});

describe("a text that is no envelope", () => {
  const good = signed(ed);
  const shape =
    "it is no DSSE envelope: it needs payloadType, payload in base64, and 1 to 20 signatures with keyid and sig in base64, and nothing else";
  const why = (value: unknown) => {
    const result = decodeEnvelope(value instanceof Uint8Array ? value : bytes(value));
    return "why" in result ? result.why : undefined;
  };
  const one = good.signatures[0] ?? { sig: "" };

  it.each([
    ["is as signEnvelope made it", good, undefined],
    ["has the key id left out", { ...good, signatures: [{ sig: one.sig }] }, undefined],
    ["has URL-safe base64", { ...good, payload: "_-8" }, undefined],
    ["has standard base64", { ...good, payload: "/+8=" }, undefined],
    ["has twenty signatures", { ...good, signatures: Array(20).fill(one) }, undefined],
    ["has twenty-one", { ...good, signatures: Array(21).fill(one) }, shape],
    ["has none", { ...good, signatures: [] }, shape],
    ["has a further key", { ...good, unsigned: 1 }, shape],
    ["has a further key in a signature", { ...good, signatures: [{ ...one, cert: "x" }] }, shape],
    ["has no payload", { ...good, payload: undefined }, shape],
    ["has an empty payload", { ...good, payload: "" }, shape],
    ["has junk for base64", { ...good, payload: "%%%%" }, shape],
    ["has junk in base64", { ...good, payload: "aGVs bG8=" }, shape],
    ["has padding in the middle", { ...good, payload: "aA==aA==" }, shape],
    ["has half the padding", { ...good, payload: "aA=" }, shape],
    ["has bits left over in base64", { ...good, payload: "aB==" }, shape],
    ["has junk for a signature", { ...good, signatures: [{ keyid: "", sig: "?" }] }, shape],
    ["has a long signature", { ...good, signatures: [{ sig: "A".repeat(1_004) }] }, shape],
    ["has one a bit shorter", { ...good, signatures: [{ sig: "A".repeat(1_000) }] }, undefined],
    ["has a long key id", { ...good, signatures: [{ ...one, keyid: "k".repeat(1_001) }] }, shape],
    ["has one a bit shorter", { ...good, signatures: [{ ...one, keyid: "k".repeat(1_000) }] }, undefined],
    ["is a list", [good], shape],
    [
      "has another payload type",
      { ...good, payloadType: "application/json" },
      "its payloadType is not application/vnd.in-toto+json",
    ],
    ["is no JSON", Buffer.from("{"), "it is not JSON in UTF-8"],
    ["is no UTF-8", Buffer.from([0x22, 0xff, 0x22]), "it is not JSON in UTF-8"],
  ])("%s", (_, value, expected) => {
    expect(why(value)).toBe(expected);
  });
});

describe("a key that can be trusted", () => {
  const certificate = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUKZ3\n-----END CERTIFICATE-----\n";
  const notPem = 'it is not one public key in PEM ("-----BEGIN PUBLIC KEY-----")';
  const privateKey = "it is a private key, which has to be replaced now; a trusted key is a public one";
  const allowed = "a key has to be Ed25519 or ECDSA P-256";

  it.each([
    ["an Ed25519 key", ed.publicKey, undefined],
    ["an ECDSA P-256 key", p256.publicKey, undefined],
    ["one with Windows' line ends", ed.publicKey.replaceAll("\n", "\r\n"), undefined],
    ["one without a line end", ed.publicKey.trim(), undefined],
    ["an RSA key", rsa().publicKey, `it is a key of the type rsa; ${allowed}`],
    ["an Ed448 key", ed448().publicKey, `it is a key of the type ed448; ${allowed}`],
    ["an ECDSA P-384 key", ecdsa("secp384r1").publicKey, `it is an ECDSA key on secp384r1; ${allowed}`],
    ["a key on a weak curve", ecdsa("prime192v1").publicKey, `it is an ECDSA key on prime192v1; ${allowed}`],
    ["Bitcoin's curve", ecdsa("secp256k1").publicKey, `it is an ECDSA key on secp256k1; ${allowed}`],
    ["a private key", ed.privateKey, privateKey],
    ["a private key behind a public one", ed.publicKey + ed.privateKey, privateKey],
    ["two public keys", ed.publicKey + p256.publicKey, notPem],
    ["a certificate", certificate, notPem],
    ["text before it", `# ours\n${ed.publicKey}`, notPem],
    ["text behind it", `${ed.publicKey}# ours`, notPem],
    ["nothing", "", notPem],
    ["a path", "keys/ci.pub", notPem],
    [
      "junk in the right frame",
      "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
      "it is not a public key that can be read",
    ],
  ])("%s", (_, pem, expected) => {
    expect(keyFault(pem)).toBe(expected);
  });
});

describe("a key that signs", () => {
  const message = (pem: string) => {
    try {
      signEnvelope(payload, pem);
    } catch (error) {
      return error instanceof SigningError ? `${error.name}: ${error.message}` : "another error";
    }
    return undefined;
  };
  const unusable = "SigningError: The signing key cannot be used: ";
  const none = "SigningError: The signing key is no private key in PEM without a password.";

  it.each([
    ["an Ed25519 key", ed.privateKey, undefined],
    ["an ECDSA P-256 key", p256.privateKey, undefined],
    [
      "an RSA key",
      rsa().privateKey,
      `${unusable}it is a key of the type rsa; a key has to be Ed25519 or ECDSA P-256.`,
    ],
    [
      "an ECDSA P-384 key",
      ecdsa("secp384r1").privateKey,
      `${unusable}it is an ECDSA key on secp384r1; a key has to be Ed25519 or ECDSA P-256.`,
    ],
    ["a public key", ed.publicKey, none],
    ["junk", "sk-secret-thing", none],
  ])("%s", (_, pem, expected) => {
    expect(message(pem)).toBe(expected);
  });
});
