import type { Path } from "../../config/relation";
import type { Stack } from "../../config/stack";
import { worstCaseSeconds } from "../../gateway/latency";
import { inEach } from "../environments";
import type { Report, StackRule } from "../rule";

export const timeoutsExplicit: StackRule = {
  kind: "stack",
  name: "timeouts-explicit",
  description:
    "Every model and every route has its time-outs written down, and they fit into the route's deadline.",
  protects:
    "From the gateway's own default of 6,000 seconds, in which a hanging provider holds every worker.",
  severity: "high",
  exceptions: true,
  check: ({ pair }) =>
    inEach(pair, (stack, name) => [...modelReports(stack, name), ...routeReports(stack, name)]),
};

type Name = (path: Path) => string;

function modelReports(stack: Stack, name: Name): Report[] {
  return Object.entries(stack.config.models)
    .filter(([, model]) => model.timeoutSeconds === undefined)
    .map(([key]) =>
      absent(stack, name, ["models", key, "timeoutSeconds"], "the seconds after which one call is given up"),
    );
}

const routeTimeouts = {
  timeoutSeconds: "the seconds after which one attempt is given up",
  streamTimeoutSeconds: "the seconds after which a stream without a first part is given up",
  deadlineSeconds: "the seconds after which the whole request is given up",
} as const;

function routeReports(stack: Stack, name: Name): Report[] {
  return Object.entries(stack.config.routes).flatMap(([alias, route]) => {
    const missing = Object.entries(routeTimeouts).flatMap(([field, meaning]) =>
      route[field as keyof typeof routeTimeouts] === undefined
        ? [absent(stack, name, ["routes", alias, field], meaning)]
        : [],
    );
    const { timeoutSeconds: attempt, streamTimeoutSeconds: stream, deadlineSeconds: deadline } = route;
    if (attempt !== undefined && deadline !== undefined && attempt > deadline) {
      missing.push(
        tooLong(stack, name, ["routes", alias, "timeoutSeconds"], attempt, `deadlineSeconds, ${deadline}`),
      );
    }
    if (stream !== undefined && attempt !== undefined && stream > attempt) {
      missing.push(
        tooLong(stack, name, ["routes", alias, "streamTimeoutSeconds"], stream, `timeoutSeconds, ${attempt}`),
      );
    }
    if (missing.length === 0 && deadline !== undefined)
      missing.push(...lateReports(stack, name, alias, deadline));
    return missing;
  });
}

/** All attempts, waits and fallbacks together must end before the deadline. */
function lateReports(stack: Stack, name: Name, alias: string, deadline: number): Report[] {
  const path = ["routes", alias, "deadlineSeconds"];
  const worst = worstCaseSeconds(stack.config, alias);
  if (worst <= deadline) return [];
  const longest = Math.ceil(worst * 10) / 10;
  return [
    {
      object: name(path),
      path: path.join("."),
      found: `${deadline} seconds, though a request can take ${longest} with all its attempts, waits and fallbacks`,
      allowed: `at least ${longest} seconds, or fewer or shorter attempts`,
      remedy: `Lower the time-outs, retries or fallbacks of ${alias}, or raise ${path.join(".")}.`,
      at: stack.position(path),
    },
  ];
}

function absent(stack: Stack, name: Name, path: Path, meaning: string): Report {
  const text = path.join(".");
  return {
    object: name(path),
    path: text,
    found: "nothing",
    allowed: meaning,
    remedy: `Add ${text}.`,
    at: stack.position(path),
  };
}

function tooLong(stack: Stack, name: Name, path: Path, seconds: number, bound: string): Report {
  const text = path.join(".");
  return {
    object: name(path),
    path: text,
    found: `${seconds} seconds`,
    allowed: `at most ${bound} seconds`,
    remedy: `Lower ${text}, or raise the bound.`,
    at: stack.position(path),
  };
}
