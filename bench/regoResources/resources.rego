# Five of Lockstep's rules over resources as an expert would write them for conftest, for `make bench-resources`: images
# by digest, no privileged container, secrets that can be recovered, no public bucket, no wildcard over secrets. They
# know nothing of the declared environment, of unknown values and of exceptions.
package main

deny contains msg if {
	some resource in input
	some container in containers(resource)
	not contains(container.image, "@sha256:")
	msg := sprintf("%s: the image %s is not pinned", [resource.urn, container.image])
}

deny contains msg if {
	some resource in input
	some container in containers(resource)
	object.get(container, ["securityContext", "privileged"], false) != false
	msg := sprintf("%s: the container %s is privileged", [resource.urn, container.name])
}

deny contains msg if {
	some resource in input
	resource.type == "aws:secretsmanager/secret:Secret"
	object.get(resource.inputs, "recoveryWindowInDays", 30) < 7
	msg := sprintf("%s: the secret cannot be recovered", [resource.urn])
}

deny contains msg if {
	some resource in input
	resource.type == "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	some flag in ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
	object.get(resource.inputs, flag, false) != true
	msg := sprintf("%s: %s is not true", [resource.urn, flag])
}

deny contains msg if {
	some resource in input
	resource.type == "aws:iam/rolePolicy:RolePolicy"
	json.is_valid(resource.inputs.policy)
	some statement in json.unmarshal(resource.inputs.policy).Statement
	statement.Effect == "Allow"
	"*" in {one | some one in [statement.Action, statement.Resource]}
	msg := sprintf("%s: the policy allows everything", [resource.urn])
}

containers(resource) := object.get(resource.inputs, ["spec", "template", "spec", "containers"], []) if {
	startswith(resource.type, "kubernetes:apps/")
}

containers(resource) := object.get(resource.inputs, ["spec", "jobTemplate", "spec", "template", "spec", "containers"], []) if {
	startswith(resource.type, "kubernetes:batch/")
}

