import type { Running } from "../../measure/proxy";
import type { Copy } from "./project";

export async function drift(
  _root: string,
  copy: Copy,
  gateway: Running,
  add: readonly string[],
): Promise<void> {
  await copy.lockstep(["audit", "--offline", "--gateway", gateway.url, ...add], gateway);
}
