import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Adapted, standInKey } from "./adapt";
import { Client } from "./client";
import { wait } from "./standIn/reply";

/** A LiteLLM proxy that runs on loopback. */
export interface Running {
  /** Without a path. */
  url: string;
  /** Its master key, made up at the start. */
  key: string;
  client: Client;
  stop(): Promise<void>;
}

const startSeconds = 240;

/** A gateway that does not start: a sentence with the place of its log. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
}

export interface StartOptions {
  /** The program to start. */
  litellm: string;
  /** An own folder for this gateway: its files and its log are written there. */
  folder: string;
  gateway: Pick<Adapted, "files" | "env">;
}

/**
 * Starts a proxy with one worker, as a pod has, and waits until it is ready. The keys live in its memory only.
 * Throws where it ends, or is not ready after four minutes, with the place of its log.
 */
export async function startProxy({ litellm, folder, gateway }: StartOptions): Promise<Running> {
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(gateway.files)) writeFileSync(join(folder, name), text);
  const key = `not-a-key-${randomBytes(12).toString("hex")}`;
  const logFile = join(folder, "proxy.log");
  const log = openSync(logFile, "w");
  const child = spawn(
    litellm,
    [
      "--config",
      join(folder, "config.yaml"),
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--num_workers",
      "1",
    ],
    {
      cwd: folder,
      stdio: ["ignore", log, log],
      // Nothing of the caller's environment but what a process needs: LiteLLM reads settings and keys from it.
      env: {
        PATH: process.env.PATH ?? "",
        HOME: folder,
        NO_PROXY: "127.0.0.1,localhost",
        ...gateway.env,
        LITELLM_MASTER_KEY: key,
        [standInKey]: "not-a-key",
      },
    },
  );
  closeSync(log);
  let failed = false;
  child.once("error", () => {
    failed = true;
  });
  // Whatever ends this process, its proxies do not stay behind.
  const orphan = () => child.kill("SIGKILL");
  process.once("exit", orphan);
  const url = `http://127.0.0.1:${port}`;
  const client = new Client(url, key);
  const stop = async () => {
    client.close();
    if (!failed) await ended(child);
    process.off("exit", orphan);
  };
  const last = performance.now() + startSeconds * 1000;
  while (!(await client.ready())) {
    if (failed || child.exitCode !== null || performance.now() > last) {
      await stop();
      throw new GatewayError(`The gateway did not start: see ${logFile}.`);
    }
    await wait(250);
  }
  return { url, key, client, stop };
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
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
