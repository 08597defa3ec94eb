import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PolicyPack } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { engineData } from "../config/effective";
import { configuredLevels } from "./configuredLevels";
import { deserializeOnce } from "./onceForAll";
import { packArgs } from "./pack";
import { receiptTeller, receiptVariable } from "./receipt";
import { rules } from "./registry";
import { fileFaults } from "./selfCheck";
import { readSettings, SettingsError } from "./settings";
import { loadSubject } from "./subject";

/** Ends the pack with one message: the engine takes that for a failed update, and never for a pass. */
function stop(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

// Not awaited, a rejection would count as a policy that passed. Its message may hold values.
process.on("unhandledRejection", (reason) => {
  const name = reason instanceof Error ? reason.constructor.name : "a value";
  stop(`The policy pack ended: a promise was rejected with ${name} and nobody waited for it.`);
});

/** Rules that are not registered never run. A bundle has no folders of rules: there, tests have checked it. */
function checkFiles(): void {
  const folders = ["stack", "resource"].map((name) => join(__dirname, name)).filter(existsSync);
  const faults =
    folders.length === 2
      ? fileFaults(
          rules,
          folders.flatMap((folder) => readdirSync(folder)),
        )
      : [];
  if (faults.length > 0) throw new SettingsError(`The pack cannot be enforced: ${faults.join("; ")}.`);
}

try {
  const packDir = process.cwd();
  checkFiles();
  const settingsFile = join(packDir, "config.json");
  const settings = existsSync(settingsFile)
    ? readSettings(readFileSync(settingsFile, "utf8"), "policies/config.json", rules)
    : {};
  const receipt = process.env[receiptVariable];
  const args = packArgs({
    rules,
    ...(receipt
      ? { called: receiptTeller(configuredLevels(), (text) => appendFileSync(receipt, text)) }
      : {}),
    now: () => new Date(),
    load: () =>
      loadSubject({
        projectDir: process.env.LOCKSTEP_PROJECT_DIR,
        packDir,
        // The SDK calls a stack without a name "stack", and its project "project".
        project: process.env.PULUMI_NODEJS_PROJECT ? pulumi.getProject() : "",
        stack: process.env.PULUMI_NODEJS_STACK ? pulumi.getStack() : "",
        effective: engineData(pulumi.runtime.allConfig()),
      }),
  });
  deserializeOnce();
  new PolicyPack("lockstep", args, settings);
} catch (error) {
  stop(error instanceof Error ? error.message : "The policy pack could not start.");
}
