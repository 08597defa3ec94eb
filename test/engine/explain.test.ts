import { describe, expect, it } from "vitest";
import { explain } from "../../engine/explain";
import { nothingObserved } from "../../engine/observed";

const said = (stderr: string, ...errors: string[]) =>
  explain(
    { stderr, code: 255 },
    {
      ...nothingObserved(),
      diagnostics: errors.map((message) => ({ severity: "error" as const, message })),
    },
  );

describe("why Pulumi failed", () => {
  it.each([
    [
      "error: getting stack configuration: get stack secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables\n",
      "The stack's secrets are encrypted with a passphrase that is not set: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.",
    ],
    [
      "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions\n",
      "Nobody is logged in to a backend: run pulumi login, or set PULUMI_BACKEND_URL or PULUMI_ACCESS_TOKEN.",
    ],
    [
      "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n  file:///state: created by ada@host (pid 7)\n",
      "Another update of this stack is running: wait for its end. If it was killed, pulumi cancel gives its lock back.",
    ],
    [
      "error: an unhandled error occurred: Problem executing program (could not run language executor): fork/exec /usr/bin/node: argument list too long\n",
      "The stack's configuration, its secrets decrypted, is longer than Pulumi can hand to a program in one variable of the environment, which Linux limits to 128 KiB. Fewer routes or teams in one project are the remedy.",
    ],
    [
      "error: failed to load checkpoint: unexpected end of JSON input\n",
      "The stack's state in the backend ends too soon: an update is writing it, or was ended while it wrote. Where no update runs, put back the last copy that the backend keeps.",
    ],
  ])("is one sentence for %j", (stderr, sentence) => {
    expect(said(stderr)).toBe(sentence);
  });

  it("is the program's error with its place, and without the rest of the stack trace", () => {
    const thrown =
      "Running program '/project' failed with an unhandled exception:\nError: no such team\n    at build (/project/index.ts:7:9)\n    at Object.<anonymous> (/project/index.ts:9:1)\n    at Module._compile (node:internal/modules/cjs/loader:1554:14)";
    expect(said("error: preview failed\n", thrown, "preview failed")).toBe(
      "Running program '/project' failed with an unhandled exception:\nError: no such team\n    at build (/project/index.ts:7:9)",
    );
  });

  it("is what the pack wrote, where the pack did not start", () => {
    const written = [
      "policies/config.json is not JSON.",
      "    at one (/p/a.ts:1:1)",
      "    at two (/p/b.ts:2:2)",
    ];
    const why = (stderr: string) => explain({ stderr, code: 255 }, { ...nothingObserved(), written });
    expect(why("error: policy pack not started: could not read policy pack port: EOF\n")).toBe(
      "policy pack not started: could not read policy pack port: EOF\npolicies/config.json is not JSON.\n    at one (/p/a.ts:1:1)",
    );
    expect(why("error: no such resource\n")).toBe("no such resource");
  });

  it("shows no credential, and no control character", () => {
    const key = `sk-ant-${"a1".repeat(20)}`;
    expect(said(`error: provider said \u001b[31mno\u001b[0m to ${key}\u0007\n`)).toBe(
      "provider said no to [hidden]\\u{7}",
    );
  });

  it("is the exit code where nothing was said", () => {
    expect(said("")).toBe("pulumi ended with exit code 255.");
    expect(said("error: update failed\n")).toBe("pulumi ended with exit code 255.");
  });
});
