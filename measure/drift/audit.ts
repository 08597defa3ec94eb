import { dayOf } from "../../config/days";
import { counted, readable } from "../../config/numbers";
import type { Pair } from "../../config/pair";
import type { Stack } from "../../config/stack";
import type { RenderedGateway } from "../../gateway/render";
import type { Deployed } from "../../lifecycle/deployed";
import type { DriftResults } from "../../lifecycle/kinds/drift";
import type { Measured } from "../measurement";
import { type EvidenceOptions, evidenceAges, exceptionAges, indexAge } from "./ages";
import { type Area, type AreaFound, areaFound, merged, unaudited } from "./difference";
import { environmentDrift } from "./environments";
import { givenGateway } from "./gateway";
import { limitDrift, quotaDrift } from "./limits";
import { type KubernetesObject, objectsInState } from "./objects";
import { type DeclaredPolicies, policyDrift } from "./policies";
import { recordedDrift } from "./recorded";
import { clusterDrift, type DeclaredResource, resourceDrift } from "./resources";
import { type RunningGateway, runningGateway } from "./running";
import { type SecretVersions, secretAges } from "./secrets";
import { type LastAudit, sinceLast } from "./since";
import type { State } from "./state";

/** Something that was looked at, or one sentence that says why it was not. */
export type Source<T> = { value: T } | { why: string };

/** The same, or null where the audit was limited to other sources. */
export type Wanted<T> = Source<T> | null;

/** By which a source is asked for. */
export const sourceNames = ["state", "other-state", "cluster", "gateway"] as const;
export type SourceName = (typeof sourceNames)[number];

/** Where what is deployed is read. */
export interface Sources {
  state: Wanted<State>;
  /** The state of the other environment. */
  otherState: Wanted<State>;
  objects: Wanted<KubernetesObject[]>;
  gateway: Wanted<RunningGateway>;
  /** The resources that the program declares. */
  program: Wanted<DeclaredResource[]>;
  secretVersions: SecretVersions;
  last: LastAudit | undefined;
  /** What the last update by `lockstep up` left behind; absent where nothing is recorded. */
  record?: Deployed;
}

export interface AuditOptions extends EvidenceOptions {
  /** Absent where only the files of the audited stack are there, as in a job. */
  pair?: Pair;
  /** The stack that is audited. */
  stack: Stack;
  rendered: RenderedGateway;
  policies: DeclaredPolicies;
  /** The ids of all releases, for their evidence. */
  releases: readonly string[];
  /** The areas that are asked for. */
  areas: readonly Area[];
  /** Whether they were named: then each has to be told of. */
  areasNamed: boolean;
  /** The sources that are asked for; absent where all are. */
  only?: readonly SourceName[];
}

/** The kinds of objects that are read from a cluster: none of them holds a secret. */
export const objectKinds = ["ConfigMap", "Deployment", "CronJob", "ResourceQuota"] as const;

export interface Audit {
  measured: Measured & { results: DriftResults };
  /** No difference, and every area that is asked for was looked at whole. */
  passed: boolean;
}

