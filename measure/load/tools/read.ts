import { gunzipSync } from "node:zlib";
import { isRecord } from "../../../config/record";
import { json, refuse } from "../../eval/problem";
import { readGuidellm } from "./guidellm";
import { k6Remedy, readK6 } from "./k6";
import type { ToolResults } from "./request";

/** k6 writes some 5 kB a request. */
export const maxToolBytes = 256 * 1024 * 1024;

/**
 * What another load generator wrote: guidellm's report, or k6's points, compressed or not.
 *
 * @throws ResultsError for anything else, and for k6's summaries, which have no arrivals.
 */
export function readTool(bytes: Uint8Array, file: string): ToolResults {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? unpacked(bytes, file) : Buffer.from(bytes);
  const first = plain.subarray(0, endOfLine(plain, 0)).toString("utf8");
  if (/^\{.*"type":"(Metric|Point)"/.test(first)) return readK6(linesOf(plain), file);
  const data = json(plain.toString("utf8"), file, "the document");
  if (isRecord(data)) {
    if (Array.isArray(data.benchmarks)) return readGuidellm(data, file);
    const summary = isRecord(data.results) ? data.results.metrics : data.metrics;
    if (summary !== undefined)
      refuse({
        file,
        at: "the document",
        found: "a summary of k6, which has percentiles and no arrivals",
        allowed:
          "each request with its time: whether they arrived as real traffic does cannot be decided without",
        remedy: k6Remedy,
      });
  }
  return refuse({
    file,
    at: "the document",
    found: "neither guidellm's report nor k6's points",
    allowed: "either of them",
    remedy: "Give what guidellm writes with --output kind=json, or k6 with --out json.",
  });
}

function unpacked(bytes: Uint8Array, file: string): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: 2 * maxToolBytes });
  } catch {
    return refuse({
      file,
      at: "the file",
      found: "compressed data that are cut off or too large",
      allowed: `at most ${(2 * maxToolBytes) / 1024 ** 2} MiB`,
      remedy: "Give the file as the tool wrote it.",
    });
  }
}

const endOfLine = (bytes: Buffer, from: number): number => {
  const end = bytes.indexOf(10, from);
  return end === -1 ? bytes.length : end;
};

/** No text of a whole file: that of a long run is larger than a string may be. */
function* linesOf(bytes: Buffer): Generator<readonly [number, string]> {
  let number = 1;
  for (let from = 0; from < bytes.length; number++) {
    const end = endOfLine(bytes, from);
    const text = bytes.subarray(from, end).toString("utf8");
    from = end + 1;
    if (text.trim() !== "") yield [number, text];
  }
}
