import * as pulumi from "@pulumi/pulumi";
import { Environment } from "./components/environment";
import { effective } from "./config/effective";
import { projectFiles } from "./config/files";
import { jobProject } from "./config/jobProject";
import { policyPackState } from "./config/policyPack";

const all = pulumi.runtime.allConfig();
const files = projectFiles(process.cwd());
const { config, contents, behaviourHash } = effective(all, files);
const values = new pulumi.Config("lockstep").getSecretObject<Record<string, string>>("credentialValues");

const environment = new Environment(config.environment.name, {
  config,
  contents,
  behaviourHash,
  project: jobProject(files, pulumi.getStack()),
  credentialValues: Object.fromEntries(
    Object.keys(config.credentialValues).map((name) => [
      name,
      pulumi.secret(values?.apply((all) => all[name] ?? "") ?? ""),
    ]),
  ),
});

export const { gatewayUrl, dashboard, budget, alarmTopic, requestLogBucket } = environment;
export { behaviourHash };
/** What an audit compares with the files later on. */
export const policyPack = policyPackState(files);
