import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import type { StackResult } from "../config/stack";
import { stackPreview } from "../engine/report";
import { pairReport, type StackPreview, stackHead, stacksOf } from "../preview/pairReport";
import type { PreviewReport } from "../preview/report";
import type { EngineSession } from "./engineSession";

/** `lockstep preview --engine`: the same report, from the real engine and against what is deployed. */
export async function previewPairByEngine(
  session: EngineSession,
  { projectDir, packDir, stack, only }: { projectDir: string; packDir: string; stack: string; only: boolean },
): Promise<PreviewReport> {
  const loaded = loadPair(projectFiles(projectDir), stack);
  const results: StackPreview[] = [];
  for (const one of stacksOf(loaded, only)) {
    if (session.isInterrupted) break;
    if (!loaded.pair) {
      results.push(unread(one));
      continue;
    }
    const engine = await session.open(projectDir, packDir, one);
    const run = await session.run(engine, `previewing ${one.name}`, (watch) => engine.preview(watch));
    results.push(stackPreview(one, run, session.pulumi.version));
  }
  return pairReport(loaded, results);
}

/** As the embedded preview has it: there is nothing that the engine could be asked. */
const unread = (stack: StackResult): StackPreview => ({
  name: stack.name,
  report: {
    ...stackHead(stack),
    evaluated: false,
    resources: [],
    diagnostics: [
      {
        severity: "error",
        message: "The program was not run: the configuration of the pair cannot be judged.",
      },
    ],
  },
  findings: [],
  policies: [],
});
