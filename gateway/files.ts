import { readFileSync } from "node:fs";
import { join } from "node:path";
import { callbackFiles } from "./callback";

/** LiteLLM's file and its callback's two, by their names in the one folder that LiteLLM reads. */
export function gatewayFiles(proxyYaml: string, callbackJson: string): Record<string, string> {
  return {
    "config.yaml": proxyYaml,
    [callbackFiles.code]: readFileSync(
      join(__dirname, "..", "gateway", "callback", callbackFiles.code),
      "utf8",
    ),
    [callbackFiles.data]: callbackJson,
  };
}
