import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Alert, runbookOf } from "../../components/alerts";
import { shippedEnvironment } from "../components/shippedEnvironment";

const page = readFileSync(join(__dirname, "../../docs/monitoring.md"), "utf8");

const shippedAlerts = async (): Promise<Alert[]> => {
  const made = await shippedEnvironment("production");
  const { spec } = made.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs;
  return (spec as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);
};

it("the table of alerts is that of the rules: names in their order, runbooks, severities, times", async () => {
  const alerts = await shippedAlerts();
  const rows = [...page.matchAll(/^\| \[`(\w+)`\]\(runbooks\/([\w-]+\.md)\) \| .+ \| (.+) \| (\w+) \|$/gm)];
  expect(rows.map(([, name, file, , lasting]) => [name, file, lasting])).toEqual(
    [...new Map(alerts.map((one) => [one.alert, one])).values()].map(({ alert, for: lasting }) => [
      alert,
      runbookOf(alert),
      lasting,
    ]),
  );
  for (const [, name, , severity = ""] of rows) {
    const severities = alerts.filter(({ alert }) => alert === name).map(({ labels }) => labels.severity);
    expect(new Set(severity.match(/warning|critical/g)), name).toEqual(new Set(severities));
  }
});

it("the counts that are named are those that the rules ask for", async () => {
  const counts = (await shippedAlerts()).flatMap(
    ({ expr }) => / [<>] [\d.]+ and .* >=? (\d+)$/.exec(expr)?.[1] ?? [],
  );
  expect(new Set(counts)).toEqual(new Set(["5", "20", "1000", "10000"]));
  expect(page).toContain("five of what it counts");
  expect(page).toContain("20 requests in its window,\na 99th 1,000, the cache 10,000 input tokens");
});
