import { missing, pulumi } from "./harness";

/** One plain line where the tests on the real engine are skipped. */
export default function say(): void {
  if (pulumi === undefined) process.stderr.write(`${missing}: the tests on the real engine are skipped.\n`);
}
