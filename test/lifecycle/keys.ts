import { generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";

/** Both halves in PEM. Made anew for each run, so that no private key stands in the repository. */
export interface Key {
  publicKey: string;
  privateKey: string;
}

const pem = ({ publicKey, privateKey }: KeyPairKeyObjectResult): Key => ({
  publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
  privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
});

export const ed25519 = (): Key => pem(generateKeyPairSync("ed25519"));
export const ed448 = (): Key => pem(generateKeyPairSync("ed448"));
export const ecdsa = (namedCurve: string): Key => pem(generateKeyPairSync("ec", { namedCurve }));
export const rsa = (): Key => pem(generateKeyPairSync("rsa", { modulusLength: 2_048 }));
