import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Alert } from "../../components/alerts";
import { freePort } from "../../measure/proxy";
import { wait } from "../../measure/standIn/reply";

/** Debian has it in the package "prometheus". */
export const prometheusInstalled = spawnSync("prometheus", ["--version"]).status === 0;

export interface PrometheusOptions {
  /** An own folder: its files, data and log are written there. */
  folder: string;
  /** The address that is scraped, without a path, and its path. */
  target: { url: string; path: string };
  /** What the operator would put on every series of the target. */
  labels: Record<string, string>;
  rules: Alert[];
}

/** One series of an answer: time and value, the value as Prometheus writes it. */
export interface Result {
  metric: Record<string, string>;
  values: [seconds: number, value: string][];
}

/** A Prometheus on loopback that scrapes one target and evaluates rules, both every second. */
export class Prometheus {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start({ folder, target, labels, rules }: PrometheusOptions): Promise<Prometheus> {
    mkdirSync(folder, { recursive: true });
    const { host } = new URL(target.url);
    const scrape = {
      job_name: "gateway",
      metrics_path: target.path,
      static_configs: [{ targets: [host], labels }],
    };
    const yaml = (name: string, value: unknown) =>
      writeFileSync(join(folder, name), stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 }));
    yaml("rules.yaml", { groups: [{ name: "all", rules }] });
    yaml("prometheus.yaml", {
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
      rule_files: [join(folder, "rules.yaml")],
      scrape_configs: [scrape],
    });
    const port = await freePort();
    const log = openSync(join(folder, "prometheus.log"), "w");
    const child = spawn(
      "prometheus",
      [
        `--config.file=${join(folder, "prometheus.yaml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=warn",
      ],
      { stdio: ["ignore", log, log] },
    );
    process.once("exit", () => child.kill("SIGKILL"));
    const one = new Prometheus(`http://127.0.0.1:${port}`, child);
    for (let tries = 0; !(await one.ready()); tries++) {
      if (child.exitCode !== null || tries > 100)
        throw new Error(`Prometheus did not start: see ${folder}/prometheus.log.`);
      await wait(100);
    }
    return one;
  }

  async range(query: string, from: number, to: number, step: number): Promise<Result[]> {
    const asked = { query, start: String(from), end: String(to), step: String(step) };
    const { result } = await this.ask<{ result: Result[] }>("query_range", asked);
    return result;
  }

  async rules(): Promise<{ name: string; health: string; lastError?: string; state: string }[]> {
    const { groups } = await this.ask<{ groups: { rules: [] }[] }>("rules", {});
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.child.once("exit", () => resolve()));
    this.child.kill("SIGTERM");
    await ended;
  }

  private async ready(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  private async ask<T>(what: string, parameters: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${what}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
    if (status !== "success") throw new Error(`${parameters.query ?? what}: ${error}`);
    return data;
  }
}
