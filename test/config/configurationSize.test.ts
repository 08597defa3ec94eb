import { expect, it } from "vitest";
import {
  configurationBytes,
  configurationTooLong,
  mostConfigurationBytes,
} from "../../config/configurationSize";
import { engineConfig } from "../../config/engine";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { append, edited } from "../shipped";

const file = "Pulumi.staging.yaml";

/** The shipped stack with one key more, of another namespace. */
const stackWith = (text: string) =>
  loadPair(memoryFiles(edited(append(file, `  padding:text: "${text}"\n`))), "staging").own;
const used = configurationBytes(engineConfig(stackWith("")).values);
const left = mostConfigurationBytes - used;

it("takes a configuration as long as the variable may be, and names the longest key of a longer one", () => {
  expect(mostConfigurationBytes).toBe(131_057);
  expect(configurationBytes({ "a:b": "<\n" })).toBe(25);
  expect(configurationTooLong(stackWith("x".repeat(left)), "linux")).toBeUndefined();
  expect(configurationTooLong(stackWith("x".repeat(left + 1)), "linux")).toMatch(
    /^The stack's configuration is 128 KiB long, \d+ KiB of it padding:text \(Pulumi\.staging\.yaml:\d+\); Pulumi hands it to programs and packs in one variable of the environment, PULUMI_CONFIG, which Linux limits to 128 KiB\. Fewer routes or teams in one project are the remedy\.$/,
  );
});

it("counts what the engine escapes, and bytes, not characters", () => {
  const [some, few] = [Math.ceil(left / 6), Math.floor(left / 6)];
  expect(configurationTooLong(stackWith("<".repeat(some + 1)), "linux")).toContain("padding:text");
  expect(configurationTooLong(stackWith("<".repeat(few)), "linux")).toBeUndefined();
  expect(configurationTooLong(stackWith("é".repeat(Math.ceil(left / 2) + 1)), "linux")).toContain(
    "padding:text",
  );
  expect(configurationTooLong(stackWith("é".repeat(Math.floor(left / 2))), "linux")).toBeUndefined();
});

it("says nothing where a variable may be longer", () => {
  expect(configurationTooLong(stackWith("x".repeat(left + 1)), "darwin")).toBeUndefined();
});
