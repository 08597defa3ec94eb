import { describe, expect, it } from "vitest";
import { engineConfig } from "../../config/engine";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { compareConfiguration, readPrintedConfig } from "../../engine/configuration";
import { append, edited } from "../shipped";

const file = "Pulumi.staging.yaml";
const own = loadPair(
  memoryFiles(
    edited(
      append(
        file,
        "  aws:region: us-east-1\n  lockstep:credentialValues:\n    openai:\n      secure: v1:abc\n",
      ),
    ),
  ),
  "staging",
).own;

/** What the command line prints of the files as they are. */
function printed(): Record<string, { value?: string; secret: boolean }> {
  const { values, secretKeys } = engineConfig(own);
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      secretKeys.includes(key) ? { secret: true } : { value, secret: false },
    ]),
  );
}
const compare = (change: (all: ReturnType<typeof printed>) => void) => {
  const all = printed();
  change(all);
  return compareConfiguration(own, readPrintedConfig(JSON.stringify(all))).map(({ message }) => message);
};

describe("the configuration that the engine would use", () => {
  it("is that of the files", () => {
    expect(compare(() => undefined)).toEqual([]);
    expect(Object.keys(printed())).toContain("aws:region");
  });

  it("is told where it differs, without a value", () => {
    expect(
      compare((all) => {
        const limits = JSON.parse(all["lockstep:limits"]?.value ?? "") as { monthlyUsd: number };
        limits.monthlyUsd = 1_999;
        all["lockstep:limits"] = { value: JSON.stringify(limits), secret: false };
      }),
    ).toEqual([
      expect.stringMatching(/^lockstep:limits differs at monthlyUsd \(Pulumi\.staging\.yaml:\d+\)\.$/),
    ]);
    expect(
      compare((all) => {
        all["aws:region"] = { value: "us-west-2", secret: false };
      }),
    ).toEqual([expect.stringMatching(/^aws:region differs \(Pulumi\.staging\.yaml:\d+\)\.$/)]);
  });

  it("has no key more, and none less", () => {
    expect(
      compare((all) => {
        all["lockstep:surprise"] = { value: "1", secret: false };
        delete all["aws:region"];
      }),
    ).toEqual([
      expect.stringMatching(/^aws:region is in the files, and not set \(Pulumi\.staging\.yaml:\d+\)\.$/),
      "lockstep:surprise is set, and not in the files (Pulumi.staging.yaml).",
    ]);
  });

  it("has the same secrets, of which no value is printed", () => {
    const key = "lockstep:credentialValues";
    expect(printed()[key]).toEqual({ secret: true });
    expect(
      compare((all) => {
        all[key] = { value: '{"openai":"sk-1"}', secret: false };
        all["aws:region"] = { secret: true };
      }),
    ).toEqual([
      expect.stringMatching(/^aws:region is a secret in the engine only \(/),
      expect.stringMatching(/^lockstep:credentialValues is encrypted in the files, and not in the engine \(/),
    ]);
  });

  it("cannot be read from something else", () => {
    expect(() => readPrintedConfig("warning: a new version")).toThrow(
      "pulumi config --json printed something else than a map of keys.",
    );
  });
});
