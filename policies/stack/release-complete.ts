import { z } from "zod";
import { canonicalJson } from "../../config/hash";
import { readable } from "../../config/numbers";
import { formatPath, type Path } from "../../config/relation";
import type { Change, Release } from "../../config/release";
import type { Behaviour } from "../../config/stack";
import { monthlyUsd } from "../../lifecycle/price";
import { closedReleases } from "../../lifecycle/proof";
import { isPerson, samePerson } from "../people";
import type { Report, StackContext, StackRule } from "../rule";

const settings = z.strictObject({
  minimumSignOffs: z
    .number()
    .int()
    .min(0)
    .max(20)
    .default(1)
    .describe("How many people other than the owner have to sign a release off."),
});
type ReleaseSettings = z.infer<typeof settings>;

/**
 * An inverse of a closed release needs none of this: going back waits for nobody. What is not proven: that the
 * expected tokens are what will be sent, and that who signed off has looked.
 */
export const releaseComplete: StackRule<typeof settings> = {
  kind: "stack",
  name: "release-complete",
  description:
    "Every release that production carries says what it costs, what it improves, and who signed it off.",
  protects: "From a launch whose price, purpose and way back nobody has thought about.",
  severity: "high",
  exceptions: true,
  gates: "production",
  settings,
  check(context, asked) {
    const { carried } = context.pair.production;
    return carried
      .filter(({ data }) => data.reverts === undefined)
      .flatMap((release) => releaseReports(release, context, asked));
  },
};

function releaseReports(release: Release, context: StackContext, asked: ReleaseSettings): Report[] {
  const report: Tell = (path, found, allowed, remedy) => {
    const whole = formatPath(["releases", release.id, ...path]);
    return [
      {
        object: `release ${release.id}'s ${formatPath(path)}`,
        path: whole,
        found,
        allowed,
        remedy: remedy ?? `Write it into ${release.file}.`,
        at: release.position(path),
      },
    ];
  };
  const first = closedReleases(context.pair.releases.values()).length === 0;
  return [
    ...hypothesisReports(release, report),
    ...(first ? [] : rollbackReports(release, report)),
    ...tokenReports(release, context, report),
    ...signOffReports(release, context, asked, report),
  ];
}

type Tell = (path: Path, found: string, allowed: string, remedy?: string) => Report[];

/** Angle brackets around words; "p95 < 2 s and score > 0.9" has none. */
const placeholder = /\b(TODO|TBD|FIXME|XXX)\b|<[a-z][^<>]*>|\.\.\.|…/i;

function hypothesisReports({ data }: Release, report: Tell): Report[] {
  const allowed = "a sentence that says what becomes better, and how it would be seen";
  if (data.hypothesis === undefined) return report(["hypothesis"], "nothing", allowed);
  return placeholder.test(data.hypothesis) ? report(["hypothesis"], "a placeholder", allowed) : [];
}

function rollbackReports({ data }: Release, report: Tell): Report[] {
  const { rollback } = data;
  const allowed = "the hash to go back to, and the steps that lead there";
  if (rollback === undefined) return report(["rollback"], "nothing", allowed);
  const index = rollback.steps.findIndex((step) => placeholder.test(step));
  return index < 0
    ? []
    : report(["rollback", "steps", index], "a placeholder", "a step that somebody can take");
}

