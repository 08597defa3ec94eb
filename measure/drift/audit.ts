import { dayOf } from "../../config/days";
import { counted, readable } from "../../config/numbers";
import type { Pair } from "../../config/pair";
import type { Stack } from "../../config/stack";
import type { RenderedGateway } from "../../gateway/render";
import type { DriftResults } from "../../lifecycle/kinds/drift";
import type { Measured } from "../measurement";
import { type EvidenceOptions, evidenceAges, exceptionAges, indexAge } from "./ages";
import { type Area, type AreaFound, merged, unaudited } from "./difference";
import { environmentDrift } from "./environments";
import { givenGateway } from "./gateway";
import { limitDrift, quotaDrift } from "./limits";
import { type KubernetesObject, objectsInState } from "./objects";
import { type DeclaredPolicies, policyDrift } from "./policies";
import { clusterDrift, type DeclaredResource, resourceDrift } from "./resources";
import { type RunningGateway, runningGateway } from "./running";
import { type SecretVersions, secretAges } from "./secrets";
import { type LastAudit, sinceLast } from "./since";
import type { State } from "./state";

/** Something that was looked at, or one sentence that says why it was not. */
export type Source<T> = { value: T } | { why: string };

/** Where what is deployed is read. */
export interface Sources {
  state: Source<State>;
  /** The state of the other environment. */
  otherState: Source<State>;
  objects: Source<KubernetesObject[]>;
  gateway: Source<RunningGateway>;
  /** The resources that the program declares. */
  program: Source<DeclaredResource[]>;
  secretVersions: SecretVersions;
  last: LastAudit | undefined;
}

export interface AuditOptions extends EvidenceOptions {
  pair: Pair;
  /** The stack of the pair that is audited. */
  stack: Stack;
  rendered: RenderedGateway;
  policies: DeclaredPolicies;
  /** The ids of all releases, for their evidence. */
  releases: readonly string[];
  /** The areas that are asked for. */
  areas: readonly Area[];
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
  const found = merged([
    ...over(sources.state, ["behaviour", "prompts", "models", "routing", "limits"], (state) =>
      givenGateway(stack, options.rendered, objectsInState(state), "in the state"),
    ),
    ...over(sources.objects, ["behaviour", "prompts", "models", "routing", "limits"], (objects) => [
      ...givenGateway(stack, options.rendered, objects, "in the cluster"),
      quotaDrift(stack.config, objects),
    ]),
    ...("value" in running
      ? running.value.areas
      : (["behaviour", "prompts", "models"] as const).map((area) => unaudited(area, running.why))),
    ...over(sources.state, ["policies", "limits", "secrets"], (state) => [
      policyDrift(options.policies, state),
      limitDrift(stack.config, state),
      secretAges(stack.config, state, sources.secretVersions, options),
    ]),
    indexAge(stack, options.store, options.releases, options),
    exceptionAges(pair, options),
    evidenceAges(pair, options),
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
  const all = found.flatMap((one) => one.differences);
  const { differences, gone } = sinceLast(all.slice(0, mostDifferences), sources.last, now);
  const audited = {
    prompts: "value" in running ? running.value.prompts.size : 0,
    models: "value" in running ? running.value.models.size : 0,
    policies: "value" in sources.state && found.some(isWhole("policies")) ? 1 : 0,
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
          gone: gone.filter(({ area }) => areas.some((one) => one === area)),
        }),
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
      raw: { notes: notesOf(sources), areas: found },
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

function asked<T, U>(source: Source<T>, use: (value: T) => U): Source<U> {
  return "value" in source ? { value: use(source.value) } : source;
}

/** What was found from a source; of one that is not there, the reason for each area that it is for. */
const over = <T>(source: Source<T>, areas: readonly Area[], use: (value: T) => AreaFound[]): AreaFound[] =>
  "value" in source ? use(source.value) : areas.map((area) => unaudited(area, source.why));

function environments({ state, otherState }: Sources, { pair, stack }: AuditOptions): AreaFound[] {
  return over(state, ["environments"], (own) =>
    over(otherState, ["environments"], (other) => {
      const isStaging = stack.name === pair.staging.name;
      const states = { staging: isStaging ? own : other, production: isStaging ? other : own };
      return [environmentDrift(pair.staging, pair.production, states)];
    }),
  );
}

function notesOf({ state, otherState, objects, gateway, program, secretVersions, last }: Sources): string[] {
  const told = (what: string, source: Source<unknown>, text: string) =>
    `${what}: ${"value" in source ? text : source.why}`;
  return [
    told(
      "The exported state",
      state,
      "value" in state ? `${counted(state.value.resources.length, "resource")}.` : "",
    ),
    told("The other environment's state", otherState, "read."),
    told(
      "Kubernetes objects",
      objects,
      "value" in objects ? `${counted(objects.value.length, "object")}.` : "",
    ),
    told(
      "The running gateway",
      gateway,
      "value" in gateway ? `${counted(gateway.value.deployments.length, "deployment")}.` : "",
    ),
    told("The program's resources", program, "evaluated as lockstep preview does."),
    `Versions of secrets by Secrets Manager: ${secretVersions.size}.`,
    last === undefined ? "No earlier audit was given." : `The audit before was of ${dayOf(last.ended)}.`,
    "A gateway sends no prompt itself: its digest of each is compared, not what applications send.",
  ];
}
