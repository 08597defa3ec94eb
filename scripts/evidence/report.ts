import Table from "cli-table3";
import type { Assessment } from "../../lifecycle/assess";

/** Every criterion of every kind, with what was measured. */
export function report(assessments: readonly Assessment[]): string {
  const table = new Table({
    head: ["kind", "criterion", "measured", "asked for", ""],
    style: { head: [], border: [], compact: true },
  });
  for (const { kind, criteria, shortfalls } of assessments) {
    for (const { name, subject, measured, required, outcome } of criteria)
      table.push([kind, subject === undefined ? name : `${name}: ${subject}`, measured, required, outcome]);
    // What is not a criterion: age, size, and evidence that does not count at all.
    const told = new Set(criteria.map(({ name }) => name));
    for (const { path, found, allowed } of shortfalls)
      if (!told.has(path[0] ?? "")) table.push([kind, path.join(" "), found, allowed, "fails"]);
  }
  return table.toString();
}
