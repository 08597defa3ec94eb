import { createHash } from "node:crypto";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { escapeText, html } from "../../review/html/markup";
import { chart } from "../../review/html/svg";
import type { Review } from "../../review/review";
import { results } from "../policies/stack/releases";
import { remove, replace } from "../shipped";
import { blocked, pageOf, promotion, reviewOf } from "./htmlReviews";

const staging = "Pulumi.staging.yaml";

/** What is read of an element of linkedom's. */
interface Element {
  localName: string;
  textContent: string;
  attributes: Iterable<{ name: string; value: string }>;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

const parsed = (text: string) => parseHTML(text).document as unknown as Element;
const all = (text: string, selector: string) => [...parsed(text).querySelectorAll(selector)];
const words = (text: string, selector: string) =>
  all(text, selector).map(({ textContent }) => textContent.replace(/\s+/g, " ").trim());
/** The cells of the table that has this label, by rows. */
const cells = (text: string, label: string) =>
  all(text, `table[aria-label="${label}"] tbody tr`).map((row) =>
    [...row.querySelectorAll("td")].map(({ textContent }) => textContent.replace(/\s+/g, " ").trim()),
  );

describe("what a reviewer sees first", () => {
  it("is what blocks, how much of it is new, and what the change touches", () => {
    const page = pageOf([blocked()]);
    expect(words(page, "title, h1")).toEqual([
      "3 findings block staging and production – Lockstep",
      "✗ 3 findings block staging and production",
    ]);
    expect(words(page, ".verdict p")).toEqual([
      "Project lockstep; all of them come with this change; the change touches 3 values in staging and 1 value in production.",
    ]);
    expect(words(page, ".warning")).toEqual([
      "! Look closely: the change edits what the rules themselves ask for: release-complete.minimumSignOffs from the default to 0.",
    ]);
    expect(words(page, ".finding")[0]).toBe(
      "✗violation limits-stricter new staging's limits.monthlyUsd Pulumi.staging.yaml:23 blocks staging and production found20,000 USD per monthallowedless than production's 20,000 USD per monthremedyLower limits.monthlyUsd in Pulumi.staging.yaml, or raise production's.",
    );
    expect(words(page, "h2")).toEqual([
      "What blocks",
      "Environments",
      "What changes",
      "Limits",
      "Evidence",
      "Routes and models",
      "Spend if limits are used to the full",
      "Money",
      "All differences",
    ]);
  });

  it("is that nothing blocks, where nothing does", () => {
    const page = pageOf([reviewOf()]);
    expect(words(page, "h1")).toEqual(["✓ Nothing blocks staging and production"]);
    expect(words(page, ".verdict p")).toEqual(["Project lockstep; the change touches no value."]);
    expect(words(page, ".group")).toEqual([
      "staging: 0 valuesNo value changes.",
      "production: 0 valuesNo value changes.",
    ]);
    expect(all(page, ".finding, .warning, .filter")).toEqual([]);
  });

  it("is every pair's verdict, where there are several, and each id stands once", () => {
    const page = pageOf([reviewOf(), blocked()]);
    expect(words(page, "h1, h2")).toEqual([
      "1 of 2 pairs is blocked",
      "✓ Nothing blocks staging and production",
      "✗ 3 findings block staging and production",
    ]);
    const ids = all(page, "[id]").map((one) => one.getAttribute("id"));
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of all(page, 'a[href^="#"]')) expect(ids).toContain(one.getAttribute("href")?.slice(1));
  });

  it("is that a pair is removed, and not that nothing blocks it", () => {
    const page = pageOf([reviewOf(remove(staging), remove("Pulumi.production.yaml"))]);
    expect(words(page, "title, h1")).toEqual([
      "The change removes staging and production – Lockstep",
      "! The change removes staging and production",
    ]);
    expect(words(page, ".verdict p")).toEqual([
      "Project lockstep; what they have deployed stays as it is, and nobody can update or destroy it without these files.",
    ]);
  });

  it("is what could not be decided, or read", () => {
    const hidden = pageOf([
      reviewOf(replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: { secure: AAABAExampleCiphertext }\n")),
    ]);
    expect(words(hidden, ".finding strong")).toEqual(["config-valid"]);
    expect(words(hidden, ".finding .mark")).toEqual(["? cannot be decided"]);
    expect(words(hidden, "#pair-1-undecided li")[0]).toBe(
      "staging (staging) cannot be read after the change, so nothing is said about its values.",
    );
    expect(hidden).not.toContain("AAABAExampleCiphertext");
    const gone = pageOf([reviewOf(remove(staging))]);
    expect(words(gone, "#pair-1-undecided li")).toEqual([
      "staging (staging) is not there after the change, so nothing is said about its values.",
    ]);
    expect(words(gone, ".sides tbody tr")[0]).toMatch(/^behaviour[0-9a-f]{12}… →to not there[0-9a-f]{12}…$/);
  });
});

describe("the numbers beside the charts", () => {
  it("of limits have the broken ones first, told by words and a dashed outline", () => {
    const page = pageOf([blocked()]);
    expect(cells(page, "Limits").slice(0, 3)).toEqual([
      ["limits.monthlyUsd", "", "20,000", "20,000", "100 %", "USD per month", "✗ not stricter"],
      ["limits.requestsPerMinute", "", "1,500", "1,200", "125 %", "requests per minute", "✗ not stricter"],
      ["limits.dailyUsd", "", "100", "1,000", "10 %", "USD per day", "✓ stricter"],
    ]);
    const charts = all(page, 'table[aria-label="Limits"] svg');
    expect(charts[0]?.getAttribute("aria-label")).toBe("100 % of production's");
    expect(charts.map((one) => [...one.querySelectorAll("[stroke-dasharray]")].length).slice(0, 3)).toEqual([
      1, 1, 0,
    ]);
  });

  it("of evidence have what fails first, then what is not decided, then the least room", () => {
    const page = pageOf([
      promotion((kind, made) => {
        const slow =
          results("load", { "firstToken.p95Seconds": 3, "firstToken.p99Seconds": 4 })(kind, made) ?? made;
        return results("eval", { "targets.0.score": { value: 0.86, low: 0.84, high: 0.88 } })(kind, slow);
      }),
    ]);
    expect(cells(page, "Closest criteria").slice(0, 3)).toEqual([
      ["maxFirstTokenP95Secondsload", "", "3 seconds", "at most 2.5 seconds", "-20 %", "✗ fails"],
      [
        "minScoreeval, support-chat on chat-large",
        "",
        "0.86 (interval 0.84 to 0.88)",
        "at least 0.85 at the interval's lower end",
        "-1.2 %",
        "? inconclusive",
      ],
      [
        "minScoreeval, support-chat on chat-in-account",
        "",
        "0.925 (interval 0.85 to 1)",
        "at least 0.85 at the interval's lower end",
        "+0 %",
        "✓ passes",
      ],
    ]);
    expect(all(page, 'table[aria-label="Closest criteria"] svg')[0]?.getAttribute("aria-label")).toBe(
      "120 % of the threshold, fails",
    );
    expect(cells(page, "Latency under load")).toEqual([
      ["first token", "0.1 s", "3 s", "4 s", "p95 2.5 s, p99 5 s"],
      ["whole answer", "1 s", "2 s", "3 s", ""],
    ]);
  });

  it("of models say what is given up against the first one", () => {
    const page = pageOf([
      promotion(
        results("eval", {
          "targets.1.score": { value: 0.885, low: 0.86, high: 0.91 },
          "targets.1.usdPerRequest": 0.006,
        }),
      ),
    ]);
    expect(cells(page, "Models of support-chat")).toEqual([
      [
        "A chat-largegpt-5.4-2026-03-05openai",
        "0.9250.85 to 140 cases",
        "0.015 USD",
        "4 s",
        "the first target",
      ],
      [
        "B chat-in-accountus.anthropic.claude-haiku-4-5-20251001-v1:0bedrock, us-east-1",
        "0.8850.86 to 0.9140 cases",
        "0.006 USD",
        "4 s",
        "score -0.040, within the intervals; cost -60 %",
      ],
      [
        "C chat-fastclaude-sonnet-5anthropic, by way of economy-chat",
        "0.9250.85 to 140 cases",
        "0.015 USD",
        "4 s",
        "the same",
      ],
    ]);
  });

  it("of models say what was measured on another behaviour, against stand-ins, or not at all", () => {
    const one = reviewOf();
    const measured = one.routes[0]?.targets[0]?.measured;
    if (measured === undefined) throw new Error("Nothing is measured.");
    const stub = {
      ...measured,
      source: { ...measured.source, isCurrent: false, providers: "stub" as const },
    };
    const [route] = one.routes;
    const withTargets = (targets: NonNullable<typeof route>["targets"]): Review => ({
      ...one,
      routes: route ? [{ ...route, targets }] : [],
    });
    const [first, second] = route?.targets ?? [];
    if (first === undefined || second === undefined) throw new Error("There are no targets.");
    const page = pageOf([
      withTargets([
        { ...first, measured: stub },
        { ...second, measured: undefined },
      ]),
    ]);
    expect(words(page, "figcaption").find((text) => text.startsWith("support-chat"))).toBe(
      `support-chat: quality against cost. Score with its interval, higher is better, against what a request costs. Measured on another behaviour, ${measured.source.hash.slice(0, 12)}…, not on the one that this change leaves. Measured against stand-ins for the providers: it says nothing about a model.`,
    );
    expect(cells(page, "Models of support-chat")[1]?.slice(1)).toEqual([
      "nothing measured it",
      "",
      "",
      "unknown",
    ]);
    const none = pageOf([withTargets([{ ...first, measured: undefined }])]);
    expect(words(none, "figcaption").find((text) => text.startsWith("support-chat"))).toBe(
      "support-chat: quality against cost. Nothing measured any of its models.",
    );
  });

  it("of routes have the time before, and say where the deadline is not held", () => {
    const one = reviewOf();
    const routes = one.routes.map((route, index) => ({
      ...route,
      deadlineSeconds: [60, undefined, 60][index],
      worstSeconds: { before: [30, undefined, 60][index], after: [63.84, 40, 60][index] ?? 0 },
    }));
    const page = pageOf([{ ...one, routes }]);
    expect(cells(page, "The longest time of each route")).toEqual([
      ["support-chat", "", "30", "63.8", "60", "✗ over it"],
      ["ticket-triage", "", "none", "40", "none", ""],
      ["economy-chat", "", "60", "60", "60", "✓ within it"],
    ]);
  });

  it("of spend and releases are those of the review", () => {
    const page = pageOf([promotion()]);
    expect(cells(page, "Spend in staging by model")[0]).toEqual(["chat-large", "", "125,280", "63 times"]);
    expect(cells(page, "Money of releases")).toEqual([
      ["chat-upgrade support-chat", "300,000", "+169.50", "+210.00"],
    ]);
    expect(cells(page, "Checklist of chat-upgrade").map(([item, state]) => [item, state])).toEqual([
      ["hypothesis", "✓ done"],
      ["token delta", "✓ done"],
      ["way back", "✓ done"],
      ["sign-offs", "✓ done"],
    ]);
    expect(words(page, ".sides tbody tr")[1]).toBe("carrieschat-upgradeno release →to chat-upgrade");
  });
});

describe("the table of all differences", () => {
  it("has each change once, with the environments that it concerns", () => {
    const page = pageOf([reviewOf(replace("Pulumi.yaml", "deadlineSeconds: 180", "deadlineSeconds: 200"))]);
    expect(cells(page, "All differences")).toEqual([
      [
        "support-chat deadline from 180 to 200 seconds",
        "180 seconds",
        "200 seconds",
        "mirrored",
        "staging, production",
        expect.stringMatching(/^Pulumi\.yaml:\d+$/),
      ],
    ]);
    expect(words(page, ".filter option")).toEqual(["all relations", "mirrored"]);
  });
});

describe("a page is safe", () => {
  const attacks = [
    "<script>alert(1)</script>",
    "</title></style></script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an attack is a plain text.
    "`${alert(1)}`",
    "<!-- --><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "\u202egnp.exe\u0000\u0007",
  ];

  /** Puts a text into every string of a review that comes from a file. */
  function poisoned<T>(value: T, attack: string): T {
    if (typeof value === "string") return `${attack}${value}` as T;
    if (Array.isArray(value)) return value.map((one) => poisoned(one, attack)) as T;
    if (typeof value !== "object" || value === null) return value;
    const kept = new Set([
      "tier",
      "relation",
      "outcome",
      "status",
      "kind",
      "isNew",
      "counts",
      "providers",
      "state",
    ]);
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, kept.has(key) ? one : poisoned(one, attack)]),
    ) as T;
  }

  const elements = new Set(all(pageOf([promotion(), blocked()]), "*").map(({ localName }) => localName));

  it.each(attacks)("whatever stands in the files: %j", (attack) => {
    const page = pageOf(
      [promotion(), blocked()].map((one) => poisoned(one, attack)),
      () => `${attack}`,
    );
    expect(page.match(/<script/gi)).toHaveLength(1);
    expect(page.match(/<style/gi)).toHaveLength(1);
    const found = all(page, "*");
    expect(found.filter(({ localName }) => !elements.has(localName))).toEqual([]);
    const names = found.flatMap(({ attributes }) => [...attributes].map(({ name }) => name));
    expect(names.filter((name) => /^(on|style$|srcdoc$)/.test(name))).toEqual([]);
    expect(all(page, "a").filter((one) => !one.getAttribute("href")?.startsWith("#"))).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it("shows an attack as the text that it is", () => {
    const page = pageOf([poisoned(blocked(), "<b>&amp;")]);
    expect(words(page, ".finding dd")[0]).toBe("<b>&amp;20,000 USD per month");
    expect(html`<i title="${`"'`}">${"<&>`"}</i>`.text).toBe(
      '<i title="&#34;&#39;">&#60;&#38;&#62;&#96;</i>',
    );
    expect(escapeText("a\nb\u202e")).toBe("a\\u{a}b\\u{202e}");
  });

  it("allows nothing but its own style and script", () => {
    const page = pageOf([blocked()]);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
    const hash = (name: string) => {
      const content = new RegExp(`<${name}>([^]*?)</${name}>`).exec(page)?.[1] ?? "";
      return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
    };
    expect(policy).toBe(
      `default-src 'none'; style-src ${hash("style")}; script-src ${hash("script")}; img-src data:; base-uri 'none'; form-action 'none'`,
    );
  });

  it("has charts without the styles that Plot writes, and with their texts escaped", () => {
    const drawn = chart('a "chart"', {
      width: 40,
      height: 20,
      x: { axis: null },
      marks: [
        Plot.text(["<b onclick=x>"], { x: 0, text: (one) => one, mixBlendMode: "multiply", fontFamily: "x" }),
      ],
    }).text;
    expect(drawn).toMatch(
      /^<svg role="img" aria-label="a &#34;chart&#34;" viewBox="0 0 40 20" width="40" height="20"/,
    );
    expect(drawn).toMatch(/<text[^<>]*>&#60;b onclick=x&#62;<\/text>/);
    expect(drawn).not.toMatch(/style|class=|font-family|mix-blend/);
  });

  it("loads nothing, and links to the web alone", () => {
    const page = pageOf([blocked()], ({ file, line }) => `https://example.com/${file}#L${line}`);
    expect(
      page
        .match(/(src|srcset|href|action|data)="(?!#)[^"]*"|url\(|@import/g)
        ?.filter((one) => !one.startsWith('href="https://example.com/')),
    ).toEqual(['href="data:,"']);
    expect(all(page, ".finding a")[0]?.getAttribute("href")).toBe(
      "https://example.com/Pulumi.staging.yaml#L23",
    );
    for (const url of [
      "javascript:alert(1)",
      "data:text/html,x",
      "file:///etc/passwd",
      "//example.com",
      "a b",
    ])
      expect(
        all(
          pageOf([blocked()], () => url),
          ".finding a",
        ),
      ).toEqual([]);
  });
});

describe("a page is bounded", () => {
  it("however much is found and changed, and says what it leaves out", () => {
    const one = blocked();
    const [finding] = one.findings;
    const [environment] = one.environments;
    const [change] = environment?.changes ?? [];
    if (!finding || !environment || !change) throw new Error("Nothing blocks.");
    const many = <T>(of: (index: number) => T) => Array.from({ length: 2_300 }, (_, index) => of(index));
    const page = pageOf([
      {
        ...one,
        findings: many((index) => ({ ...finding, object: `limit ${index}`, found: "x".repeat(5_000) })),
        environments: [
          { ...environment, changes: many((index) => ({ ...change, words: `change ${index}` })) },
        ],
      },
    ]);
    expect(words(page, "h1")).toEqual(["✗ 2,300 findings block staging and production"]);
    expect(all(page, ".finding")).toHaveLength(2_006);
    expect(words(page, ".finding dd")[0]).toBe(`${"x".repeat(2_000)} … and 3,000 more characters`);
    expect(words(page, ".rest")).toEqual([
      "294 more are left out here: the list ends after 2,000.",
      "300 more are left out here: the list ends after 2,000.",
    ]);
    expect(page.length).toBeLessThan(8_000_000);
  });

  it("and is small where little changes", () => {
    expect(pageOf([blocked()]).length).toBeLessThan(250_000);
  });
});
