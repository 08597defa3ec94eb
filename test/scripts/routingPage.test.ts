import { describe, expect, it } from "vitest";
import { type ProjectFiles, projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { requiredFaults } from "../../lifecycle/kinds/routing";
import { routingPage } from "../../scripts/routingPage";
import { root } from "../project";

/** The project as it is, with some files' texts changed. */
function project(change: (path: string, text: string) => string | undefined = () => undefined): ProjectFiles {
  const files = projectFiles(root);
  return {
    list: (folder) => files.list(folder),
    read(path) {
      const read = files.read(path);
      const text = read.found ? change(path, Buffer.from(read.bytes).toString("utf8")) : undefined;
      return text === undefined ? read : { found: true, bytes: Buffer.from(text) };
    },
  };
}

function page(files: ProjectFiles): string | undefined {
  const { pair } = loadPair(files, "production");
  if (pair === undefined) throw new Error("the pair cannot be read");
  return routingPage(files, pair);
}

describe("the page of what routes do under faults", () => {
  it("has a row for requests that went the same way, with the calls behind them, in the order of the faults", () => {
    const text = page(project()) ?? "";
    expect(text).toContain("\n| 429 | one | `chat-large` ×3, then `chat-in-account` | 200 | ");
    expect(text).toContain("\n|  | 4 at once | `chat-large` ×3, then `chat-in-account` | 200 | ");
    expect(text).toContain("\n|  | afterwards | `chat-large`, then `chat-in-account` | 200 | ");
    expect(text).toContain(
      "\n| timeout | one | `chat-small` ×2, then `chat-fast` of `economy-chat` | 200 | ",
    );
    expect(text).toContain("\n|  | afterwards | none | 429 all_deployments_in_cooldown | ");
    expect(text).toContain("\n|  | afterwards | none | 200, breaker open, the declared answer | ");
    expect(text).toContain("Production's gateway did the same.");
    expect(text.match(/^## .+$/gm)).toEqual(["## support-chat", "## ticket-triage", "## economy-chat"]);
    const faults = [...text.matchAll(/^\| ([^|]+) \| one \|/gm)].map(([, fault]) => fault);
    expect(faults).toEqual([...requiredFaults, ...requiredFaults, ...requiredFaults]);
  });

  it("is not written where the evidence is about another behaviour", () => {
    const edited = project((path, text) =>
      path === "Pulumi.yaml" ? text.replace("topK: 8", "topK: 9") : undefined,
    );
    expect(page(edited)).toBe(undefined);
  });

  it("is not written from raw output that is not the evidence's", () => {
    const forged = project((path, text) =>
      /\/routing-.*\.raw\.json$/.test(path) ? text.replace(/"client": ?"200"/, '"client":"201"') : undefined,
    );
    expect(page(forged)).toBe(undefined);
  });
});
