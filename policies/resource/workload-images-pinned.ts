import { floatingImage } from "../image";
import { podSpecOf, workloadTypes } from "../podSpec";
import { at, objectOf, shown, unknownFound } from "../props";
import { type Report, type ResourceRule, UNKNOWN } from "../rule";

const allowed = "registry/repository@sha256:… with the digest of one build";

export const workloadImagesPinned: ResourceRule = {
  kind: "resource",
  name: "workload-images-pinned",
  description: "Every container's image is named by digest.",
  protects: "From a tag that moves between the test in staging and the update of production.",
  severity: "high",
  exceptions: true,
  types: workloadTypes,
  check(resource) {
    const pod = podSpecOf(resource);
    if (pod === undefined) return [];
    const common = { path: resource.urn, allowed };
    const reports = pod.containers.flatMap(({ object, data }): Report[] => {
      const image = at(data, "image");
      if (image === UNKNOWN) {
        return [
          {
            ...common,
            object,
            found: `image ${unknownFound}`,
            remedy: unknownRemedy,
            status: "cannot-decide",
          },
        ];
      }
      const why = typeof image === "string" ? floatingImage(image) : "no image";
      if (why === undefined) return [];
      const found = typeof image === "string" ? `${shown(image)}: ${why}` : why;
      return [
        {
          ...common,
          object,
          found,
          remedy: "Look up the digest of the build that was tested and write it after an @.",
        },
      ];
    });
    if (!pod.unknown) return reports;
    const whole = { ...common, object: objectOf(resource), found: `containers with ${unknownFound}` };
    return [...reports, { ...whole, remedy: unknownRemedy, status: "cannot-decide" }];
  },
};

const unknownRemedy = "Build the image before the update, and give its digest as a plain value.";
