import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Running } from "../../measure/proxy";

/** What is made here, belongs to nobody's project, or is linked. */
const leftOut = new Set([".git", ".lockstep", "dist", "node_modules", "reports"]);

/** A copy of the project in which commands run, so that the project itself only ever has all that was measured or none. */
export class Copy {
  private constructor(
    private readonly root: string,
    readonly dir: string,
  ) {}

  static of(root: string, dir: string): Copy {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    for (const name of readdirSync(root))
      if (!leftOut.has(name)) cpSync(join(root, name), join(dir, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
    return new Copy(root, dir);
  }

  /** Writes a file of the measurement's own, and returns its name. */
  write(name: string, text: string): string {
    writeFileSync(join(this.dir, name), text);
    return name;
  }

  /**
   * Runs the command line as a person would, in a shell of nothing but what it needs. Evidence that does not pass is
   * evidence all the same: which does not is told in the end.
   */
  async lockstep(args: readonly string[], gateway?: Running): Promise<void> {
    console.log(`${new Date().toISOString().slice(11, 19)}  lockstep ${args.join(" ")}`);
    const child = spawn(process.execPath, [join(this.root, "dist", "lockstep.js"), ...args], {
      cwd: this.dir,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: this.dir,
        ...(gateway === undefined
          ? {}
          : { LOCKSTEP_GATEWAY_URL: gateway.url, LOCKSTEP_GATEWAY_KEY: gateway.key }),
      },
      stdio: ["ignore", "inherit", "inherit"],
    });
    // Whatever ends this process, its command does not stay behind.
    const orphan = () => child.kill();
    process.once("exit", orphan);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    }).finally(() => process.off("exit", orphan));
    if (code !== 0 && code !== 1) throw new Error(`lockstep ${args.join(" ")} ended with ${code}.`);
  }
}

/** A command line that runs a script of the copy's own: what a statement names is no place on this machine. */
export const script = (name: string, ...args: string[]): string =>
  ["node", "--require", "tsx/cjs", `scripts/evidence/${name}`, ...args].join(" ");
