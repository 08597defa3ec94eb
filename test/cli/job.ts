import { spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ProbeKind } from "../../components/probes";
import { memoryFiles } from "../../config/files";
import { jobProject } from "../../config/jobProject";
import { environmentOf, type Tier } from "../components/shippedEnvironment";
import { type CommandResult, root } from "../project";
import type { Entries } from "../shipped";

interface Pod {
  containers: [
    {
      command: string[];
      env: { name: string; value?: string; valueFrom?: { secretKeyRef: { key: string } } }[];
    },
  ];
  volumes: [{ configMap: { name: string; items: { key: string; path: string }[] } }];
}

export interface JobOptions {
  tier: Tier;
  kind: ProbeKind;
  /** The project's files. */
  entries: Entries;
  gatewayUrl: string;
  /** The Kubernetes Secret. */
  secrets: Record<string, string>;
  /** Stand-ins of other programs in the image, by name: scripts of Node. */
  programs?: Record<string, string>;
}

/**
 * Runs a CronJob's command as it is rendered: with its variables, from its ConfigMap, mounted read-only as the kubelet
 * does it, as nobody where this process may become somebody else, and with no more of ours than the image has.
 */
export async function runJob({
  tier,
  kind,
  entries,
  gatewayUrl,
  secrets,
  programs = {},
}: JobOptions): Promise<CommandResult> {
  const project = jobProject(memoryFiles(entries), tier);
  const made = await environmentOf(tier, { project }, { stack: tier });
  const { spec } = made.one("kubernetes:batch/v1:CronJob", `${tier}-probes-${kind}`).inputs as {
    spec: { jobTemplate: { spec: { template: { spec: Pod } } } };
  };
  const { containers, volumes } = spec.jobTemplate.spec.template.spec;
  const { data } = made.one("kubernetes:core/v1:ConfigMap", volumes[0].configMap.name).inputs as {
    data: Record<string, string>;
  };
  const dir = mkdtempSync(join(tmpdir(), "lockstep-job-"));
  chmodSync(dir, 0o755);
  try {
    const [mounted, image, temporary] = ["project", "image", "tmp"].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    mount(mounted, volumes[0].configMap.items, data);
    cpSync(join(root, "dist"), join(image, "opt"), { recursive: true });
    mkdirSync(join(image, "bin"));
    symlinkSync(join(image, "opt", "lockstep.js"), join(image, "bin", "lockstep"));
    for (const [name, script] of Object.entries(programs))
      writeFileSync(join(image, "bin", name), `#!${process.execPath}\n${script}`, { mode: 0o755 });
    mkdirSync(temporary);
    chmodSync(temporary, 0o777);
    const variables = containers[0].env.map(({ name, value, valueFrom }) => [
      name,
      value ?? secrets[valueFrom?.secretKeyRef.key ?? ""] ?? "",
    ]);
    return await run(containers[0].command, mounted, {
      ...Object.fromEntries(variables),
      LOCKSTEP_GATEWAY_URL: gatewayUrl,
      PATH: [join(image, "bin"), dirname(process.execPath), "/usr/bin", "/bin"].join(":"),
      TMPDIR: temporary,
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Each file in a folder of this moment, to which `..data` leads, and through that the names. */
function mount(folder: string, items: { key: string; path: string }[], data: Record<string, string>): void {
  const moment = "..2026_11_21_10_00_00.123456789";
  const names = new Set<string>();
  for (const { key, path } of items) {
    const file = join(folder, moment, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data[key] ?? "");
    names.add(path.split("/")[0] ?? "");
  }
  symlinkSync(moment, join(folder, "..data"));
  for (const name of names) symlinkSync(join("..data", name), join(folder, name));
  chmodSync(folder, 0o555);
}

function run(
  [program = "", ...args]: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<CommandResult> {
  const nobody = process.getuid?.() === 0 ? { uid: 65_532, gid: 65_532 } : {};
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], ...nobody });
  return new Promise((resolve, reject) => {
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (part: Buffer) => (said.stdout += part.toString("utf8")));
    child.stderr.on("data", (part: Buffer) => (said.stderr += part.toString("utf8")));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...said }));
  });
}
