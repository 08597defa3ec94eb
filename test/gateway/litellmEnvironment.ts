import { isLitellmInstalled } from "../../measure/litellm";

export { litellm, python } from "../../measure/litellm";

export const litellmInstalled = isLitellmInstalled();

/** Behind a test's name, so that what was skipped says why. */
export const skippedNote = litellmInstalled ? "" : " (skipped: LiteLLM is not installed, see make litellm)";

/** One plain line for a file whose tests are skipped. */
export function sayIfSkipped(what: string): void {
  if (!litellmInstalled) process.stderr.write(`LiteLLM is not installed (make litellm): ${what}\n`);
}
