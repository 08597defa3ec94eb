import type { ProjectFiles } from "../config/files";
import { isRecord } from "../config/record";
import { describeValue } from "../config/value";
import { settingsFile } from "../policies/ruleset";

/** One setting of the rules that a change edits. */
export interface SettingChange {
  /** "release-complete.minimumSignOffs"; the file where it cannot be told. */
  path: string;
  before: string;
  after: string;
}

/** What a change edits of what the rules ask for. */
export function settingChanges(before: ProjectFiles | undefined, after: ProjectFiles): SettingChange[] {
  const [old, now] = [before, after].map((files) => textOf(files));
  if (before === undefined || old === now) return [];
  const [was, is] = [leavesOf(old), leavesOf(now)];
  if (was === undefined || is === undefined)
    return [{ path: settingsFile, before: "one text", after: "another one, which cannot be compared" }];
  const changes = [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((path) => {
    const [one, other] = [was.get(path), is.get(path)];
    return one === other ? [] : [{ path, before: one ?? unwritten, after: other ?? unwritten }];
  });
  return changes;
}

const unwritten = "the default";

function textOf(files: ProjectFiles | undefined): string {
  const read = files?.read(settingsFile);
  return read?.found ? Buffer.from(read.bytes).toString("utf8") : "{}";
}

/** The values by path; undefined where the text is no JSON object. */
function leavesOf(text: string | undefined): Map<string, string> | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
  if (!isRecord(data)) return undefined;
  const leaves = new Map<string, string>();
  const visit = (value: unknown, path: string): void => {
    if (isRecord(value) && Object.keys(value).length > 0)
      for (const [key, inner] of Object.entries(value)) visit(inner, path === "" ? key : `${path}.${key}`);
    else if (path !== "") leaves.set(path, describeValue(value));
  };
  visit(data, "");
  return leaves;
}
