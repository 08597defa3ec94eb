import type * as kubernetes from "@pulumi/kubernetes/types/input";
import { postgresPort, redisPort } from "./store";

type Spec = kubernetes.networking.v1.NetworkPolicySpec;
type Rule = kubernetes.networking.v1.NetworkPolicyEgressRule;

export interface NetworkArgs {
  /** The namespaces whose pods may call the gateway. */
  clientNamespaces: string[];
  /** The namespace of Prometheus, which reads the gateway's metrics. */
  monitoringNamespace: string;
  /** The namespace of the ingress controller, where there is one. */
  ingressNamespace?: string;
  /** The stores that the gateway talks to. */
  stores: { redis: boolean; postgres: boolean };
  /** The blocks in which the stores are. Default: all private ones; their security groups say who enters. */
  storeCidrs?: string[];
}

/** Where no provider can be: private networks, carrier-grade NAT, link-local with the metadata service. */
export const privateCidrs = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"];
const linkLocal = "169.254.0.0/16";
/** The EKS Pod Identity agent, from which the pod gets its role. */
const podIdentityAgent = "169.254.170.23/32";

/** Nobody in or out, for every pod of the namespace; each other policy then opens what it names. */
export const denyAll: Spec = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

/** Names for every pod of the namespace: without them none finds anything. */
export const allowDns: Spec = {
  podSelector: {},
  policyTypes: ["Egress"],
  egress: [
    {
      to: [
        { namespaceSelector: named("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } },
      ],
      ports: [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
      ],
    },
  ],
};

/** Who may call the gateway, and whom it may call: providers over HTTPS, its stores, the pod's role. */
export function gatewayPolicy(podLabels: Record<string, string>, port: number, args: NetworkArgs): Spec {
  const callers = [
    ...args.clientNamespaces,
    args.monitoringNamespace,
    ...(args.ingressNamespace ? [args.ingressNamespace] : []),
  ];
  return {
    podSelector: { matchLabels: podLabels },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [...new Set(callers)].sort().map((namespace) => ({ namespaceSelector: named(namespace) })),
        ports: [{ protocol: "TCP", port }],
      },
      // The namespace's own probes.
      { from: [{ podSelector: {} }], ports: [{ protocol: "TCP", port }] },
    ],
    egress: [toInternet, toPodIdentity, ...toStores(args)],
  };
}

/** A private block and the port there. */
export interface PrivateAddress {
  cidr: string;
  port: number;
}

/** The same for jobs in the namespace that call the gateway, the providers and AWS, and that nobody calls. */
export function jobPolicy(
  podLabels: Record<string, string>,
  gatewayLabels: Record<string, string>,
  port: number,
  privateAddresses: readonly PrivateAddress[] = [],
): Spec {
  return {
    podSelector: { matchLabels: podLabels },
    // No rule of ingress lets nobody in. An empty list of them would be dropped by the API server, and be another
    // change at each update.
    policyTypes: ["Ingress", "Egress"],
    egress: [
      { to: [{ podSelector: { matchLabels: gatewayLabels } }], ports: [{ protocol: "TCP", port }] },
      toInternet,
      toPodIdentity,
      ...privateAddresses.map(
        ({ cidr, port }): Rule => ({ to: [{ ipBlock: { cidr } }], ports: [{ protocol: "TCP", port }] }),
      ),
    ],
  };
}

const toInternet: Rule = {
  to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [...privateCidrs, linkLocal] } }],
  ports: [{ protocol: "TCP", port: 443 }],
};

const toPodIdentity: Rule = {
  to: [{ ipBlock: { cidr: podIdentityAgent } }],
  ports: [{ protocol: "TCP", port: 80 }],
};

function toStores({ stores, storeCidrs = privateCidrs }: NetworkArgs): Rule[] {
  const ports = [...(stores.redis ? [redisPort] : []), ...(stores.postgres ? [postgresPort] : [])];
  if (ports.length === 0) return [];
  return [
    {
      to: storeCidrs.map((cidr) => ({ ipBlock: { cidr } })),
      ports: ports.map((port) => ({ protocol: "TCP", port })),
    },
  ];
}

function named(namespace: string): { matchLabels: Record<string, string> } {
  return { matchLabels: { "kubernetes.io/metadata.name": namespace } };
}
