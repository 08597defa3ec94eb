import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { freePort } from "../../measure/proxy";
import { wait } from "../../measure/standIn/reply";

const programs = ["valkey-server", "redis-server"];

/** Debian's package, of either name; undefined where neither is installed. */
export const redisServer = programs.find(
  (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0,
);

/** A Redis or Valkey of a test's own on loopback, that keeps nothing. */
export class Redis {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  static async start(folder: string): Promise<Redis> {
    const port = await freePort();
    const options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
    const child = spawn(redisServer ?? "", ["--port", String(port), ...options], { stdio: "ignore" });
    for (let tries = 0; !(await listens(port)); tries++) {
      if (tries > 100) throw new Error("Redis did not start.");
      await wait(50);
    }
    return new Redis(port, child);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = new Promise<void>((resolve) => this.child.once("exit", () => resolve()));
    this.child.kill("SIGKILL");
    await exit;
  }
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
