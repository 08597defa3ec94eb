import { describe, expect, it } from "vitest";
import { tiers } from "../components/shippedEnvironment";
import { faultsOf, type KubernetesObject, named, objectsOf } from "./kubernetes";
import { definitions, sayIfSkipped, skippedNote, standInsInstalled } from "./standIns";

sayIfSkipped("no Kubernetes object was held to the published schemas.");
const groups = Object.keys(definitions());
const haveAll = groups.length === 2;
if (standInsInstalled && !haveAll)
  process.stderr.write(
    "Go has not downloaded the definitions of custom resources (make shapes, with Go): their objects were not held to them.\n",
  );

/** The oldest that is looked at, and the newest that there is. */
const versions = ["1.31", "1.37"];

const groupOf = ({ apiVersion }: KubernetesObject) => apiVersion.split("/")[0] ?? "";
const isCustom = (one: KubernetesObject) =>
  ["external-secrets.io", "monitoring.coreos.com"].includes(groupOf(one));
/** Without the definitions, those that are Kubernetes' own. */
const checkable = (objects: KubernetesObject[]) => objects.filter((one) => haveAll || !isCustom(one));

type Edit = (object: KubernetesObject) => unknown;
const container = ({ spec }: KubernetesObject) => spec.template.spec.containers[0];

/** What each kind has to be, the edit that breaks it, and what is then said. */
const broken: [what: string, kind: string, edit: Edit, said: RegExp][] = [
  [
    "an unknown field",
    "Deployment",
    (one) => Object.assign(container(one), { comand: ["sh"] }),
    /^spec\.template\.spec\.containers\.0: Additional properties are not allowed \('comand' was unexpected\)$/,
  ],
  [
    "a wrong type",
    "Deployment",
    (one) => Object.assign(one.spec, { replicas: "2" }),
    /^spec\.replicas: '2' is not of type/,
  ],
  [
    "a required field that is missing",
    "CronJob",
    ({ spec }) => Reflect.deleteProperty(spec, "schedule"),
    /^spec: 'schedule' is a required property$/,
  ],
  [
    "an unknown field of the metadata",
    "Service",
    ({ metadata }) => Object.assign(metadata, { label: {} }),
    /^metadata: Additional properties are not allowed \('label' was unexpected\)$/,
  ],
  [
    "a kind that Kubernetes does not know",
    "PodDisruptionBudget",
    (one) => Object.assign(one, { apiVersion: "policy/v1beta1" }),
    /^Couldn't find schema for kind PodDisruptionBudget with api version policy\/v1beta1/,
  ],
];
const brokenCustom: typeof broken = [
  [
    "an unknown field of a custom resource",
    "ExternalSecret",
    ({ spec }) => Object.assign(spec, { refreshIntervall: "15m" }),
    /^spec: Additional properties are not allowed \('refreshIntervall' was unexpected\)$/,
  ],
  [
    "a value that is none of a custom resource's",
    "SecretStore",
    ({ spec }) => Object.assign(spec.provider.aws, { service: "Secrets" }),
    /^spec\.provider\.aws\.service: 'Secrets' is not one of \['SecretsManager', 'ParameterStore'\]$/,
  ],
  [
    "a wrong type in a custom resource",
    "ServiceMonitor",
    ({ spec }) => Object.assign(spec.endpoints[0], { interval: 30 }),
    /^spec\.endpoints\.0\.interval: 30 is not of type 'string'$/,
  ],
  [
    "a required field that a custom resource lacks",
    "PrometheusRule",
    ({ spec }) => Reflect.deleteProperty(spec.groups[0].rules[0], "expr"),
    /^spec\.groups\.0\.rules\.0: 'expr' is a required property$/,
  ],
  [
    "an unknown field of a custom resource's metadata",
    "PrometheusRule",
    ({ metadata }) => Object.assign(metadata, { label: {} }),
    /^metadata: Additional properties are not allowed \('label' was unexpected\)$/,
  ],
];

const note = haveAll ? "" : " (skipped: no definitions of custom resources, see make shapes)";

describe.skipIf(!standInsInstalled)(`Kubernetes' published schemas${skippedNote}`, () => {
  it.each(versions)(
    "of %s take every object of both environments",
    async (version) => {
      for (const tier of tiers) {
        const objects = checkable(await objectsOf(tier));
        const faults = await faultsOf(version, objects);
        expect(
          objects.flatMap((one, index) => (faults[index]?.length ? [[named(one), faults[index]]] : [])),
        ).toEqual([]);
        expect(objects.length).toBeGreaterThan(haveAll ? 28 : 23);
      }
    },
    60_000,
  );

  async function refusal(kind: string, edit: Edit): Promise<string[] | undefined> {
    const object = (await objectsOf("production")).find((one) => one.kind === kind);
    if (object === undefined) throw new Error(`There is no ${kind}.`);
    const before = structuredClone(object);
    edit(object);
    const [taken, refused] = await faultsOf("1.37", [before, object]);
    expect(taken).toEqual([]);
    return refused;
  }

  it.each(broken)(
    "refuse %s",
    async (_, kind, edit, said) => {
      expect(await refusal(kind, edit)).toEqual([expect.stringMatching(said)]);
    },
    60_000,
  );

  it.skipIf(!haveAll).each(brokenCustom)(
    `refuse %s${note}`,
    async (_, kind, edit, said) => {
      expect(await refusal(kind, edit)).toEqual([expect.stringMatching(said)]);
    },
    60_000,
  );
});
