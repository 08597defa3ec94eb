import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditHtml } from "../../review/html/report";
import { replace } from "../shipped";
import { clean, drifted } from "./auditReports";
import { blocked, pageOf, promotion, reviewOf } from "./htmlReviews";

/** A browser of the system, or the one that CHROMIUM names; Debian has it in the package "chromium". */
const executable = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"]
  .map((name) => name && spawnSync("which", [name], { encoding: "utf8" }).stdout?.trim())
  .find(Boolean);
const note = executable ? "" : " (skipped: Chromium is not installed)";
if (!executable) process.stderr.write("Chromium is not installed, so no browser has shown the page.\n");
const test = it.skipIf(!executable);

const axe = readFileSync(createRequire(__filename).resolve("axe-core/axe.min.js"), "utf8");

const desktop = { width: 1280, height: 900 };
const phone = { width: 375, height: 812 };

let browser: Browser;
beforeAll(async () => {
  if (executable)
    browser = await chromium.launch({ executablePath: executable, headless: true, args: ["--no-sandbox"] });
});
afterAll(() => browser?.close());

const pages = {
  drifted: () => auditHtml(drifted(), "1.2.3"),
  clean: () => auditHtml(clean(), "1.2.3"),
  blocked: () => pageOf([blocked()], ({ file, line }) => `https://example.com/${file}#L${line}`),
  promoted: () => pageOf([promotion()]),
  several: () =>
    pageOf([
      reviewOf(),
      blocked(),
      reviewOf(replace("Pulumi.staging.yaml", "dailyUsd: 100\n", "dailyUsd: 0100\n")),
    ]),
};

/** Where the page is served from, by the test itself; every other request is refused and kept. */
const address = "http://review.test/";

interface Seen {
  said: string[];
  requests: string[];
}

async function shown(
  text: string,
  options: BrowserContextOptions,
  use: (page: Page) => Promise<void> = async () => {},
): Promise<Seen> {
  const context = await browser.newContext(options);
  const [requests, said]: [string[], string[]] = [[], []];
  await context.route("**", (route) => {
    if (route.request().url() === address) return route.fulfill({ body: text, contentType: "text/html" });
    requests.push(route.request().url());
    return route.abort();
  });
  const page = await context.newPage();
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  try {
    await page.goto(address);
    await use(page);
    return { said, requests };
  } finally {
    await context.close();
  }
}

