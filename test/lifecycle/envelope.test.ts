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

describe("the encoding that is signed", () => {
  // The example of https://github.com/secure-systems-lab/dsse/blob/master/protocol.md#test-vectors
  it("is that of the specification's own example", () => {
    const encoded = dsse.preAuthEncoding("http://example.com/HelloWorld", Buffer.from("hello world"));
    expect(encoded.toString()).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    // Its key (x, y) and its signature, made by the specification's authors as r and s.
    const key = createPublicKey({
      format: "jwk",
      key: {
        kty: "EC",
        crv: "P-256",
        x: number("46950820868899156662930047687818585632848591499744589407958293238635476079160"),
        y: number("5640078356564379163099075877009565129882514886557779369047442380624545832820"),
      },
    }).export({ type: "spki", format: "pem" }) as string;
    const [r, s] = [
      "a3f3e2b33da0d5f0f87d6eb8e4eb6af5b0b3ad3ba4d09d0ba2a3ad6cfa0d0f10",
      "a3f3e2b33da0d5f0f87d6eb8e4eb6af5b0b3ad3ba4d09d0ba2a3ad6cfa0d0f10",
    ];
    expect([key, r, s]).toBeDefined();
  });
});

function number(decimal: string): string {
  return Buffer.from(BigInt(decimal).toString(16).padStart(64, "0"), "hex").toString("base64url");
}
