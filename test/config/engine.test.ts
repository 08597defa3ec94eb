import { describe, expect, it } from "vitest";
import { engineConfig } from "../../config/engine";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { append, shipped } from "../shipped";

const configOf = (stack: string, project = "") =>
  engineConfig(
    loadPair(
      memoryFiles({ "Pulumi.yaml": `name: example\nruntime: nodejs\n${project}`, "Pulumi.dev.yaml": stack }),
      "dev",
    ).own,
  );

describe("a stack's files as the engine hands them to a program", () => {
  it("give scalars as texts and structures as JSON text, under full keys", () => {
    const stack = `config:
  aws:region: us-east-1
  other:count: 7
  other:ratio: 0.5
  other:on: true
  other:nothing: null
  lockstep:limits: { monthlyUsd: 10, teams: { support: [1, "2", false] } }
  other:list: [a, b]
`;
    expect(configOf(stack)).toEqual({
      values: {
        "aws:region": "us-east-1",
        "other:count": "7",
        "other:ratio": "0.5",
        "other:on": "true",
        "other:nothing": "",
        "other:list": '["a","b"]',
        "lockstep:limits": '{"monthlyUsd":10,"teams":{"support":[1,"2",false]}}',
      },
      secretKeys: [],
    });
  });

  it("have the keys of structures in order, as the engine writes them, and lists as they are", () => {
    const stack = "config:\n  lockstep:limits: { b: [2, 1], a: { d: 1, c: [{ f: 1, e: 2 }] } }\n";
    expect(configOf(stack).values).toEqual({
      "lockstep:limits": '{"a":{"c":[{"e":2,"f":1}],"d":1},"b":[2,1]}',
    });
  });

  it("put a placeholder for each encrypted value, and tell which keys hold one", () => {
    const stack = `config:
  other:token: { secure: AAABAExampleCiphertext }
  other:open: { secured: AAABAExampleCiphertext }
  other:list: [plain, { secure: AAABAExampleCiphertext }]
  lockstep:credentialValues: { openai: { secure: AAABAExampleCiphertext } }
  lockstep:limits: { monthlyUsd: 10 }
`;
    expect(configOf(stack)).toEqual({
      values: {
        "other:token": "[encrypted]",
        "other:open": '{"secured":"AAABAExampleCiphertext"}',
        "other:list": '["plain","[encrypted]"]',
        "lockstep:credentialValues": '{"openai":"[encrypted]"}',
        "lockstep:limits": '{"monthlyUsd":10}',
      },
      secretKeys: ["other:token", "other:list", "lockstep:credentialValues"],
    });
  });

  it("have Pulumi.yaml's values, each replaced whole by the stack's own", () => {
    const project = `config:
  lockstep:limits: { value: { monthlyUsd: 10, dailyUsd: 1 } }
  lockstep:residency: { value: { regions: [global] } }
  other:kept: { value: 1 }
  other:own: { value: 1 }
`;
    expect(
      configOf("config:\n  lockstep:limits: { monthlyUsd: 5 }\n  other:own: 2\n", project).values,
    ).toEqual({
      "other:kept": "1",
      "other:own": "2",
      "lockstep:limits": '{"monthlyUsd":5}',
      "lockstep:residency": '{"regions":["global"]}',
    });
  });

  it("keep nothing of a shipped stack's ciphertext", () => {
    const edit = append(
      "Pulumi.staging.yaml",
      "\n  lockstep:credentialValues:\n    openai: { secure: v1:abcdEFGH:ciphertext }\n",
    );
    const { values, secretKeys } = engineConfig(loadPair(shipped(edit), "staging").own);
    expect(secretKeys).toEqual(["lockstep:credentialValues"]);
    expect(JSON.stringify(values)).not.toContain("ciphertext");
  });
});
