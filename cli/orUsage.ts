import { ReleaseBlocked, ReleaseError } from "../lifecycle/releaseFiles";
import { SettingsError } from "../policies/settings";
import { BlockedError, UsageError } from "./exit";

/** What a person can act on is no defect. */
export function orUsage<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ReleaseBlocked) throw new BlockedError(error.message);
    if (error instanceof ReleaseError || error instanceof SettingsError) throw new UsageError(error.message);
    throw error;
  }
}

/** The same for errors of these kinds, whose messages are for whoever gave the input. */
export const refusing =
  (...kinds: readonly (abstract new (...given: never[]) => Error)[]) =>
  <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (error instanceof Error && kinds.some((kind) => error instanceof kind))
        throw new UsageError(error.message);
      throw error;
    }
  };
