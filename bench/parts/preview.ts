import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { machine, median } from "../figures";
import { type Command, inTurn, ratios, run } from "../inTurn";
import { type Measured, ratioFigure, time } from "../measured";

const root = join(__dirname, "..", "..");
const lockstep = join(root, "dist", "lockstep.js");

/** The modules of the Pulumi SDKs that the program and the pack load; types alone are none. */
export function sdkModules(sources: readonly string[]): string[] {
  const imports = sources.flatMap((source) => [
    ...source.matchAll(/^(?:import|export) (?!type )[^;]*?from "(@pulumi\/[^"]+)";/gms),
  ]);
  return [...new Set(imports.map(([, name]) => name ?? ""))].sort();
}

function sources(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return below(path);
      return path.endsWith(".ts") ? [path] : [];
    });
  return ["index.ts", ...["components", "policies"].flatMap(below)].map((path) =>
    readFileSync(join(root, path), "utf8"),
  );
}

/** `lockstep preview` of both stacks against importing the SDKs once a stack, both side by side where there are cores. */
export async function measurePreview(quick: boolean, date: string): Promise<Measured> {
  const rounds = quick ? 3 : 7;
  const code = sdkModules(sources())
    .map((name) => `require(${JSON.stringify(name)});`)
    .join("");
  const importing: Command = { command: process.execPath, args: ["-e", code], cwd: root };
  const preview: Command = { command: process.execPath, args: [lockstep, "preview", "--json"], cwd: root };
  // A tsconfig.json of another name makes the preview compile the sources, as after an edit.
  const compiled = { ...preview, env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "tsconfig.json") } };
  const floor = async () => {
    if (availableParallelism() > 1) return Promise.all([run(importing), run(importing)]);
    return [await run(importing), await run(importing)];
  };
  const works = [floor, () => run(preview), () => run(compiled)];
  await inTurn(works, 1);
  const [floors = [], ours = [], fromSources = []] = await inTurn(works, rounds);
  const made = (times: readonly number[]) => `${time(median(times))} to ${time(median(floors))}`;
  return {
    date,
    where: machine().join("; "),
    figures: [
      ratioFigure(
        {
          what: `\`lockstep preview\` of both stacks against importing the SDKs once a stack, both at once (median of ${rounds})`,
          label: "both stacks against the SDKs' import",
          limit: 1.6,
        },
        median(ratios(ours, floors)),
        `${made(ours)}; compiled at the start, as after an edit: ${median(ratios(fromSources, floors)).toPrecision(3)} times`,
      ),
    ],
  };
}
