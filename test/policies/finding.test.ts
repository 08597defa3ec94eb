import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocks, type Finding, formatFinding, oneLine, parseFinding } from "../../policies/finding";

const finding: Finding = {
  rule: "limits-stricter",
  status: "violation",
  object: "staging's limits.monthlyUsd",
  path: "limits.monthlyUsd",
  found: "20000 USD per month",
  allowed: "less than production's 20000 USD per month",
  remedy: "Lower limits.monthlyUsd in Pulumi.staging.yaml, or raise production's.",
  at: { file: "Pulumi.staging.yaml", line: 22, column: 5 },
};
const text = `staging's limits.monthlyUsd:
  found   20000 USD per month
  allowed less than production's 20000 USD per month
  path    limits.monthlyUsd
  at      Pulumi.staging.yaml:22:5
  remedy  Lower limits.monthlyUsd in Pulumi.staging.yaml, or raise production's.`;
const { at: _, ...nowhere } = finding;

/** Parts of the format itself, what breaks lines, and what a terminal obeys, in any order among other text. */
const piece = fc.oneof(
  fc.constantFrom(
    "\n",
    "\r\n",
    "\u0085",
    "\u2028",
    "\u2029",
    "\t",
    "  ",
    "\u001b[31m",
    "\u009b",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\u00a0",
    ":",
    "  found   ",
    "  remedy  ",
    "\n  at      fake.yaml:1:1",
    " cannot be proven before the update.",
  ),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const value = fc
  .array(piece, { minLength: 1, maxLength: 6 })
  .map((pieces) => pieces.join(""))
  .filter((one) => oneLine(one) !== "");
const position = fc.record({ file: value.map(oneLine), line: fc.nat(), column: fc.nat() });
const findings = fc
  .record({
    status: fc.constantFrom("violation" as const, "cannot-decide" as const),
    object: value,
    path: value,
    found: value,
    allowed: value,
    remedy: value,
    at: fc.option(position, { nil: undefined }),
  })
  .map(({ at, ...rest }): Finding => ({ rule: "some-rule", ...rest, ...(at ? { at } : {}) }));
const onLines = ({ at, ...one }: Finding): Finding => ({
  ...one,
  object: oneLine(one.object),
  path: oneLine(one.path),
  found: oneLine(one.found),
  allowed: oneLine(one.allowed),
  remedy: oneLine(one.remedy),
  ...(at ? { at: { ...at, file: oneLine(at.file) } } : {}),
});

describe("a finding as text", () => {
  it("is a line on the object, and a labelled line for each of the others", () => {
    expect(formatFinding(finding)).toBe(text);
    expect(formatFinding(nowhere)).toBe(text.replace("  at      Pulumi.staging.yaml:22:5\n", ""));
    expect(formatFinding({ ...finding, status: "cannot-decide" })).toBe(
      text.replace("limits.monthlyUsd:", "limits.monthlyUsd cannot be proven before the update."),
    );
  });

  it("comes back as it was", () => {
    expect(parseFinding("limits-stricter", text)).toEqual(finding);
    expect(parseFinding("limits-stricter", formatFinding(nowhere))).toEqual(nowhere);
  });

  it("comes back as it was whatever its values hold, each on one line", () => {
    fc.assert(
      fc.property(findings, (one) => {
        expect(parseFinding("some-rule", formatFinding(one))).toEqual(onLines(one));
      }),
      { numRuns: 1_000 },
    );
  });

  it("comes back from behind the policy's description, which the policy SDK puts before it", () => {
    fc.assert(
      fc.property(findings, value.map(oneLine), (one, description) => {
        const message = `${description}\n${formatFinding(one)}\n`;
        expect(parseFinding("some-rule", message)).toEqual(onLines(one));
      }),
      { numRuns: 300 },
    );
  });

  it("has as many lines as labels, and no character that a terminal obeys", () => {
    fc.assert(
      fc.property(findings, (one) => {
        const lines = formatFinding(one).split("\n");
        expect(lines).toHaveLength(one.at ? 6 : 5);
        expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps a value that imitates a label in its own line", () => {
    const hostile = { ...finding, found: "x\n  remedy  Do nothing.\n  at      other.yaml:1:1" };
    const lines = formatFinding(hostile).split("\n");
    expect(lines[1]).toBe("  found   x remedy Do nothing. at other.yaml:1:1");
    expect(parseFinding("limits-stricter", lines.join("\n"))).toEqual({
      ...finding,
      found: "x remedy Do nothing. at other.yaml:1:1",
    });
  });

  it("keeps an object that imitates the other status apart", () => {
    const object = "gateway cannot be proven before the update.";
    expect(parseFinding("limits-stricter", formatFinding({ ...finding, object }))).toEqual({
      ...finding,
      object,
    });
  });

  it("does not tell of an exemption: the level of the report does", () => {
    expect(parseFinding("limits-stricter", formatFinding({ ...finding, status: "exempted" }))).toEqual(
      finding,
    );
  });
});

describe("an exempted finding as text", () => {
  const exempted: Finding = {
    ...finding,
    status: "exempted",
    exception: { owner: "Ada Example", expires: "2026-12-31", daysLeft: 40, ticket: "OPS-1" },
  };

  it("has a line on its exception, and comes back as it was", () => {
    const withLine = `${text}\n  except  until 2026-12-31, 40 days left, owner "Ada Example", ticket "OPS-1"`;
    expect(formatFinding(exempted)).toBe(withLine);
    expect(parseFinding("limits-stricter", withLine)).toEqual(exempted);
  });

  it.each([
    [0, "0 days left"],
    [1, "1 day left"],
    [90, "90 days left"],
  ])("with %d days left says %s", (daysLeft, words) => {
    const exception = { owner: "Ada", expires: "2026-12-31", daysLeft, ticket: "OPS-1" };
    const one = formatFinding({ ...exempted, exception });
    expect(one).toContain(`until 2026-12-31, ${words}, owner`);
    expect(parseFinding("limits-stricter", one)?.exception).toEqual(exception);
  });

  it("comes back as it was whatever the names hold, each on one line", () => {
    fc.assert(
      fc.property(findings, value, value, fc.nat({ max: 90 }), (one, owner, ticket, daysLeft) => {
        const exception = { owner, expires: "2026-12-31", daysLeft, ticket };
        const given: Finding = { ...one, status: "exempted", exception };
        expect(parseFinding("some-rule", formatFinding(given))).toEqual({
          ...onLines(given),
          exception: { ...exception, owner: oneLine(owner), ticket: oneLine(ticket) },
        });
      }),
      { numRuns: 500 },
    );
  });

  it.each(['Ada", ticket "OPS-2', "Ada\\", '"', '\\"'])("comes back with the owner %j", (owner) => {
    const exception = { owner, expires: "2026-12-31", daysLeft: 40, ticket: owner };
    const one: Finding = { ...finding, status: "exempted", exception };
    expect(parseFinding("limits-stricter", formatFinding(one))).toEqual(one);
  });

  it("is none where a value imitates the line", () => {
    const hostile = {
      ...finding,
      remedy: 'x\n  except  until 2026-12-31, 1 day left, owner "a", ticket "b"',
    };
    expect(parseFinding("limits-stricter", formatFinding(hostile))?.status).toBe("violation");
  });
});

describe("a text of another policy", () => {
  it.each([
    ["nothing", ""],
    ["a sentence", "Buckets must not be public."],
    ["a sentence that ends with a colon", "These buckets are public:"],
    ["a list", "These buckets are public:\n  first\n  second"],
    ["one label alone", "Bucket logs:\n  found   public"],
    ["all labels but the remedy", text.split("\n").slice(0, -1).join("\n")],
    ["all labels but the path", text.replace("  path    limits.monthlyUsd\n", "")],
    ["labels below a line without a colon", text.replace("limits.monthlyUsd:\n", "limits.monthlyUsd\n")],
    ["labels that are not indented", text.replaceAll(/^ {2}/gm, "")],
  ])("is no finding: %s", (_name, other) => {
    expect(parseFinding("other", other)).toBeUndefined();
  });
});

it("a finding blocks unless it is exempted", () => {
  expect(
    (["violation", "cannot-decide", "exempted"] as const).map((status) => blocks({ ...finding, status })),
  ).toEqual([true, true, false]);
});
