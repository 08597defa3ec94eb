import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "../../components/environment";
import type { Collected } from "../components/mocks";
import { type Tier, tiers } from "../components/shippedEnvironment";
import { Aws } from "./aws";
import { created } from "./created";
import { sayIfSkipped, skippedNote, standInsInstalled } from "./standIns";

sayIfSkipped("no AWS resource was created on moto.");

let aws: Aws;
const made = {} as Record<Tier, Collected<Environment>>;
beforeAll(async () => {
  if (!standInsInstalled) return;
  aws = Aws.start();
  for (const tier of tiers) made[tier] = await created(aws, tier);
}, 180_000);
afterAll(() => aws?.stop());

describe.skipIf(!standInsInstalled)(`AWS's own API${skippedNote}`, () => {
  it("creates", () => {
    for (const t of tiers) console.log(made[t].resources.length);
    expect(1).toBe(1);
  });
});
