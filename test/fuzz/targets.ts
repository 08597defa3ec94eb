import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { memoryFiles, type ProjectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { settingsFile } from "../../config/policyPack";
import { removeValue, setValue } from "../../lifecycle/edit";
import { EditError } from "../../lifecycle/editSource";
import { decodeEnvelope, signEnvelope, trustedSigners } from "../../lifecycle/envelope";
import { parseStatement } from "../../lifecycle/evidence";
import { releaseText } from "../../lifecycle/releaseText";
import { BaselineError, readBaseline } from "../../measure/fingerprint/baseline";
import { readPrompts } from "../../measure/fingerprint/prompts";
import { RequestsError } from "../../measure/requests";
import { rules } from "../../policies/registry";
import { projectRuleset } from "../../policies/ruleset";
import { SettingsError } from "../../policies/settings";
import { ed25519 } from "../lifecycle/keys";
import { shippedEntries } from "../shipped";
import { judged, must, mustBeShowable, mustBeSound } from "./breach";

/** One kind of file: what a run starts from, and what has to hold of any bytes in its place. */
export interface Target {
  name: string;
  seeds: readonly Uint8Array[];
  /** @throws Breach where an invariant does not hold; anything else that is thrown is a crash. */
  run(bytes: Uint8Array): void;
}

const root = join(__dirname, "..", "..");
const entries = shippedEntries();
const text = (path: string) => readFileSync(join(root, path), "utf8");
const bytes = (content: string): Uint8Array => Buffer.from(content, "utf8");

/** The shipped project with bytes in place of a file, which texts could not hold. */
export function projectWith(
  path: string,
  content: Uint8Array,
  more: Record<string, string> = {},
): ProjectFiles {
  const files = memoryFiles({ ...entries, ...more, [path]: "" });
  return {
    list: (folder) => files.list(folder),
    read: (wanted) => (wanted === path ? { found: true, bytes: content } : files.read(wanted)),
  };
}

const project: Target = {
  name: "project",
  seeds: [bytes(text("Pulumi.yaml"))],
  run(content) {
    const files = projectWith("Pulumi.yaml", content);
    const result = loadPair(files, "production");
    mustBeSound(files, result);
    judged(files, result);
  },
};

const stack: Target = {
  name: "stack",
  seeds: [bytes(text("Pulumi.staging.yaml"))],
  run(content) {
    const files = projectWith("Pulumi.staging.yaml", content);
    const result = loadPair(files, "staging");
    mustBeSound(files, result);
    judged(files, result);
  },
};

const release: Target = {
  name: "release",
  seeds: [
    releaseText({
      id: "there",
      owner: "platform team",
      created: "2026-11-21",
      state: "open",
      hypothesis: "Shorter answers are as good, and cost less.",
      changes: [
        { path: "models.chat-small.maxOutputTokens", from: 400, to: 500 },
        { path: "routes.ticket-triage.retries", from: retries(), to: { ...retries(), timeout: 2 } },
        { path: "acceptance.traffic.maxJensenShannon", to: 0.1 },
      ],
      rollback: { to: "0".repeat(64), steps: ["lockstep rollback"] },
    } as never),
    (entries["releases/initial/release.yaml"] ?? "").replace("id: initial", "id: there"),
  ].map(bytes),
  run(content) {
    const carrying = `${entries["Pulumi.staging.yaml"]}\n  lockstep:carries: [there]\n`;
    const files = projectWith("releases/there/release.yaml", content, { "Pulumi.staging.yaml": carrying });
    const result = loadPair(files, "staging");
    mustBeSound(files, result);
    judged(files, result);
  },
};

function retries() {
  const once = { timeout: 1, serverError: 1, serviceUnavailable: 2, badRequest: 0 };
  return { rateLimit: 2, ...once, authentication: 0, notFound: 0, contentPolicy: 0 };
}

const statements = Object.keys(entries).filter((path) => path.endsWith(".intoto.json"));

const statement: Target = {
  name: "statement",
  seeds: statements.map((path) => bytes(entries[path] ?? "")),
  run(content) {
    const parsed = parseStatement(content);
    if ("why" in parsed) return mustBeShowable(parsed.why);
    // In the place of the shipped one of its kind, so that rules judge it.
    const path = statements.find((one) => one.includes(`/${parsed.kind}-`)) ?? statements[0] ?? "";
    const files = projectWith(path, content);
    judged(files, loadPair(files, "production"));
  },
};

const key = ed25519();
const payloads = statements.slice(0, 3).map((path) => entries[path] ?? "");

const envelope: Target = {
  name: "envelope",
  seeds: payloads.map((payload) => bytes(signEnvelope(bytes(payload), key.privateKey))),
  run(content) {
    const decoded = decodeEnvelope(content);
    if ("why" in decoded) return mustBeShowable(decoded.why);
    const signers = trustedSigners(decoded.envelope, [key.publicKey]);
    const signed = payloads.includes(Buffer.from(decoded.payload).toString("utf8"));
    must(signers.length === 0 || signed, "a signature holds for what nobody signed");
    const parsed = parseStatement(decoded.payload);
    if ("why" in parsed) mustBeShowable(parsed.why);
  },
};

const policy: Target = {
  name: "policy",
  seeds: [
    text("policies/config.json"),
    '{ "models-pinned": "mandatory", "production-proven": { "enforcementLevel": "mandatory", "stubProviders": "accept" } }',
  ].map(bytes),
  run(content) {
    const files = projectWith(settingsFile, content);
    try {
      const ruleset = projectRuleset(files);
      for (const { name } of rules)
        must(!("enforcementLevel" in ruleset.settings(name)), "a level got through");
    } catch (error) {
      if (error instanceof SettingsError) return mustBeShowable(error.message.replaceAll("\n", " "));
      throw error;
    }
    judged(files, loadPair(files, "production"));
  },
};

const pair = loadPair(memoryFiles(entries), "staging").pair;

const prompts: Target = {
  name: "prompts",
  seeds: [bytes(text("canary/prompts.jsonl"))],
  run(content) {
    if (pair === undefined) throw new Error("the shipped pair cannot be read");
    try {
      readPrompts(Buffer.from(content).toString("utf8"), "canary/prompts.jsonl", pair.staging);
    } catch (error) {
      if (!(error instanceof RequestsError)) throw error;
      mustBeShowable(error.message);
    }
  },
};

const digest = (of: string) => createHash("sha256").update(of).digest("hex");

const baseline: Target = {
  name: "baseline",
  seeds: [
    JSON.stringify({
      version: 1,
      kind: "fingerprint baseline",
      signedOffBy: "platform team",
      date: "2026-11-21",
      measured: {
        environment: "staging",
        stack: "staging",
        behaviourHash: digest("a"),
        providers: "stub",
        started: "2026-11-21T12:00:00.000Z",
        ended: "2026-11-21T12:05:00.000Z",
        samples: 1,
      },
      models: [{ model: "chat-small", served: ["gpt-5.4-mini-2026-03-17"] }],
      cells: [
        {
          route: "ticket-triage",
          target: "ticket-triage.chat-small.1",
          prompt: "broken-lamp",
          digest: digest("b").slice(0, 16),
          answers: [{ values: { words: 12, valid: 1 }, sketch: "AAECAw==" }],
        },
      ],
    }),
  ].map(bytes),
  run(content) {
    try {
      readBaseline(Buffer.from(content).toString("utf8"), "canary/baseline.json");
    } catch (error) {
      if (!(error instanceof BaselineError)) throw error;
      mustBeShowable(error.message);
    }
  },
};

/** Edits of files that people wrote: right, or refused in words of ours. */
const edit: Target = {
  name: "edit",
  seeds: [bytes(text("Pulumi.staging.yaml"))],
  run(content) {
    const written = Buffer.from(content).toString("utf8");
    const path = ["config", "lockstep:carries"];
    try {
      const added = setValue(written, path, ["there"]);
      must(setValue(added, path, ["there"]) === added, "an edit that changes nothing changes something");
      removeValue(added, path);
      setValue(written, ["config", "lockstep:limits", "monthlyUsd"], 1);
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      mustBeShowable(error.message);
    }
  },
};

export const targets: readonly Target[] = [
  project,
  stack,
  release,
  statement,
  envelope,
  policy,
  prompts,
  baseline,
  edit,
];
