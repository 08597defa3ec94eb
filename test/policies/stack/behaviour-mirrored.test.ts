import { expect, it } from "vitest";
import { behaviourMirrored } from "../../../policies/stack/behaviour-mirrored";
import { type Edit, fullFiles, override } from "../../shipped";
import { judged, place, production, staging } from "./judged";

const write =
  (file: string, text: string): Edit =>
  (entries) => ({ ...entries, [file]: text });
const ownPrompt = override(
  "staging",
  "behaviour",
  "file: prompts/support-answer.md",
  "file: prompts/support-answer-copy.md",
);

it("behaviour-mirrored accepts the shipped pair, two full files, and an override that changes nothing", () => {
  expect(judged(behaviourMirrored)).toEqual([]);
  expect(judged(behaviourMirrored, [fullFiles()])).toEqual([]);
  expect(judged(behaviourMirrored, [override("staging", "models", "chat-large:", "chat-large:")])).toEqual(
    [],
  );
});

it("behaviour-mirrored refuses another output limit", () => {
  const edits = [override("production", "models", "maxOutputTokens: 400", "maxOutputTokens: 401")];
  expect(judged(behaviourMirrored, edits)).toEqual([
    {
      rule: "behaviour-mirrored",
      status: "violation",
      object: "models.chat-small.maxOutputTokens",
      path: "models.chat-small.maxOutputTokens",
      found: "staging 400, production 401",
      allowed: "the same value in both environments",
      remedy: `Make both environments agree: remove the difference from ${production}; files are compared by content.`,
      at: place(production, "chat-small:\n", "maxOutputTokens", edits),
    },
  ]);
});

it("behaviour-mirrored compares prompts by content, wherever they lie", () => {
  const same = [
    write("prompts/support-answer.md", "Be kind.\n"),
    write("prompts/support-answer-copy.md", "Be kind.\n"),
    ownPrompt,
  ];
  expect(judged(behaviourMirrored, same)).toEqual([]);
  // printf 'Be kind.\n' | sha256sum, and the same for "Be brief.\n"
  const edits = [...same, write("prompts/support-answer-copy.md", "Be brief.\n")];
  expect(judged(behaviourMirrored, edits)).toEqual([
    {
      rule: "behaviour-mirrored",
      status: "violation",
      object: "behaviour.prompts.support-answer.file",
      path: "behaviour.prompts.support-answer.file",
      found:
        'staging "prompts/support-answer-copy.md" (sha256 96fb1c7f068c…), production "prompts/support-answer.md" (sha256 f32bf5e09516…)',
      allowed: "files with the same content in both environments",
      remedy: `Make both environments agree: remove the difference from ${staging}; files are compared by content.`,
      at: place(staging, "support-answer: { ", "file", edits),
    },
  ]);
});

it("behaviour-mirrored reports a value that one environment alone has, and a whole entry once", () => {
  const seed = [override("staging", "models", "maxOutputTokens: 400", "maxOutputTokens: 400\n      seed: 7")];
  expect(judged(behaviourMirrored, seed).map(({ path, found, at }) => [path, found, at])).toEqual([
    [
      "models.chat-small.seed",
      "staging 7, production nothing",
      place(staging, "chat-small:\n", "seed", seed),
    ],
  ]);
  const model = [
    override(
      "production",
      "models",
      "    embed-documents:\n",
      "    embed-more:\n      provider: openai\n      kind: embedding\n      modelId: text-embedding-3-small\n      credential: openai\n      timeoutSeconds: 5\n      contextWindowTokens: 8191\n      usdPerMillionTokens: { input: 0.02, output: 0, cachedInput: 0.02 }\n      retires: not announced\n    embed-documents:\n",
    ),
  ];
  expect(judged(behaviourMirrored, model).map(({ path, found, at }) => [path, found, at])).toEqual([
    ["models.embed-more", "only in production", place(production, "lockstep:models:\n", "embed-more", model)],
  ]);
});

it("behaviour-mirrored leaves routes and back-off to routing-mirrored, and takes the gateway's image", () => {
  expect(
    judged(behaviourMirrored, [
      override(
        "staging",
        "routes",
        "model: chat-fast, order: 1, weight: 1",
        "model: chat-fast, order: 1, weight: 2",
      ),
      override("staging", "gateway", "maxSeconds: 2,", "maxSeconds: 3,"),
    ]),
  ).toEqual([]);
  expect(
    judged(behaviourMirrored, [override("staging", "gateway", "v1.106.2@", "v1.106.1@")]).map(
      ({ path }) => path,
    ),
  ).toEqual(["gateway.image"]);
});
