import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { freePort } from "../../measure/proxy";
import { wait } from "../../measure/standIn/reply";
import type { Json } from "./aws";
import type { KubernetesObject } from "./kubernetes";

/** As envtest looks for them: in KUBEBUILDER_ASSETS, or on the PATH. */
function programOf(name: string): string | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets !== undefined) return existsSync(join(assets, name)) ? join(assets, name) : undefined;
  return spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0 ? name : undefined;
}
const etcd = programOf("etcd");
const kubeApiserver = programOf("kube-apiserver");

export const apiServerInstalled = etcd !== undefined && kubeApiserver !== undefined;

/** What the server answered; its own message where it refused. */
export interface Answer {
  status: number;
  body: Json;
}

/** A real API server with its etcd on loopback, without any controller beside those in its own process. */
export class ApiServer {
  private constructor(
    private readonly port: number,
    private readonly ca: string,
    private readonly administrator: string,
    private readonly children: ChildProcess[],
  ) {}

  private readonly kinds = new Map<string, { name: string; namespaced: boolean }>();

  static async start(folder: string): Promise<ApiServer> {
    mkdirSync(folder, { recursive: true });
    const [clients, peers, port] = [await freePort(), await freePort(), await freePort()];
    const store = `http://127.0.0.1:${clients}`;
    const peer = `http://127.0.0.1:${peers}`;
    const children = [
      run(etcd, folder, "etcd", [
        ...["--data-dir", join(folder, "etcd"), "--unsafe-no-fsync", "--log-level", "error"],
        ...["--listen-client-urls", store, "--advertise-client-urls", store],
        ...[
          "--listen-peer-urls",
          peer,
          "--initial-advertise-peer-urls",
          peer,
          "--initial-cluster",
          `default=${peer}`,
        ],
      ]),
    ];
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = join(folder, "accounts.key");
    const publicPart = join(folder, "accounts.pub");
    writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    writeFileSync(publicPart, publicKey.export({ type: "spki", format: "pem" }));
    const token = randomBytes(16).toString("hex");
    const tokens = join(folder, "tokens.csv");
    writeFileSync(tokens, `${token},administrator,administrator,"system:masters"\n`, { mode: 0o600 });
    const options = {
      "etcd-servers": store,
      "bind-address": "127.0.0.1",
      "secure-port": String(port),
      "cert-dir": join(folder, "certificates"),
      "authorization-mode": "RBAC",
      // As clusters have it: what is privileged, pod security has to refuse.
      "allow-privileged": "true",
      "token-auth-file": tokens,
      "service-account-issuer": "https://kubernetes.default.svc",
      "service-account-key-file": publicPart,
      "service-account-signing-key-file": key,
      "service-cluster-ip-range": "10.96.0.0/16",
    };
    children.push(
      run(
        kubeApiserver,
        folder,
        "kube-apiserver",
        Object.entries(options).map(([name, value]) => `--${name}=${value}`),
      ),
    );
    const certificate = join(folder, "certificates", "apiserver.crt");
    for (let tries = 0; tries < 1_200; tries++) {
      if (children.some(({ exitCode }) => exitCode !== null)) break;
      if (existsSync(certificate)) {
        const server = new ApiServer(port, readFileSync(certificate, "utf8"), token, children);
        const { status } = await server.ask("GET", "/readyz").catch(() => ({ status: 0 }));
        if (status === 200) return server;
      }
      await wait(50);
    }
    for (const child of children) child.kill("SIGKILL");
    throw new Error(`The API server did not start: see ${folder}/kube-apiserver.log and etcd.log.`);
  }

  /** As administrator, unless another's token is given. */
  ask(method: string, path: string, body?: Json, token = this.administrator): Promise<Answer> {
    const type = method === "PATCH" ? "application/apply-patch+yaml" : "application/json";
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          ...{ host: "127.0.0.1", port: this.port, ca: this.ca, method, path },
          headers: { authorization: `Bearer ${token}`, "content-type": type, accept: "application/json" },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("end", () => {
            const text = Buffer.concat(parts).toString("utf8");
            const json = /json/.test(response.headers["content-type"] ?? "");
            resolve({ status: response.statusCode ?? 0, body: json ? JSON.parse(text) : text });
          });
        },
      );
      asked.on("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The path of an object's collection. */
  async pathOf({ apiVersion, kind, metadata: { namespace } }: KubernetesObject): Promise<string> {
    const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known = this.kinds.get(`${base} ${kind}`) ?? (await this.discover(base, kind));
    return `${base}/${known.namespaced ? `namespaces/${namespace}/` : ""}${known.name}`;
  }

  /** Server-side, and strict: the way of Pulumi's provider, with unknown and repeated fields refused. */
  async apply(object: KubernetesObject): Promise<Answer> {
    const query = "fieldManager=lockstep&force=true&fieldValidation=Strict";
    return this.ask("PATCH", `${await this.pathOf(object)}/${object.metadata.name}?${query}`, object);
  }

  async create(object: KubernetesObject): Promise<Answer> {
    return this.ask("POST", `${await this.pathOf(object)}?fieldValidation=Strict`, object);
  }

  private async discover(base: string, kind: string) {
    const { body } = await this.ask("GET", base);
    for (const { kind: one, name, namespaced } of body.resources ?? [])
      if (!name.includes("/")) this.kinds.set(`${base} ${one}`, { name, namespaced });
    const found = this.kinds.get(`${base} ${kind}`);
    if (found === undefined) throw new Error(`The server has no ${base} ${kind}.`);
    return found;
  }

  async stop(): Promise<void> {
    for (const child of [...this.children].reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    }
  }
}

function run(program: string | undefined, folder: string, name: string, args: string[]): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), "w");
  const child = spawn(program ?? "", args, { cwd: folder, stdio: ["ignore", log, log] });
  process.once("exit", () => child.kill("SIGKILL"));
  return child;
}
