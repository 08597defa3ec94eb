import { remembered } from "../config/remembered";

interface Deserializing {
  deserializeProperties(struct: object | undefined, keepSecrets?: boolean): object;
}
interface Proxying {
  unknownCheckingProxy(target: object): object;
}

/**
 * The SDK makes a resource's properties anew for each policy (@pulumi/policy 1.21.0, server.js), which takes most of
 * the time of a pack with many policies. Here they are made once a question, and so is their proxy: ours only read
 * them. An SDK that has them under other names is left as it is: the pack is slower, and says the same.
 */
export function deserializeOnce(
  deserializing: Deserializing = require("@pulumi/policy/deserialize"),
  proxying: Proxying = require("@pulumi/policy/proxy"),
): void {
  const { deserializeProperties } = deserializing;
  const { unknownCheckingProxy } = proxying;
  if (typeof deserializeProperties !== "function" || typeof unknownCheckingProxy !== "function") return;
  const made = new WeakMap<object, object>();
  const proxies = new WeakMap<object, object>();
  deserializing.deserializeProperties = (struct, keepSecrets) => {
    if (struct === undefined || keepSecrets !== false) return deserializeProperties(struct, keepSecrets);
    return remembered(made, struct, () => deserializeProperties(struct, false));
  };
  proxying.unknownCheckingProxy = (target) => remembered(proxies, target, () => unknownCheckingProxy(target));
}
