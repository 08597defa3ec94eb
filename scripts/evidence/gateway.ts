import { join } from "node:path";
import type { Stack } from "../../config/stack";
import { renderGateway } from "../../gateway/render";
import { adapt } from "../../measure/adapt";
import { litellm } from "../../measure/litellm";
import { type Running, startProxy } from "../../measure/proxy";
import { StandIn } from "../../measure/standIn/standIn";
import { answer } from "./answers";

export interface GatewayOptions {
  stack: Stack;
  /** Its own: what it is started from and its log are written there. */
  folder: string;
  limits: "kept" | "removed";
}

/** Starts stand-ins and a proxy for a stack, and ends both whatever happens. */
export async function withGateway<T>(
  { stack, folder, limits }: GatewayOptions,
  use: (gateway: Running) => Promise<T>,
): Promise<T> {
  const standIn = await new StandIn({
    seed: 20_261_121,
    answer,
    latency: { firstTokenMedianMs: 180, sigma: 0.35, perChunkMs: 15 },
    cache: { blockTokens: 16, minimumTokens: 0 },
    embeddingDimensions: 512,
  }).listen();
  try {
    const { config, behaviourHash, contents } = stack;
    const rendered = renderGateway(config, { behaviourHash, files: contents });
    const baseOf = (deployment: string) => standIn.baseOf(deployment);
    const gateway = await startProxy({
      litellm,
      folder: join(folder, `gateway-${limits}`),
      gateway: adapt(rendered, { baseOf, limits, breaker: "removed" }),
    });
    try {
      return await use(gateway);
    } finally {
      await gateway.stop();
    }
  } finally {
    await standIn.close();
  }
}
