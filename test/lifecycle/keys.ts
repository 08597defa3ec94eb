import { generateKeyPairSync } from "node:crypto";

export interface Key {
  publicKey: string;
  privateKey: string;
}

const encoding = {
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
} as const;

/** Made anew for each run, so that no private key stands in the repository. */
export const ed25519 = (): Key => generateKeyPairSync("ed25519", encoding);
export const ed448 = (): Key => generateKeyPairSync("ed448", encoding);
export const ecdsa = (namedCurve: string): Key => generateKeyPairSync("ec", { namedCurve, ...encoding });
export const rsa = (): Key => generateKeyPairSync("rsa", { modulusLength: 2_048, ...encoding });
