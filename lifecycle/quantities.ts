import { z } from "zod";

export const ratio = () => z.number().min(0).max(1);

/** An estimate of a ratio with the ends of its interval. */
export const ratioInterval = z
  .strictObject({ value: ratio(), low: ratio(), high: ratio() })
  .refine(
    ({ value, low, high }) => low <= value && value <= high,
    "an interval with the value between its ends",
  );

export const seconds = () => z.number().min(0).max(86_400);
export const whole = () => z.int().min(0);
export const sha256 = () =>
  z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256: 64 hexadecimal digits in lower case");
