import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { confirm } from "../../cli/confirm";
import { paint } from "../../review/terminal";

let root: string;
let printed: string;
const output = {
  out: (text: string) => {
    printed += text;
  },
  err: () => {},
  terminal: true,
  style: paint(false),
};
const changes = [{ path: "a.txt", before: "1\n", after: "2\n" }];
const diff = "--- a.txt\n+++ a.txt\n@@ -1,1 +1,1 @@\n-1\n+2\n\n";
const content = () => readFileSync(join(root, "a.txt"), "utf8");

beforeEach(() => {
  printed = "";
  root = mkdtempSync(join(tmpdir(), "lockstep-confirm-"));
  writeFileSync(join(root, "a.txt"), "1\n");
});
afterEach(() => rmSync(root, { recursive: true }));

describe("changes", () => {
  const asking = (answer: string) => {
    const questions: string[] = [];
    const ask = (question: string) => {
      questions.push(question);
      return Promise.resolve(answer);
    };
    return { questions, run: () => confirm(root, changes, { yes: false, dryRun: false }, output, ask) };
  };

  it.each(["y", "Y", " yes ", "YES"])("are written after %j", async (answer) => {
    const { questions, run } = asking(answer);
    expect(await run()).toEqual({ written: true, code: 0 });
    expect(questions).toEqual(["Write these changes? [y/N] "]);
    expect([printed, content()]).toEqual([diff, "2\n"]);
  });

  it.each(["", "n", "no", "yess", "ja"])("are not written after %j", async (answer) => {
    expect(await asking(answer).run()).toEqual({ written: false, code: 2 });
    expect([printed, content()]).toEqual([`${diff}Nothing was written.\n`, "1\n"]);
  });

  it("are written without a question where that was said", async () => {
    expect(await confirm(root, changes, { yes: true, dryRun: false }, output, undefined)).toEqual({
      written: true,
      code: 0,
    });
    expect(content()).toBe("2\n");
  });

  it("are not written over what somebody else has changed in the meantime", async () => {
    writeFileSync(join(root, "a.txt"), "3\n");
    await expect(confirm(root, changes, { yes: true, dryRun: false }, output, undefined)).rejects.toThrow(
      "a.txt was changed in the meantime: nothing was written.",
    );
    expect(content()).toBe("3\n");
  });
});
