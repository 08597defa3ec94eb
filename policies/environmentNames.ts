import { Literals } from "../config/literals";
import type { Config } from "../config/schema";

/** A value by which an environment is known, and what it is called in the configuration. */
export interface EnvironmentName {
  field: string;
  value: string;
}

/** Everything that must not be shared between environments and that a text can name. */
export function environmentNames({ environment, limits }: Config): EnvironmentName[] {
  const { account, cluster, namespace, secretPrefix, kmsAlias, alarmTopic, requestLogBucket } = environment;
  const teams = Object.entries(limits.teams).flatMap(([team, teamLimits]) =>
    teamLimits.cluster === undefined ? [] : [{ field: "namespace", value: `${namespace}-${team}` }],
  );
  return [
    { field: "account", value: account },
    { field: "secretPrefix", value: secretPrefix },
    { field: "requestLogBucket", value: requestLogBucket },
    { field: "kmsAlias", value: kmsAlias },
    { field: "alarmTopic", value: alarmTopic },
    { field: "namespace", value: namespace },
    { field: "cluster.context", value: cluster.context },
    { field: "cluster.name", value: cluster.name },
    ...teams,
  ];
}

/** Names that stand in a text as whole tokens. Made once for a pair, and asked about every string. */
export class NameFinder {
  readonly #pattern: RegExp;
  readonly #foreign: ReadonlyMap<string, EnvironmentName>;
  readonly #anyForeign: Literals;

  /** Own names are looked for too, and win where they are the longer ones: they may contain a foreign name. */
  constructor(own: EnvironmentName[], foreign: EnvironmentName[]) {
    const ownValues = new Set(own.map(({ value }) => value));
    const others = foreign.filter(({ value }) => !ownValues.has(value)).reverse();
    this.#foreign = new Map(others.map((one) => [one.value, one]));
    const all = [...ownValues, ...this.#foreign.keys()].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(`(?<![\\w-])(?:${all.map(escaped).join("|")})(?![\\w-])`, "g");
    this.#anyForeign = new Literals([...this.#foreign.keys()]);
  }

  /** Whether a foreign name stands in any of some texts in any way, whole token or not: hardly ever. */
  inAny(texts: readonly string[]): boolean {
    return texts.some((text) => this.#anyForeign.in(text));
  }

  /** The foreign names in a text. A name that is an ordinary word counts only where it is the whole text. */
  in(text: string): EnvironmentName[] {
    const found = new Set<EnvironmentName>();
    for (const [value] of text.matchAll(this.#pattern)) {
      const name = this.#foreign.get(value);
      if (name !== undefined && (value === text || !/^[a-z]+$/i.test(value))) found.add(name);
    }
    return [...found];
  }
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
