/** A DSSE envelope (https://github.com/secure-systems-lab/dsse), decoded and not verified. */
export interface Envelope {
  payloadType: string;
  payload: Uint8Array;
  signatures: readonly { keyid: string; sig: Uint8Array }[];
}

/** The payload of an envelope's text, or why it is none (a clause without a full stop). */
export declare function decodeEnvelope(
  bytes: Uint8Array,
): { payload: Uint8Array; envelope: Envelope } | { why: string };

/** The fingerprints (SHA-256 of the public key's DER form, in hexadecimal) of the keys that signed the envelope. */
export declare function trustedSigners(envelope: Envelope, trustedKeys: readonly string[]): string[];
