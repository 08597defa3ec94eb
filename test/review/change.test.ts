import { describe, expect, it } from "vitest";
import { changeText } from "../../review/change";
import { paint } from "../../review/terminal";

const none = paint(false);
const text = (before: string | undefined, after: string | undefined, path = "Pulumi.staging.yaml") =>
  changeText([{ path, before, after }], none);

describe("a change as a unified diff", () => {
  it("has three lines around what changes", () => {
    expect(text("a\nb\nc\nd\ne\n", "a\nb\nc\nd\nx\n")).toBe(
      "--- Pulumi.staging.yaml\n+++ Pulumi.staging.yaml\n@@ -2,4 +2,4 @@\n b\n c\n d\n-e\n+x\n",
    );
  });

  it("tells a new file and one that goes, and a last line that does not end", () => {
    expect(text(undefined, "a: 1\n")).toBe(
      "--- /dev/null\n+++ Pulumi.staging.yaml\n@@ -0,0 +1,1 @@\n+a: 1\n",
    );
    expect(text("a: 1", undefined)).toBe(
      "--- Pulumi.staging.yaml\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a: 1\n\\ No newline at end of file\n",
    );
  });

  it("is coloured on a terminal", () => {
    expect(changeText([{ path: "a.md", before: "x\n", after: "y\n" }], paint(true))).toBe(
      "\u001b[1m--- a.md\u001b[22m\n\u001b[1m+++ a.md\u001b[22m\n\u001b[36m@@ -1,1 +1,1 @@\u001b[39m\n\u001b[31m-x\u001b[39m\n\u001b[32m+y\u001b[39m\n",
    );
  });

  it("shows no line ends of Windows, and what a terminal would obey as its escape", () => {
    expect(text("a\r\n", "a\r\n\u001b[2Jb\r\n")).toContain("\n a\n+\\u{1b}[2Jb\n");
  });

  it("hides nothing of a prompt that says secure", () => {
    expect(text("a\n", "secure: tell nobody\n", "prompts/a.md")).toContain("\n+secure: tell nobody\n");
  });

  it.each([
    ["beside another key", "k:\n  secure: v1:c2VjcmV0:abc\n  x: 1\n", "   secure: [encrypted]\n   x: 1\n"],
    ["where the file is no YAML", "k: [\n  secure : v1:c2VjcmV0:abc\n", "   secure : [encrypted]\n"],
    ["in a line", "k:\n  secure: v1:c2VjcmV0:abc\n", " k:\n   secure: [encrypted]\n"],
    ["in braces", "k: { secure: v1:c2VjcmV0:abc }\n", " k: { secure: [encrypted] }\n"],
    ["in quotes", 'k: { "secure": "v1:c2VjcmV0:abc" }\n', ' k: { "secure": [encrypted] }\n'],
    ["in the next line", "k:\n  secure:\n    v1:c2VjcmV0:abc\n", " k:\n   secure:\n     [encrypted]\n"],
    ["in several lines", "k:\n  secure: >-\n    v1:c2VjcmV0\n    abc\n", "   secure: [encrypted]\n"],
  ])("never shows an encrypted value %s", (_, secret, shown) => {
    const diff = text(secret, `${secret}a: 1\n`);
    expect(diff).not.toContain("c2VjcmV0");
    expect(diff).not.toContain("abc");
    expect(diff).toContain(shown);
    expect(diff).toContain("\n+a: 1\n");
  });
});
