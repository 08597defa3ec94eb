import { readFileSync } from "node:fs";
import { join } from "node:path";
import { callbackFiles } from "./callback";

/** LiteLLM's file and those of its callbacks, by their names in the one folder that LiteLLM reads. */
export function gatewayFiles(proxyYaml: string, callbackJson: string): Record<string, string> {
  const code = (name: string) => readFileSync(join(__dirname, "..", "gateway", "callback", name), "utf8");
  return {
    "config.yaml": proxyYaml,
    [callbackFiles.code]: code(callbackFiles.code),
    [callbackFiles.served]: code(callbackFiles.served),
    [callbackFiles.limits]: code(callbackFiles.limits),
    [callbackFiles.log]: code(callbackFiles.log),
    [callbackFiles.redact]: code(callbackFiles.redact),
    [callbackFiles.headers]: code(callbackFiles.headers),
    [callbackFiles.sampled]: code(callbackFiles.sampled),
    [callbackFiles.data]: callbackJson,
  };
}
