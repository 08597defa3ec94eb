import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Values } from "./values";

/** An object as the cloud holds it. */
export interface Held {
  type: string;
  id: string;
  /** What no second object of the type may have. */
  identity: string;
  inputs: Values;
  outputs: Values;
}

export type Operation = "create" | "update" | "delete";

/** A line of the log of operations: each has one as it begins and, unless it failed or was cut off, one as it ends. */
export interface Logged {
  phase: "begin" | "end";
  operation: Operation;
  urn: string;
  type: string;
  /** What it is called in the cloud: the identity. */
  identity: string;
}

export const logFile = "operations.jsonl";
/** Where it is there, nothing is slow any more. */
export const goOnFile = "go-on";

/**
 * An account or a cluster, as files in a folder, so that it outlives the plugin: what an interrupted update made
 * is there for the next one to find, and two updates at once meet in it as they would in a real one.
 */
export class Cloud {
  constructor(
    private readonly root: string,
    /** The account's id, or the cluster's context. */
    private readonly place: string,
    /** By type, how many milliseconds an operation takes at most: for tests that interrupt one. */
    private readonly slow: Readonly<Record<string, number>> = {},
  ) {}

  /** @throws when there is an object of that identity, as clouds do. */
  async create(urn: string, held: Held): Promise<void> {
    const file = this.file(held.type, held.identity);
    if (existsSync(file)) throw new Error(`${held.identity} exists already in ${this.place}`);
    await this.logged("create", urn, held, () => this.write(file, held, "wx"));
  }

  /** What cannot be told from what was there before, such as a bucket's policy: it is there now. */
  async put(urn: string, held: Held): Promise<void> {
    await this.logged("create", urn, held, () => this.write(this.file(held.type, held.identity), held, "w"));
  }

  /** @throws when there is none: somebody deleted it by hand. */
  async update(urn: string, held: Held): Promise<void> {
    if (!this.find(held.type, held.id)) throw new Error(`${held.id} is not in ${this.place}`);
    await this.logged("update", urn, held, () => this.write(this.file(held.type, held.identity), held, "w"));
  }

  /** Keeps the identity of what was deleted: nothing else can have it. */
  reserve({ type, identity }: Held): void {
    const reserved: Held = { type, id: "", identity, inputs: {}, outputs: {} };
    this.write(this.file(type, identity), reserved, "wx");
  }

  /** Of what is gone already, nothing has to be done. */
  async delete(urn: string, type: string, id: string): Promise<void> {
    const held = this.find(type, id);
    if (!held) return;
    await this.logged("delete", urn, held, () => rmSync(this.file(type, held.identity), { force: true }));
  }

  /** Takes objects away without telling: as a cluster does with what is in a namespace that goes. */
  empty(goes: (held: Held) => boolean): void {
    const place = join(this.root, this.place);
    for (const type of readdirSync(place).map(decodeURIComponent))
      for (const held of this.all(type).filter(goes)) rmSync(this.file(type, held.identity), { force: true });
  }

  find(type: string, id: string): Held | undefined {
    return this.all(type).find((held) => held.id === id);
  }

  all(type: string): Held[] {
    const folder = join(this.root, this.place, encodeURIComponent(type));
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Held);
  }

  private async logged(operation: Operation, urn: string, held: Held, act: () => void): Promise<void> {
    const { type, identity } = held;
    const tell = (phase: Logged["phase"]) =>
      appendFileSync(
        join(this.root, logFile),
        `${JSON.stringify({ phase, operation, urn, type, identity } satisfies Logged)}\n`,
      );
    tell("begin");
    const end = Date.now() + (this.slow[type] ?? 0);
    while (Date.now() < end && !existsSync(join(this.root, goOnFile)))
      await new Promise((resolve) => setTimeout(resolve, 20));
    act();
    tell("end");
  }

  private write(file: string, held: Held, flag: "w" | "wx"): void {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, JSON.stringify(held), { flag });
  }

  private file(type: string, identity: string): string {
    return join(this.root, this.place, encodeURIComponent(type), `${encodeURIComponent(identity)}.json`);
  }
}
