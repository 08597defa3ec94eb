import { z } from "zod";
import { acceptance } from "./acceptance";
import { behaviour } from "./behaviour";
import { carries } from "./carries";
import { credentials, credentialValues } from "./credentials";
import { environment, residency } from "./environment";
import { exceptions } from "./exceptions";
import { deployment, gateway } from "./gateway";
import { limits } from "./limits";
import { models } from "./models";
import { monitoring, objectives } from "./monitoring";
import { routes } from "./routes";

/**
 * The configuration of a stack: the `lockstep:*` keys. The engine replaces whole keys without merging, so
 * keys are cut by where they stand: the mirrored ones in Pulumi.yaml for both stacks, the others in each
 * stack's own file.
 */
export const schema = z.strictObject({
  environment,
  limits,
  credentials,
  credentialValues: credentialValues.default({}),
  deployment,
  monitoring,
  exceptions: exceptions.default([]),
  carries: carries.default([]),
  residency,
  models,
  routes,
  behaviour,
  gateway,
  objectives,
  acceptance: acceptance.prefault({}),
});

/** A stack's effective configuration, complete and with defaults filled in. */
export type Config = z.infer<typeof schema>;
export type ConfigKey = keyof Config;
export const configKeys = Object.keys(schema.shape) as ConfigKey[];
