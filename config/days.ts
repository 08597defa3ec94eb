/** A day in milliseconds. */
export const day = 86_400_000;

/** "1 day", "2 days". */
export const days = (count: number) => `${count} ${count === 1 ? "day" : "days"}`;

/** The day of an instant in UTC: "2026-11-21". */
export const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);
