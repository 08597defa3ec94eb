import type { Running } from "../../measure/proxy";
import { EngineProject, pulumi, updated } from "../../test/engine/harness";
import type { Copy } from "./project";

/** The audit needs the state of a deployed stack, which only the real engine writes. */
export function checkEngine(): void {
  if (pulumi === undefined)
    throw new Error(
      "No working pulumi is on the PATH, and drift is told from the state of a deployed stack. Install it (https://www.pulumi.com/docs/install/), or measure the other kinds alone (--again).",
    );
}

/** The shipped staging stack, deployed by the real engine to stand-ins for AWS and Kubernetes, and audited. */
export async function drift(copy: Copy, gateway: Running, add: readonly string[]): Promise<void> {
  const engine = new EngineProject({ dir: copy.dir, remove() {} });
  try {
    await engine.init("staging");
    await engine.must(updated("staging"));
    const state = copy.write("state.json", JSON.stringify(await engine.state("staging")));
    await copy.lockstep(
      [
        ...["audit", "--offline", "--source", "state", "--state", state],
        ...["--source", "gateway", "--gateway", gateway.url, ...add],
      ],
      gateway,
    );
  } finally {
    await engine.remove();
  }
}
