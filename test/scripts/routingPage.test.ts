import { describe, expect, it } from "vitest";
import { type ProjectFiles, projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
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
  it("has a row for requests that went the same way, with the calls behind them", () => {
    const text = page(project()) ?? "";
    expect(text).toContain("\n| 429 | 1 to 5 | `chat-large` ×3, then `chat-in-account` | 200 |\n");
    expect(text).toContain("\n|  | 6 | `chat-large`, then `chat-in-account` | 200 |\n");
    expect(text).toContain(
      "\n| timeout | 1 to 2 | `chat-small` ×2, then `chat-fast` of `economy-chat` | 200 |\n",
    );
    expect(text).toContain("\n|  | 7 | none | 429 |\n");
    expect(text.match(/^## .+$/gm)).toEqual(["## support-chat", "## ticket-triage", "## economy-chat"]);
  });

  it("is not written where the evidence is about another behaviour", () => {
    const edited = project((path, text) =>
      path === "Pulumi.yaml" ? text.replace("topK: 8", "topK: 9") : undefined,
    );
    expect(page(edited)).toBe(undefined);
  });

  it("is not written from raw output that is not the evidence's", () => {
    const forged = project((path, text) =>
      /\/routing-.*\.raw\.json$/.test(path) ? text.replace(/"status": ?200/, '"status":201') : undefined,
    );
    expect(page(forged)).toBe(undefined);
  });
});
