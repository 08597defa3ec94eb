import { describe, expect, it } from "vitest";
import { exposed, missing } from "./queries";

const scrape = `# HELP a_total What it is.
# TYPE a_total counter
a_total{route="x",why="a \\"b=\\" c"} 1.0
a_total{route="y",more="z"} 2.0
b_bucket{le="0.5"} 1.0
up_one 3.0
`;

describe("what a scrape exposes", () => {
  it("is every series with all of its labels, and not what stands in their values", () => {
    expect(exposed(scrape)).toEqual({ a_total: ["more", "route", "why"], b_bucket: ["le"], up_one: [] });
  });
});

describe("what a query misses", () => {
  it.each<[string, string[]]>([
    ['sum by (route) (increase(a_total{namespace="n",why!="x"}[5m]))', []],
    ['sum(a_totals{namespace="n"})', ["a_totals"]],
    ['sum by (rout) (a_total{namespace="n"})', ["a_total{rout}"]],
    ['a_total{why=~"x",whi!~"y"}', ["a_total{whi}"]],
    ['histogram_quantile(0.9, sum by (le) (rate(b_bucket{pod="p"}[5m]))) and sum(a_total{}) > 1', []],
    ["sum by (route) (a_total{}) / sum by (route) (up_one{})", ["up_one{route}"]],
    ['max by (namespace, cronjob) (kube_cronjob_status_last_successful_time{namespace="n"})', []],
    [
      'kube_cronjob_status_last_successful_times{namespace="n"}',
      ["kube_cronjob_status_last_successful_times"],
    ],
  ])("%s", (query, expected) => {
    expect(missing(query, exposed(scrape))).toEqual(expected);
  });
});
