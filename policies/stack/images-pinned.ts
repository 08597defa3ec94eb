import { describeValue } from "../../config/value";
import { inEach } from "../environments";
import { floatingImage } from "../image";
import type { Report, StackRule } from "../rule";

export const imagesPinned: StackRule = {
  kind: "stack",
  name: "images-pinned",
  description: "The gateway's and the probes' images are named by digest.",
  protects: "From two environments that run different builds under one tag.",
  severity: "high",
  exceptions: true,
  check({ pair }) {
    return inEach(pair, (stack, name) =>
      (["image", "probeImage"] as const).flatMap((field): Report[] => {
        const image = stack.config.gateway[field];
        const why = floatingImage(image);
        if (why === undefined) return [];
        const path = ["gateway", field];
        return [
          {
            object: name(path),
            path: `gateway.${field}`,
            found: `${describeValue(image)}: ${why}`,
            allowed: "registry/repository@sha256:… with the digest of one build",
            remedy: "Look up the digest of the build that was tested and write it after an @.",
            at: stack.position(path),
          },
        ];
      }),
    );
  },
};
