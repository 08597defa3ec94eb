import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { formatProxy } from "../../gateway/yaml";
import { type Adapted, standInKey } from "./adapt";
import { Client } from "./client";
import { wait } from "./standInReply";

/** A LiteLLM proxy that runs on loopback. */
export interface Running {
  client: Client;
  stop(): Promise<void>;
}

const startSeconds = 240;

/** Starts a proxy with one worker, as a pod has, and waits until it is ready. The keys live in its memory only. */
export async function startProxy(
  litellm: string,
  cache: string,
  name: string,
  { proxy, env }: Adapted,
): Promise<Running> {
  const port = await freePort();
  const file = join(cache, `${name}.yaml`);
  writeFileSync(file, formatProxy(proxy));
  const key = `not-a-key-${randomBytes(12).toString("hex")}`;
  const log = openSync(join(cache, `${name}.log`), "w");
  const child = spawn(
    litellm,
    ["--config", file, "--host", "127.0.0.1", "--port", String(port), "--num_workers", "1"],
    {
      cwd: cache,
      stdio: ["ignore", log, log],
      // Nothing of the caller's environment but what a process needs: LiteLLM reads settings and keys from it.
      env: {
        PATH: process.env.PATH ?? "",
        HOME: cache,
        NO_PROXY: "127.0.0.1,localhost",
        ...env,
        LITELLM_MASTER_KEY: key,
        [standInKey]: "not-a-key",
      },
    },
  );
  closeSync(log);
  // Whatever ends this process, its proxies do not stay behind.
  const orphan = () => child.kill("SIGKILL");
  process.once("exit", orphan);
  const client = new Client(port, key);
  const stop = async () => {
    client.close();
    await ended(child);
    process.off("exit", orphan);
  };
  const last = performance.now() + startSeconds * 1000;
  while (!(await client.ready())) {
    if (child.exitCode !== null || performance.now() > last) {
      await stop();
      throw new Error(`The proxy "${name}" did not start: see ${name}.log in node_modules/.cache/evidence.`);
    }
    await wait(500);
  }
  return { client, stop };
}

/** Asks first, then ends it: only this process, by its handle. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await exit;
  clearTimeout(timer);
}

/** Another process could take it before the proxy does; then the proxy does not start, which is said. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
