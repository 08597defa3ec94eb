import type { Config } from "../../../config/schema";
import type { ErrorClass } from "../../../config/schema/routes";
import { fallbacksOf } from "../../../gateway/latency";
import { requiredFaults } from "../../../lifecycle/kinds/routing";
import { wait } from "../../../measure/standIn/reply";
import type { Fault } from "../../../measure/standIn/standIn";
import type { Measured, Subject } from "../measurement";
import { casesOf, requestOf } from "../requests";

/** Which class of the configuration a fault belongs to. */
const classOf: Record<Fault, ErrorClass> = {
  "429": "rateLimit",
  "500": "serverError",
  "503": "serviceUnavailable",
  timeout: "timeout",
};

/** How one request went: the calls that arrived on the providers' side, in order, and what the client got. */
interface Seen {
  calls: string[];
  status: number;
}

/** Lets the first target of each route fail in each way, in both gateways, and compares what arrives behind them. */
export async function routing(staging: Subject, production: Subject): Promise<Measured> {
  const { config } = staging.stack;
  const routes = Object.keys(config.routes);
  const [seenInStaging, seenInProduction] = await Promise.all([allFaults(staging), allFaults(production)]);
  const differences = requiredFaults.flatMap((fault) =>
    routes.flatMap((route) => {
      const [one, other] = [seenInStaging, seenInProduction].map((seen) => seen[fault]?.[route] ?? []);
      return (one ?? []).flatMap((request, index) => {
        const [mine, theirs] = [told(request), told(other?.[index])];
        if (mine === theirs) return [];
        return [
          {
            fault,
            route,
            difference: `request ${index + 1}: staging ${mine}; production ${theirs}`.slice(0, 1_000),
          },
        ];
      });
    }),
  );
  return {
    samples: requiredFaults.length * routes.length,
    repeats: 1,
    results: { faults: [...requiredFaults], routes, differences },
    raw: {
      notes: [
        "Two proxies, one as rendered for staging and one as rendered for production, each with its own stand-ins.",
        "A fault hits every call to the route's first target. Each route gets requests enough to open its cool-down, and one more, one after the other; with time-outs two, the second streamed: their failures are forgotten before a cool-down can open.",
        "Before the next fault the longest cool-down has passed. Routes that others fall back to are tried after those.",
        "calls: the deployments whose stand-in was called for the request, in order; compared are these and the status.",
        "Compared is what a request does; limits are each environment's own, and these requests stay below both.",
      ],
      requests: { staging: seenInStaging, production: seenInProduction },
    },
  };
}

const told = (seen: Seen | undefined): string =>
  seen === undefined ? "no request" : `${seen.status} after ${seen.calls.join(", ") || "no call"}`;

type ByFaultAndRoute = Record<string, Record<string, Seen[]>>;

async function allFaults(subject: Subject): Promise<ByFaultAndRoute> {
  const { config } = subject.stack;
  const fallbacks = new Set(Object.values(config.routes).flatMap(fallbacksOf));
  const names = Object.keys(config.routes);
  const steps = [
    names.filter((route) => !fallbacks.has(route)),
    ...names.filter((route) => fallbacks.has(route)).map((route) => [route]),
  ];
  const seen: ByFaultAndRoute = {};
  const openUntil = new Map<string, number>();
  for (const fault of requiredFaults) {
    await wait(Math.max(0, ...openUntil.values()) - performance.now());
    const byRoute: Record<string, Seen[]> = {};
    seen[fault] = byRoute;
    for (const routes of steps) {
      await Promise.all(
        routes.map(async (route) => {
          byRoute[route] = await oneFault(subject, route, fault);
          openUntil.set(route, performance.now() + (coolDownSeconds(config, route) + 1) * 1_000);
        }),
      );
    }
  }
  return seen;
}

const coolDownSeconds = (config: Config, route: string) => config.routes[route]?.coolDown?.seconds ?? 0;

async function oneFault({ stack, client, standIn }: Subject, route: string, fault: Fault): Promise<Seen[]> {
  const declared = stack.config.routes[route];
  const first = [...(declared?.targets ?? [])].sort((a, b) => a.order - b.order)[0];
  if (declared === undefined || first === undefined) throw new Error(`The route ${route} has no target.`);
  const primary = `${route}.${first.model}.${first.order}`;
  const [one] = casesOf(stack, route);
  const ask = async (index: number, stream: boolean): Promise<Seen> => {
    const tag = `${fault}-${route}-${index}`;
    const request = requestOf(stack, route, `#${tag}\n${one?.user ?? ""}`);
    const { status } = await client.chat({ model: route, stream, ...request });
    const calls = standIn.calls.filter((call) => call.tag === tag);
    return { status, calls: calls.map(({ deployment }) => deployment) };
  };
  standIn.inject(primary, fault);
  try {
    const seen: Seen[] = [];
    // One after the other: together, chance decides which attempt still finds the target before it cools down.
    for (let index = 0; index < requestsFor(declared, fault); index++)
      seen.push(await ask(index, fault === "timeout" && index === 1));
    return seen;
  } finally {
    standIn.heal(primary);
  }
}

/** Enough to open the cool-down and see it open; a time-out lasts longer than its failures are remembered. */
const requestsFor = ({ coolDown }: Config["routes"][string], fault: Fault): number =>
  fault === "timeout" ? 2 : (coolDown?.allowedFails[classOf[fault]] ?? 0) + 2;
