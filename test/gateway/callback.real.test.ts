import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { litellmInstalled, python, sayIfSkipped, skippedNote } from "./litellmEnvironment";

sayIfSkipped("the callback's own tests in Python were not run.");

it.skipIf(!litellmInstalled)(
  `the callback passes its own tests in Python${skippedNote}`,
  () => {
    const { status, stderr } = spawnSync(python, ["-B", "-m", "unittest"], {
      cwd: join(__dirname, "../../gateway/callback"),
      encoding: "utf8",
      // LiteLLM would fetch prices as it is imported.
      env: { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: "True" },
    });
    expect(stderr).toMatch(/\nRan [1-9]\d* tests in .*\n\nOK\n$/);
    expect(status, stderr).toBe(0);
  },
  60_000,
);
