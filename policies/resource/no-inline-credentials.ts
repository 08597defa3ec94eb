import { hideCredentials } from "../../config/credentialPattern";
import { formatPath } from "../../config/relation";
import { inlineCredentials } from "../inlineCredential";
import { objectOf } from "../props";
import type { ResourceRule } from "../rule";

/**
 * Over every type. What is not known yet is not judged in a preview but in the update, before the resource
 * is created. A Kubernetes Secret is no place for a credential either: its values are plain in etcd unless
 * the cluster encrypts them, and base64 in whatever shows the object. External Secrets brings them there
 * from AWS Secrets Manager without the program ever seeing them.
 */
export const noInlineCredentials: ResourceRule = {
  kind: "resource",
  name: "no-inline-credentials",
  description: "No resource's properties carry a credential in plain text.",
  protects: "From keys that anybody who may list resources, read state or open a console can copy.",
  severity: "critical",
  exceptions: false,
  types: "any",
  check(resource) {
    return inlineCredentials(resource.type, resource.props).map(({ path, kind }) => ({
      object: `${objectOf(resource)}'s ${hideCredentials(formatPath(path))}`,
      path: resource.urn,
      found: kind,
      allowed: "a reference to AWS Secrets Manager, or the value as the secretString of a SecretVersion",
      remedy:
        "Revoke the credential: it has been written down. Keep the new one in AWS Secrets Manager, and refer to it.",
    }));
  },
};