describe("in a browser", () => {
  test.each([
    ["blocked", "light", "desktop", desktop],
    ["blocked", "dark", "desktop", desktop],
    ["blocked", "light", "phone", phone],
    ["blocked", "dark", "phone", phone],
    ["promoted", "light", "desktop", desktop],
    ["promoted", "dark", "phone", phone],
    ["several", "light", "phone", phone],
    ["drifted", "light", "desktop", desktop],
    ["drifted", "dark", "phone", phone],
    ["clean", "light", "phone", phone],
  ] as const)(
    `the %s page in %s on a %s is accessible, as wide as the screen, and asks for nothing${note}`,
    async (name, colorScheme, _, viewport) => {
      const seen = await shown(pages[name](), { colorScheme, viewport }, async (page) => {
        // What is folded is looked at too.
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(viewport.width);
        await page.evaluate(axe);
        const { violations } = (await page.evaluate(
          "axe.run(document, { resultTypes: ['violations'] })",
        )) as {
          violations: { id: string; nodes: { html: string }[] }[];
        };
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      });
      expect(seen).toEqual({ said: [], requests: [] });
    },
  );

  test(`the filter leaves the rows that fit, and announces how many they are${note}`, async () => {
    await shown(pages.blocked(), { viewport: desktop }, async (page) => {
      const rows = () =>
        page.locator("table[aria-label='All differences'] tbody tr:visible td:first-child").allInnerTexts();
      const count = page.getByRole("status");
      const all = [
        "monthly budget from 2,000 to 20,000 USD per month (+900 %)",
        "requests per minute from 120 to 1,500 (+1,150 %)",
        'prompt ticket-triage: the content of "prompts/ticket-triage.md"',
      ];
      expect((await rows()).sort()).toEqual([...all].sort());
      expect(await count.innerText()).toBe("3 of 3 changes shown");
      expect(await count.getAttribute("aria-live")).toBe("polite");
      const search = page.getByRole("searchbox", { name: "Search" });
      await search.fill("BUDGET staging");
      expect(await rows()).toEqual([all[0]]);
      expect(await count.innerText()).toBe("1 of 3 changes shown");
      await search.fill("");
      await page.getByRole("combobox", { name: "Relation" }).selectOption("mirrored");
      expect(await rows()).toEqual([all[2]]);
      await search.fill("budget");
      expect(await rows()).toEqual([]);
      expect(await count.innerText()).toBe("0 of 3 changes shown");
      await search.press("Enter");
      expect(page.url()).toBe(address);
    });
  });

  test(`the keyboard reaches the theme, the filter and what is folded${note}`, async () => {
    await shown(pages.blocked(), { colorScheme: "light", viewport: desktop }, async (page) => {
      const focused = () => page.evaluate("document.activeElement.id || document.activeElement.localName");
      const reached: unknown[] = [];
      for (let step = 0; step < 80 && reached.at(-1) !== "select"; step++) {
        await page.keyboard.press("Tab");
        reached.push(await focused());
      }
      expect(reached.slice(0, 2)).toEqual(["a", "theme"]);
      expect(reached.slice(-2)).toEqual(["input", "select"]);
      expect(reached).toContain("summary");
      await page.keyboard.press("ArrowDown");
      expect(await page.getByRole("status").innerText()).not.toBe("3 of 3 changes shown");
    });
  });

  test(`the button turns the theme, whatever the system prefers${note}`, async () => {
    const ground = "getComputedStyle(document.body).backgroundColor";
    for (const [colorScheme, first, second] of [
      ["light", "rgb(255, 255, 255)", "rgb(20, 23, 28)"],
      ["dark", "rgb(20, 23, 28)", "rgb(255, 255, 255)"],
    ] as const)
      await shown(pages.promoted(), { colorScheme }, async (page) => {
        expect(await page.evaluate(ground)).toBe(first);
        await page
          .getByRole("button", { name: colorScheme === "light" ? "Dark theme" : "Light theme" })
          .press("Enter");
        expect(await page.evaluate(ground)).toBe(second);
        await page
          .getByRole("button", { name: colorScheme === "light" ? "Light theme" : "Dark theme" })
          .press("Enter");
        expect(await page.evaluate(ground)).toBe(first);
      });
  });

  test(`nothing stays folded on paper, and all is as it was after it${note}`, async () => {
    await shown(pages.blocked(), {}, async (page) => {
      const folded = () => page.locator("details:not([open])").count();
      const before = await folded();
      expect(before).toBe(2);
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      expect(await folded()).toBe(0);
      await page.evaluate("dispatchEvent(new Event('afterprint'))");
      expect(await folded()).toBe(before);
    });
  });

  test(`names and values as long as may be do not make a phone scroll sideways${note}`, async () => {
    const one = promotion();
    const long = (text: string) => `${text}${"x".repeat(300)}`;
    const text = pageOf([
      {
        ...one,
        project: long(one.project),
        limits: one.limits.map((limit) => ({ ...limit, path: long(limit.path) })),
        environments: one.environments.map((environment) => ({
          ...environment,
          changes: environment.changes.map((change) => ({
            ...change,
            words: long(change.words),
            after: long(""),
          })),
        })),
        routes: one.routes.map((route) => ({ ...route, route: long(route.route) })),
      },
    ]);
    for (const viewport of [desktop, phone])
      await shown(text, { viewport }, async (page) => {
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(viewport.width);
      });
  });

  test(`a foreign style, script or image is refused by the page itself${note}`, async () => {
    const marked = pages
      .promoted()
      .replace(
        "<main",
        '<script>alert(1)</script><img src="http://example.com/x.png" alt=""><main style="color: red"',
      );
    const { said, requests } = await shown(marked, {});
    expect(said.map((text) => /(?:img|script|style)-src/.exec(text)?.[0]).sort()).toEqual([
      "img-src",
      "script-src",
      "style-src",
    ]);
    expect(requests).toEqual([]);
  });
});
