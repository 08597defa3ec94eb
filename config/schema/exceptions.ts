import { z } from "zod";
import { free } from "../relation";
import { isoDate, sentence } from "./names";

/**
 * One finding that somebody decided to live with for a while, and answers for. Only shapes and lengths are
 * checked here; who approved it, its dates and its use are judged by the rule exceptions-accountable.
 */
export const exception = z.strictObject({
  rule: free(z.string().regex(/^[a-z][a-z-]{2,60}$/, "the name of a rule"), "The rule that is not met."),
  path: free(
    z.string().min(1).max(500),
    "The exact configuration path or resource name that the finding names.",
  ),
  reason: free(sentence(20, 2_000), "Why the finding is accepted."),
  owner: free(sentence(3, 200), "Who answers for the risk."),
  approver: free(sentence(3, 200), "Who approved it: somebody else than the owner."),
  ticket: free(sentence(2, 300), "Where the work to end the exception is tracked."),
  created: free(isoDate(), "The day on which it was approved (UTC)."),
  expires: free(isoDate(), "The last day on which it counts (UTC), at most 90 days after it was created."),
  compensatingControl: free(sentence(10, 2_000), "What limits the risk in the meantime."),
});
export type Exception = z.infer<typeof exception>;

export const exceptions = z.array(exception).max(100);
