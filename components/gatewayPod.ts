import type * as kubernetes from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import type { GatewayArgs } from "./gatewayArgs";
import { hardenedContainer, hardenedPod, temporaryMount, temporaryVolume } from "./hardened";

type PodSpec = kubernetes.core.v1.PodSpec;
type EnvVar = kubernetes.core.v1.EnvVar;

export interface PodContext {
  labels: Record<string, string>;
  port: number;
  configMapName: pulumi.Input<string>;
  serviceAccountName: pulumi.Input<string>;
  stateEnv: Record<string, pulumi.Input<string>>;
  /** The Secret with DATABASE_PASSWORD. */
  databaseSecret: string | undefined;
}

/**
 * How long a pod that ends still takes requests: LiteLLM closes its socket at once on SIGTERM, while the
 * cluster takes some seconds to stop sending.
 */
const preStopSeconds = 15;
/** What is left after the last request, to write its log and metrics. */
const flushSeconds = 15;

/** The pod of the gateway. One worker a pod: replicas are what scales, and one process has one set of metrics. */
export function gatewayPod(args: GatewayArgs, context: PodContext): PodSpec {
  return {
    ...hardenedPod(context.serviceAccountName),
    terminationGracePeriodSeconds: Math.ceil(preStopSeconds + args.longestRequestSeconds + flushSeconds),
    topologySpreadConstraints: [
      spread("topology.kubernetes.io/zone", context.labels),
      spread("kubernetes.io/hostname", context.labels),
    ],
    containers: [
      {
        ...hardenedContainer(args.resources),
        name: "litellm",
        image: args.image,
        args: [
          "--config",
          `${configFolder}/config.yaml`,
          "--port",
          String(context.port),
          "--num_workers",
          "1",
        ],
        env: environment(args, context),
        ports: [{ name: "http", containerPort: context.port, protocol: "TCP" }],
        // Never /health: one request to it calls every deployment of every provider.
        startupProbe: probe("/health/readiness", { periodSeconds: 5, failureThreshold: 36 }),
        readinessProbe: probe("/health/readiness", { periodSeconds: 5, failureThreshold: 3 }),
        livenessProbe: probe("/health/liveliness", { periodSeconds: 10, failureThreshold: 6 }),
        lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } },
        volumeMounts: [{ name: "config", mountPath: configFolder, readOnly: true }, temporaryMount],
      },
    ],
    volumes: [{ name: "config", configMap: { name: context.configMapName } }, temporaryVolume],
  };
}

const configFolder = "/etc/litellm";

/** In the order of their names, so that nothing rolls the pods but a change. */
function environment(args: GatewayArgs, { stateEnv, databaseSecret }: PodContext): EnvVar[] {
  const plain = { ...args.env, ...stateEnv, ...writable };
  const secret = {
    ...args.secretEnv,
    ...(databaseSecret === undefined
      ? {}
      : { DATABASE_PASSWORD: { secretName: databaseSecret, key: "DATABASE_PASSWORD" } }),
  };
  const variables: { name: string; variable: Omit<EnvVar, "name"> }[] = [
    ...Object.entries(plain).map(([name, value]) => ({ name, variable: { value } })),
    ...Object.entries(secret).map(([name, { secretName, key }]) => ({
      name,
      variable: { valueFrom: { secretKeyRef: { name: secretName, key } } },
    })),
  ];
  return variables
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, variable }): EnvVar => ({ name, ...variable }));
}

/** The only places that can be written to; the root file system is read-only. */
const writable = {
  HOME: "/tmp",
  LITELLM_ASSETS_PATH: "/tmp/assets",
  LITELLM_MIGRATION_DIR: "/tmp/migrations",
  LITELLM_UI_PATH: "/tmp/ui",
};

const probe = (path: string, timing: { periodSeconds: number; failureThreshold: number }) => ({
  httpGet: { path, port: "http" },
  timeoutSeconds: 5,
  ...timing,
});

/** Spread as far as there are places, but start anyway where there are none. */
const spread = (topologyKey: string, labels: Record<string, string>) => ({
  topologyKey,
  maxSkew: 1,
  whenUnsatisfiable: "ScheduleAnyway",
  labelSelector: { matchLabels: labels },
  matchLabelKeys: ["pod-template-hash"],
});
