/** A day in milliseconds. */
export const day = 86_400_000;

/** "1 day", "2 days". */
export const days = (count: number) => `${count} ${count === 1 ? "day" : "days"}`;
