import { expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { policyPackState } from "../../config/policyPack";

it.each<[string, Record<string, string>, string, string]>([
  [
    "both files",
    { "policies/config.json": "{}\n", "policies/package.json": '{"version":"1.2.3"}' },
    "1.2.3",
    "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356",
  ],
  [
    "no settings, which are the defaults",
    { "policies/package.json": '{"version":"1.2.3"}' },
    "1.2.3",
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  ],
  [
    "no version",
    { "policies/config.json": "{}", "policies/package.json": '{"version":3}' },
    "",
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  ],
  [
    "a package file that is no JSON",
    { "policies/config.json": "{}", "policies/package.json": "version: 1" },
    "",
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  ],
])("tells the policy pack of a project with %s", (_, files, version, settings) => {
  expect(policyPackState(memoryFiles(files))).toEqual({ version, settings });
});
