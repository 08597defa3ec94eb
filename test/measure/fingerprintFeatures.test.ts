import { describe, expect, it } from "vitest";
import type { FullAnswer } from "../../measure/client";
import { askedOf, featuresOf } from "../../measure/fingerprint/features";
import {
  decodeFloats,
  encodeFloats,
  euclidean,
  project,
  sketchDistance,
  sketchOf,
} from "../../measure/fingerprint/sketch";
import { random } from "../../measure/standIn/random";
import { answer, staging } from "./canaryCells";

describe("features", () => {
  const support = askedOf(staging, "support-chat");
  const triage = askedOf(staging, "ticket-triage");
  const of = (change: Partial<FullAnswer>, asked = support) => featuresOf(answer(change), asked).values;

  it("of a plain answer are these", () => {
    expect(of({})).toEqual({
      valid: 1,
      refused: 0,
      "cut off": 0,
      length: 2.8904,
      lines: 0,
      "tool create_ticket": 0,
      "other tool": 0,
    });
    expect(of({ text: "a\nb\nc" }).lines).toBe(1.0986);
  });

  it.each([
    ['{"queue":"billing","urgency":4,"summary":"Twice."}', 1],
    ['{"queue":"billing","urgency":5,"summary":"Twice."}', 0],
    ['```json\n{"queue":"billing","urgency":4,"summary":"Twice."}\n```', 0],
    ["", 0],
  ])("hold %j to the route's schema", (text, valid) => {
    expect(of({ text }, triage).valid).toBe(valid);
  });

  it("take a call of a tool without a text for valid, and nothing at all for invalid", () => {
    expect(of({ text: "", tools: ["create_ticket"] })).toMatchObject({
      valid: 1,
      "tool create_ticket": 1,
      "other tool": 0,
    });
    expect(of({ text: " " }).valid).toBe(0);
    expect(of({ tools: ["delete_ticket"] })).toMatchObject({ "tool create_ticket": 0, "other tool": 1 });
  });

  it.each([
    [{ text: "I’m sorry, but I cannot help with that." }, 1],
    [{ text: "I can't do that." }, 1],
    [{ text: "I am unable to say." }, 1],
    [{ text: "Sorryful days are over." }, 0],
    [{ text: "I can do that. I'm sorry for the delay." }, 0],
    [{ text: "No.", refused: true }, 1],
    [{ text: "", finish: "content_filter" }, 1],
  ])("call %j a refusal: %i", (change, refused) => {
    expect(of(change).refused).toBe(refused);
  });

  it("know an answer that was cut off, and the mean of its log-probabilities", () => {
    expect(of({ finish: "length" })["cut off"]).toBe(1);
    expect(of({ logprobs: [-0.5, -0.25, 0] }).logprob).toBe(-0.25);
    expect(of({})).not.toHaveProperty("logprob");
  });

  it("have no word of the answer in them", () => {
    const made = featuresOf(answer({ text: "Paris Paris" }), support, [1, 0]);
    expect(JSON.stringify(made).toLowerCase()).not.toContain("paris");
    expect(Object.keys(made)).toEqual(["values", "sketch", "embedding"]);
  });
});

describe("a sketch", () => {
  it("counts words and pairs, however they are written", () => {
    expect(sketchOf("One two").reduce((sum, one) => sum + one, 0)).toBe(3);
    expect(sketchOf("ONE,  two!")).toEqual(sketchOf("one two"));
    expect(sketchOf("two one")).not.toEqual(sketchOf("one two"));
  });

  it("is nearer to a text that shares more", () => {
    const distance = (a: string, b: string) => sketchDistance(sketchOf(a), sketchOf(b));
    const text = "delivery to Norway takes six working days";
    expect(distance(text, text)).toBeLessThan(1e-7);
    expect(distance(text, "delivery to Norway takes six days")).toBeLessThan(
      distance(text, "shipping to Norway needs nearly a week"),
    );
    expect(distance(text, "")).toBe(1);
    expect(distance("", "")).toBe(0);
  });

  it("of an embedding keeps distances nearly", () => {
    const next = random("embedding");
    const vector = () => Array.from({ length: 256 }, () => next() - 0.5);
    const [a, b] = [vector(), vector()];
    const length = (one: number[]) => Math.hypot(...one);
    const exact = Math.hypot(...a.map((one, index) => one / length(a) - (b[index] ?? 0) / length(b)));
    expect(Math.abs(euclidean(project(a), project(b)) / exact - 1)).toBeLessThan(0.35);
    expect(project(a.map((one) => 2 * one))).toEqual(project(a));
    expect(decodeFloats(encodeFloats(project(a)))).toEqual(project(a));
  });
});
