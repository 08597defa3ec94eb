/** The exit codes of every command; documented in docs/cli.md. */
export const exit = {
  /** Nothing blocks. */
  clean: 0,
  /** At least one finding blocks, or something could not be decided. */
  findings: 1,
  /** The command line or the project cannot be used as they are, or a part broke. */
  usage: 2,
} as const;

/** An error that a person can act on: shown without a stack trace. */
export class UsageError extends Error {}

/** What was asked for is refused because findings block it. */
export class BlockedError extends UsageError {}
