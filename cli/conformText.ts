import Table from "cli-table3";
import { short } from "../config/hash";
import { counted } from "../config/numbers";
import type { Conformance } from "../measure/conform/conform";
import { legsOf, pathText } from "../measure/conform/path";
import type { Environment } from "../measure/conform/side";
import type { Trace } from "../measure/conform/trace";
import type { Paint } from "../review/terminal";

/** What staging's gateway did under each fault, where production's did something else, and the verdict. */
export function conformText(
  { behaviourHash, litellm, faults, routes, differences, traces, unopened }: Conformance,
  stacks: Readonly<Record<Environment, { name: string }>>,
  written: readonly string[],
  style: Paint,
): string {
  const table = new Table({
    head: ["fault", ...routes],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [22, ...routes.map(() => Math.max(24, Math.floor(96 / Math.max(1, routes.length))))],
  });
  for (const fault of faults)
    table.push([
      fault,
      ...routes.map((route) => {
        const differs = differences.some((one) => one.fault === fault && one.route === route);
        const first = traces.staging.find((one) => one.fault === fault && one.route === route);
        const text = first === undefined ? "" : cell(first);
        return differs ? style("red", `${text} (differs)`) : text;
      }),
    ]);
  const { staging, production } = stacks;
  const lines = differences.map(
    ({ fault, route, difference }) => `${style(["red", "bold"], `${route}, ${fault}`)}\n  ${difference}`,
  );
  const verdict =
    differences.length === 0
      ? style("green", `${staging.name} and ${production.name} do the same`)
      : style(
          "red",
          `${staging.name} and ${production.name} do not do the same: ${counted(differences.length, "difference")}`,
        );
  return [
    `The first request of each route under each fault, LiteLLM ${litellm}, behaviour ${short(behaviourHash)}:`,
    table.toString(),
    ...(lines.length === 0 ? [] : ["", ...lines]),
    "",
    ...(unopened.length === 0
      ? []
      : [
          style(
            "dim",
            `So many failures are allowed that no cool-down was opened by: ${[...new Set(unopened.map(({ fault }) => fault))].join(", ")}.`,
          ),
        ]),
    ...(written.length === 0
      ? []
      : ["Added evidence:", ...written.map((file) => `  ${style("cyan", file)}`)]),
    `${verdict} under ${counted(faults.length, "fault")}, one after the other and at once, on ${counted(routes.length, "route")}.`,
    "",
  ].join("\n");
}

/** "chat-large ×3, then chat-in-account: 200" */
const cell = ({ route, calls, client }: Trace): string =>
  `${legsOf(calls.map(({ target }) => target)).length === 0 ? "no call" : pathText(route, calls)}: ${client}`;
