import type { Running } from "../../measure/proxy";
import { missing, pulumi } from "../../test/engine/cli";
import { EngineProject, updated } from "../../test/engine/harness";
import type { Copy } from "./project";

/** The audit needs the state of a deployed stack, which only the real engine writes. */
export function checkEngine(): void {
  if (pulumi === undefined)
    throw new Error(
      `${missing}, and drift is told from the state of a deployed stack. Install it, or measure the other kinds alone (--again).`,
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
