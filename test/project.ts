import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Edit, type Entries, edited } from "./shipped";

export const root = join(__dirname, "..");

/** What the program and the pack consist of, beside the files of the pair. */
const sources = [
  "index.ts",
  "package.json",
  "tsconfig.json",
  "config",
  "gateway",
  "lifecycle",
  "components",
  "policies",
];

/** A copy of the project in a temporary folder, with an edited pair and further files. */
export function projectCopy(
  edits: readonly Edit[] = [],
  files: Entries = {},
): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-project-"));
  for (const source of sources) cpSync(join(root, source), join(dir, source), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  writeEntries(dir, { ...edited(...edits), ...files });
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export function writeEntries(dir: string, entries: Entries): void {
  for (const [path, text] of Object.entries(entries)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the built command line in a process of its own, without any credentials in its environment. */
export const lockstep = (
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<CommandResult> => startLockstep(args, cwd, env).result;

/** The same with the process at hand, for what is stopped before its end: in a group of its own, as of a terminal. */
export function startLockstep(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(root, "dist", "lockstep.js"), ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const result = new Promise<CommandResult>((resolve, reject) => {
    const told: CommandResult = { code: null, stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        told[stream] += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...told, code }));
  });
  return { child, result };
}

/** Every form in which a text may leak: as it is, in base64 at each alignment, in hexadecimal, percent-encoded. */
export function encodings(secret: string): string[] {
  const aligned = [0, 1, 2].map((offset) => {
    const text = Buffer.from(`${"x".repeat(offset)}${secret}`)
      .toString("base64")
      .replace(/=+$/, "");
    // The characters at the edges depend on the neighbours.
    return text.slice(offset === 0 ? 0 : 4, -2);
  });
  return [
    secret,
    ...aligned,
    Buffer.from(secret).toString("hex"),
    encodeURIComponent(secret),
    secret.split("").reverse().join(""),
  ];
}