function tokenReports(release: Release, { pair }: StackContext, report: Tell): Report[] {
  const { tokenDelta = [] } = release.data;
  const { production } = pair;
  const before = production.carrying(production.carried.filter(({ id }) => id !== release.id));
  const changed = before === undefined ? [] : otherRequests(before, production);
  if (tokenDelta.length === 0) {
    if (changed.length === 0 && !release.changes.some(addsTokens)) return [];
    return report(
      ["tokenDelta"],
      "nothing",
      "for each route that changes: requests a month, tokens of a request before and after, and what that costs",
    );
  }
  const lacking = changed
    .filter((alias) => tokenDelta.every(({ route }) => route !== alias))
    .flatMap((alias) =>
      report(
        ["tokenDelta"],
        `no entry for "${alias}", whose requests the release changes`,
        "an entry for each route whose model, price, prompt, tools or response schema changes",
      ),
    );
  const wrong = tokenDelta.flatMap((row, index) => {
    const path = ["tokenDelta", index];
    if (tokenDelta.findIndex(({ route }) => route === row.route) < index)
      return report([...path, "route"], `"${row.route}" for a second time`, "each route once");
    const priced = before && monthlyUsd(row, before.config, production.config);
    if (priced === undefined)
      return report([...path, "route"], `"${row.route}", which is no route with a price`, "a declared route");
    return (["warm", "cold"] as const).flatMap((cache) =>
      cents(priced[cache]) === cents(row.monthlyUsd[cache])
        ? []
        : report(
            [...path, "monthlyUsd", cache],
            `${readable(row.monthlyUsd[cache])} USD per month`,
            `${readable(priced[cache])} USD per month, by the declared prices`,
            `Write ${priced[cache]}, or correct the tokens.`,
          ),
    );
  });
  return [...lacking.slice(0, 1), ...wrong];
}

/** What is put into requests beside the prompt, or kept from being sent: which routes use it is not declared. */
const addsTokens = ({ path }: Change): boolean =>
  path[0] === "behaviour" &&
  [undefined, "retrieval", "semanticCache"].includes(path[1] as string | undefined);

const cents = (usd: number) => Math.round(usd * 100);

/** The routes whose requests consist of something else, are answered by something else, or have another price. */
function otherRequests(before: Behaviour, after: Behaviour): string[] {
  const aliases = new Set([...Object.keys(after.config.routes), ...Object.keys(before.config.routes)]);
  return [...aliases].filter((alias) => requestOf(before, alias) !== requestOf(after, alias));
}

function requestOf({ config, contents }: Behaviour, alias: string): string {
  const route = Object.hasOwn(config.routes, alias) ? config.routes[alias] : undefined;
  if (route === undefined) return "";
  const { prompts, tools } = config.behaviour;
  const content = (file: string | undefined) => (file === undefined ? null : (contents.get(file) ?? null));
  return canonicalJson({
    targets: route.targets.map(({ model, order, weight }) => {
      const { provider, modelId, temperature, seed, maxOutputTokens, usdPerMillionTokens } =
        config.models[model] ?? {};
      return { order, weight, provider, modelId, temperature, seed, maxOutputTokens, usdPerMillionTokens };
    }),
    prompt: content(route.prompt === undefined ? undefined : prompts[route.prompt]?.file),
    tools: (route.tools ?? []).map((tool) => content(tools[tool]?.file)),
    responseSchema: content(route.responseSchema),
  });
}

function signOffReports(
  { data }: Release,
  { now }: StackContext,
  { minimumSignOffs }: ReleaseSettings,
  report: Tell,
): Report[] {
  const today = now.toISOString().slice(0, 10);
  const all = data.signOffs ?? [];
  const wrong = all.flatMap(({ name, date }, index) => {
    const path = ["signOffs", index];
    if (!isPerson(name)) return report([...path, "name"], "no name", "the name of a person");
    if (date > today)
      return report([...path, "date"], `${date}, which is in the future`, `at most ${today}, today (UTC)`);
    if (date < data.created)
      return report([...path, "date"], `${date}, before the release was made`, `${data.created} or later`);
    return [];
  });
  if (wrong.length > 0) return wrong;
  const others = all.filter(
    ({ name }, index) =>
      !samePerson(name, data.owner) && all.findIndex((one) => samePerson(one.name, name)) === index,
  );
  if (others.length >= minimumSignOffs) return [];
  return report(
    ["signOffs"],
    `${others.length} by somebody else than the owner`,
    `at least ${minimumSignOffs}`,
    "Let somebody else look at the release and its evidence, and name them with their role and the day.",
  );
}
