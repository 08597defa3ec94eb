/** The exit codes of every command; documented in docs/cli.md. */
export const exit = {
  /** Nothing blocks. */
  clean: 0,
  /** At least one finding blocks, or something could not be decided. */
  findings: 1,
  /** The command line or the project cannot be used as they are, or a part broke. */
  usage: 2,
  /** Nothing blocks, but it is not proven that every policy ran at its level: only where the real engine is driven. */
  unproven: 3,
  /** Stopped by Ctrl-C: 128 and the signal's number, as a shell says it. Only where the real engine is driven. */
  interrupted: 130,
} as const;

/** An error that a person can act on: shown without a stack trace. */
export class UsageError extends Error {}

/** What was asked for is refused because findings block it. */
export class BlockedError extends UsageError {}
