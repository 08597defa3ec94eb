/** What one request was, as the journal keeps it. Milliseconds count from the time at which it was due. */
export interface LoadRecord {
  /** The multiple of the peak that was offered; 0 while caches were warmed. */
  multiple: number;
  /** Which stretch of sending it belongs to: a measurement that goes on begins another one. */
  stretch: number;
  /** When it was due, from the beginning of its stretch. */
  dueMs: number;
  /** How late it was sent. */
  lateMs: number;
  firstTokenMs: number;
  totalMs: number;
  /** HTTP status; 0 where no response came. */
  status: number;
  /** A whole answer, with its usage. */
  whole: boolean;
  /** Whether the provider read any of the prompt from its cache. */
  hit: boolean;
  fallbacks: number;
  usd: number;
}
