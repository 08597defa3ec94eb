import { Ajv2020 } from "ajv/dist/2020";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { jsonSchema } from "../../config/jsonSchema";
import { append, type Edit, edited, override, replace } from "../shipped";

const staging = "Pulumi.staging.yaml";
// Formats are for editors; what they allow is checked by the zod schema.
const ajv = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allErrors: true,
  validateFormats: false,
  keywords: ["x-lockstep-relation"],
});
const validate = ajv.compile(jsonSchema());

/** What the schema says against a file: the place, and the keyword or the key. */
function faults(file: string, ...edits: Edit[]): string[] {
  validate(parse(edited(...edits)[file] ?? ""));
  return (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== "if")
    .map(({ instancePath, keyword, params }) =>
      [instancePath, keyword, params.additionalProperty ?? params.limit ?? params.missingProperty]
        .filter((part) => part !== undefined)
        .join(" "),
    );
}

describe("the JSON Schema", () => {
  it.each(["Pulumi.yaml", staging, "Pulumi.production.yaml"])("accepts the shipped %s", (file) => {
    expect(faults(file)).toEqual([]);
  });

  it("accepts a stack file that writes a key of Pulumi.yaml itself, and keys of others", () => {
    expect(
      faults(
        staging,
        override("staging", "objectives", "errorRatio: 0.01", "errorRatio: 0.02"),
        append(staging, "  aws:region: us-east-1\n"),
      ),
    ).toEqual([]);
  });

  it("refuses a misspelt key", () => {
    expect(faults(staging, replace(staging, "    dailyUsd: 100\n", "    dailyUSD: 100\n"))).toEqual([
      "/config/lockstep:limits required dailyUsd",
      "/config/lockstep:limits additionalProperties dailyUSD",
    ]);
    expect(faults("Pulumi.yaml", replace("Pulumi.yaml", "topK: 8", "topk: 8"))).toEqual([
      "/config/lockstep:behaviour/value/retrieval required topK",
      "/config/lockstep:behaviour/value/retrieval additionalProperties topk",
    ]);
    const top = replace(staging, "  lockstep:monitoring:\n", "  lockstep:monitorings:\n");
    expect(faults(staging, top)).toEqual(["/config/lockstep:monitorings false schema"]);
  });

  it("refuses a number outside the bounds of its unit, and accepts the bounds", () => {
    const alert = (percent: number) => replace(staging, "notice: 40,", `notice: ${percent},`);
    expect(faults(staging, alert(1))).toEqual([]);
    expect(faults(staging, alert(200))).toEqual([]);
    expect(faults(staging, alert(0))).toEqual(["/config/lockstep:limits/alertAtPercent/notice minimum 1"]);
    expect(faults(staging, alert(201))).toEqual([
      "/config/lockstep:limits/alertAtPercent/notice maximum 200",
    ]);
  });

  it("refuses half a request", () => {
    const edit = replace(staging, "requestsPerMinute: 120\n", "requestsPerMinute: 120.5\n");
    expect(faults(staging, edit)).toEqual(["/config/lockstep:limits/requestsPerMinute type"]);
  });

  it("refuses a default instead of a value in Pulumi.yaml, and a value in a stack file", () => {
    const typed = replace(
      "Pulumi.yaml",
      "lockstep:residency:\n    value:",
      "lockstep:residency:\n    default:",
    );
    expect(faults("Pulumi.yaml", typed)).toEqual([
      "/config/lockstep:residency required value",
      "/config/lockstep:residency additionalProperties default",
    ]);
    const wrapped = append(staging, "  lockstep:residency:\n    value: { regions: [global] }\n");
    expect(faults(staging, wrapped)).toEqual([
      "/config/lockstep:residency required regions",
      "/config/lockstep:residency additionalProperties value",
    ]);
  });

  it("takes a credential's value encrypted only", () => {
    const value = (text: string) => append(staging, `  lockstep:credentialValues:\n    openai: ${text}\n`);
    expect(faults(staging, value("{ secure: AAABAExampleCiphertext }"))).toEqual([]);
    expect(faults(staging, value("hunter2"))).toEqual(["/config/lockstep:credentialValues/openai type"]);
  });

  it("says of each value what it is, in which unit, and how the environments' values relate", () => {
    expect(jsonSchema()).toMatchObject({
      $defs: {
        limits: {
          properties: {
            monthlyUsd: {
              description:
                "The budget of a calendar month. Unit: USD per month. Relation: stricter (staging lower).",
              "x-lockstep-relation": "stricter",
            },
          },
        },
        monitoring: {
          properties: {
            samplingRatio: {
              description: expect.stringContaining("Relation: stricter (staging higher)."),
            },
          },
        },
      },
    });
  });
});