/** Everything that an audit finds out, from what could be read. */
export function audit(sources: Sources, options: AuditOptions): Audit {
  const { pair, stack, areas, now } = options;
  const running = asked(sources.gateway, (gateway) => runningGateway(stack, options.rendered, gateway));
  const known = merged([
    ...over(sources.state, ["behaviour", "prompts", "models", "routing", "limits"], (state) =>
      givenGateway(stack, options.rendered, objectsInState(state), "in the state"),
    ),
    ...over(sources.objects, ["behaviour", "prompts", "models", "routing", "limits"], (objects) => [
      ...givenGateway(stack, options.rendered, objects, "in the cluster"),
      quotaDrift(stack.config, objects),
    ]),
    ...over(running, ["behaviour", "prompts", "models"], ({ areas: own }) => own),
    ...over(sources.state, ["policies", "limits", "secrets"], (state) => [
      policyDrift(options.policies, state),
      limitDrift(stack.config, state),
      secretAges(stack.config, state, sources.secretVersions, options),
    ]),
    ...(pair === undefined
      ? [exceptionAges([stack], options), ...away]
      : [
          indexAge(stack, options.store, options.releases, options),
          exceptionAges([pair.staging, pair.production], options),
          evidenceAges(pair, options),
        ]),
    ...(sources.record === undefined || !isRead(sources.state)
      ? []
      : recordedDrift(sources.record, sources.state.value)),
    ...over(sources.program, ["resources"], (declared) => [
      ...over(sources.state, ["resources"], (state) => [
        resourceDrift(declared, state, `${stack.config.environment.name}-gateway-config`),
      ]),
      ...over(sources.objects, ["resources"], (objects) => [
        clusterDrift(declared, objects, stack.config.environment.namespace, objectKinds),
      ]),
    ]),
    ...environments(sources, options),
  ]).filter(({ area }) => areas.includes(area));
  const unfilled = options.areasNamed ? areas.filter((area) => known.every((one) => one.area !== area)) : [];
  const found = [
    ...known,
    ...unfilled.map((area) => unaudited(area, "No source that was asked for tells of it.")),
  ];
  // What was not looked at whole is not gone because nobody saw it.
  const whole = found.filter(({ notAudited }) => options.only === undefined && notAudited.length === 0);
  const all = found.flatMap((one) => one.differences);
  const { differences, gone } = sinceLast(all.slice(0, mostDifferences), sources.last, now);
  const audited = {
    prompts: isRead(running) ? running.value.prompts.size : 0,
    models: isRead(running) ? running.value.models.size : 0,
    policies: isRead(sources.state) && found.some(isWhole("policies")) ? 1 : 0,
  };
  const results: DriftResults = {
    audited,
    differences,
    areas: found.map(({ area, compared, notAudited, leftAside }) => ({
      area,
      compared,
      notAudited: notAudited.slice(0, 100).map(short),
      leftAside: leftAside.slice(0, 100).map(short),
    })),
    expiring: found
      .flatMap(({ expiring }) => expiring)
      .sort((a, b) => (a.ends < b.ends ? -1 : a.ends > b.ends ? 1 : 0)),
    ...(sources.last === undefined
      ? {}
      : {
          last: dayOf(sources.last.ended),
          gone: gone.filter((one) => whole.some(({ area }) => area === one.area)),
        }),
    ...(options.only === undefined ? {} : { sources: [...options.only] }),
  };
  const required: readonly Area[] = ["prompts", "models", "policies"];
  const undecided = found
    .filter(({ area }) => required.includes(area))
    .flatMap(({ notAudited }) => notAudited);
  if (all.length > mostDifferences)
    undecided.push(
      `There are ${readable(all.length)} differences; the first ${readable(mostDifferences)} are told.`,
    );
  return {
    measured: {
      results,
      samples: found.reduce((sum, { compared }) => sum + compared, 0),
      repeats: 1,
      inconclusive: [...new Set(undecided)].slice(0, 100).map(short),
      // The differences stand in the results.
      raw: { notes: notesOf(sources), areas: found.map(({ differences: _, ...rest }) => rest) },
    },
    passed: differences.length === 0 && found.every(({ notAudited }) => notAudited.length === 0),
  };
}

/** As many as evidence may have. */
const mostDifferences = 10_000;

const isWhole =
  (area: Area) =>
  (found: AreaFound): boolean =>
    found.area === area && found.notAudited.length === 0 && found.compared > 0;

const short = (text: string): string => text.slice(0, 500);

const asked = <T, U>(source: Wanted<T>, use: (value: T) => U): Wanted<U> =>
  isRead(source) ? { value: use(source.value) } : source;

const isRead = <T>(source: Wanted<T>): source is { value: T } => source !== null && "value" in source;

/** What was found from a source; of one that could not be read, the reason for each area that it is for. */
function over<T>(source: Wanted<T>, areas: readonly Area[], use: (value: T) => AreaFound[]): AreaFound[] {
  if (source === null) return [];
  return "value" in source ? use(source.value) : areas.map((area) => unaudited(area, source.why));
}

/** What takes the repository: the other stack's file, and evidence with what it was computed from. */
const away = (["index", "evidence"] as const).map((area) =>
  areaFound(area, { leftAside: ["Only this stack's files are here: audit it in the repository too."] }),
);

function environments({ state, otherState }: Sources, { pair, stack }: AuditOptions): AreaFound[] {
  if (pair === undefined) return [];
  return over(state, ["environments"], (own) =>
    over(otherState, ["environments"], (other) => {
      const isStaging = stack.name === pair.staging.name;
      const states = { staging: isStaging ? own : other, production: isStaging ? other : own };
      return [environmentDrift(pair.staging, pair.production, states)];
    }),
  );
}

function notesOf({ state, otherState, objects, gateway, program, secretVersions, last }: Sources): string[] {
  const told = (what: string, source: Wanted<unknown>, text: string) =>
    `${what}: ${source === null ? "not asked for." : "value" in source ? text : source.why}`;
  return [
    told(
      "The exported state",
      state,
      isRead(state) ? `${counted(state.value.resources.length, "resource")}.` : "",
    ),
    told("The other environment's state", otherState, "read."),
    told("Kubernetes objects", objects, isRead(objects) ? `${counted(objects.value.length, "object")}.` : ""),
    told(
      "The running gateway",
      gateway,
      isRead(gateway) ? `${counted(gateway.value.deployments.length, "deployment")}.` : "",
    ),
    told("The program's resources", program, "evaluated as lockstep preview does."),
    `Versions of secrets by Secrets Manager: ${secretVersions.size}.`,
    last === undefined ? "No earlier audit was given." : `The audit before was of ${dayOf(last.ended)}.`,
    "A gateway sends no prompt itself: its digest of each is compared, not what applications send.",
  ];
}
