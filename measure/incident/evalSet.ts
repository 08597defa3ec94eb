import { isMap, isSeq, parseDocument } from "yaml";
import { canonicalJson } from "../../config/hash";
import { isRecord } from "../../config/record";
import { IncidentError, type RegressionCase } from "./case";

/**
 * The text of an eval set with one more case, all other bytes as they were. A set is a file of promptfoo's tests: one
 * JSON object a line, or in YAML a list, or a map whose `tests` is one.
 *
 * @throws IncidentError where the file is none, or has the case already.
 */
export function withCase(before: string | undefined, file: string, added: RegressionCase): string {
  if (file.endsWith(".jsonl")) return inJsonl(before ?? "", file, added);
  if (/\.ya?ml$/.test(file)) return inYaml(before ?? "", file, added);
  throw new IncidentError(`${file}: an eval set ends in .jsonl, .yaml or .yml.`);
}

/** With a space after each ":", which every reader of YAML takes. */
const flow = (value: object): string => JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");

const lineEnd = (text: string): string => (/\r\n/.test(text) ? "\r\n" : "\n");

function inJsonl(before: string, file: string, added: RegressionCase): string {
  const cases = before.split("\n").flatMap((line, index) => {
    const bare = line.replace(/^\ufeff/, "");
    if (bare.trim() === "") return [];
    try {
      const data: unknown = JSON.parse(bare);
      if (isRecord(data)) return [data];
    } catch {}
    throw new IncidentError(`${file}:${index + 1} is no JSON object: one test a line.`);
  });
  checkNew(cases, file, added);
  const end = before === "" || before.endsWith("\n") ? "" : lineEnd(before);
  return `${before}${end}${JSON.stringify(added)}${lineEnd(before)}`;
}

function inYaml(before: string, file: string, added: RegressionCase): string {
  if (before.trim() === "") return `${before}- ${flow(added)}\n`;
  const read = parsed(before, file);
  const list = testsOf(read.toJS());
  const node = isMap(read.contents) ? read.contents.get("tests", true) : read.contents;
  if (list === undefined || !isSeq(node) || node.flow === true || node.range == null || list.length === 0)
    throw new IncidentError(
      `${file}: tests have to be a list with a "-" before each, as the whole file or below "tests".`,
    );
  checkNew(list, file, added);
  const [start, , end] = node.range;
  const indent = before.slice(before.lastIndexOf("\n", start - 1) + 1, start).replace(/^\ufeff/, "");
  // Behind the last test: what follows, comments and further keys, stays behind the new one.
  const last = before.slice(start, end).replace(/(?:\r?\n[ \t]*(?:#.*)?)*$/, "");
  const at = start + last.length;
  const newline = lineEnd(before);
  const after = `${before.slice(0, at)}${newline}${indent}- ${flow(added)}${before.slice(at) || newline}`;
  const wanted = isRecord(read.toJS())
    ? { ...(read.toJS() as object), tests: [...list, added] }
    : [...list, added];
  if (!/^\s*$/.test(indent) || !sameYaml(after, wanted))
    throw new IncidentError(
      `${file}: a test cannot be put behind its last one without changing others; put one in a file of its own.`,
    );
  return after;
}

function sameYaml(text: string, wanted: unknown): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && canonicalJson(document.toJS()) === canonicalJson(wanted);
}

function parsed(text: string, file: string) {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    throw new IncidentError(`${file}${line === undefined ? "" : `:${line}`} is no YAML.`);
  }
  return document;
}

const testsOf = (data: unknown): unknown[] | undefined => {
  const list = isRecord(data) ? data.tests : data;
  return Array.isArray(list) ? list : undefined;
};

function checkNew(cases: readonly unknown[], file: string, added: RegressionCase): void {
  const { request_sha256 } = added.metadata.incident;
  for (const [index, one] of cases.entries()) {
    if (!isRecord(one)) continue;
    const incident = isRecord(one.metadata) && isRecord(one.metadata.incident) ? one.metadata.incident : {};
    const messages = isRecord(one.vars) ? one.vars.messages : undefined;
    if (incident.request_sha256 === request_sha256)
      throw new IncidentError(`${file} has this request already: its test ${index + 1}.`);
    if (messages === added.vars.messages)
      throw new IncidentError(
        `${file} has the same conversation already: its test ${index + 1}. Add what is asserted there.`,
      );
  }
}
