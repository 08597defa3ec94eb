import { stripVTControlCharacters } from "node:util";
import { hideCredentials } from "../config/credentialPattern";
import { visible } from "../config/visible";
import { withoutFrames } from "../preview/frames";
import type { Observed } from "./observed";

/** A state that ends too soon: a backend of files shows one while it is written. */
const cutOff = /failed to load checkpoint: (?:unexpected )?(?:EOF|end of JSON input)/;

export const isCutOff = (stderr: string): boolean => cutOff.test(stderr);

/** What people run into most, in our words: what is wrong, and what to do. */
const known: readonly [pattern: RegExp, sentence: string][] = [
  [
    /passphrase must be set/,
    "The stack's secrets are encrypted with a passphrase that is not set: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.",
  ],
  [/incorrect passphrase/, "The passphrase is not that of the stack: correct PULUMI_CONFIG_PASSPHRASE."],
  [
    /PULUMI_ACCESS_TOKEN must be set|not logged in|please run `?pulumi login/i,
    "Nobody is logged in to a backend: run pulumi login, or set PULUMI_BACKEND_URL or PULUMI_ACCESS_TOKEN.",
  ],
  [
    /currently locked by|Another update is currently in progress|\[409\] Conflict/,
    "Another update of this stack is running: wait for its end. If it was killed, pulumi cancel gives its lock back.",
  ],
  [
    /fork\/exec .*: argument list too long/,
    "The stack's configuration, its secrets decrypted, is longer than Pulumi can hand to a program in one variable of the environment, which Linux limits to 128 KiB. Fewer routes or teams in one project are the remedy.",
  ],
  [
    cutOff,
    "The stack's state in the backend ends too soon: an update is writing it, or was ended while it wrote. Where no update runs, put back the last copy that the backend keeps.",
  ],
];

/** The engine's last line, which only says that something above failed. */
export const saysNothing = /^(?:preview|update) failed$/;

/** Why a run of Pulumi's failed: a sentence for what is known, else its own words without a stack trace. */
export function explain({ stderr, code }: { stderr: string; code: number }, observed: Observed): string {
  const errors = [
    ...observed.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message),
    ...errorsIn(stderr),
  ];
  const sentence = known.find(([pattern]) => errors.some((error) => pattern.test(error)))?.[1];
  if (sentence !== undefined) return sentence;
  // The engine only says that the pack did not start; why, the pack itself wrote.
  if (errors.some((error) => /policy pack/.test(error))) errors.push(observed.written.join("\n"));
  const own = [...new Set(errors.map((error) => hideCredentials(withoutFrames(error))))].filter(
    (error) => error !== "" && !saysNothing.test(error),
  );
  return own.length === 0 ? `pulumi ended with exit code ${code}.` : own.slice(0, mostErrors).join("\n");
}

const mostErrors = 10;

/** Each text that follows "error: " at the beginning of a line, to the next blank line. */
function errorsIn(stderr: string): string[] {
  const text = stripVTControlCharacters(stderr).replaceAll("\r", "");
  return [...text.matchAll(/^error: ([\s\S]*?)(?=\n\n|\nerror: |$(?![\s\S]))/gm)].map(([, own = ""]) =>
    own.trim().split("\n").map(visible).join("\n"),
  );
}
