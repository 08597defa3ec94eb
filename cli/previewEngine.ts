import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { stackPreview } from "../engine/report";
import { notEvaluated, notJudged, pairReport, type StackPreview, stacksOf } from "../preview/pairReport";
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
      results.push(notEvaluated(one, notJudged));
      continue;
    }
    const engine = await session.open(projectDir, packDir, one);
    const run = await session.preview(engine, one.name);
    results.push(stackPreview(one, run, session.pulumi.version));
  }
  return pairReport(loaded, results);
}
