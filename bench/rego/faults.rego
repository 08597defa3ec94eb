# One function a rule; each gives the set of its findings, as rule and path.
package faults

import data.pairs

day := ((24 * 60) * 60) * 1000000000

# --- limits-stricter

limits_stricter(staging, production) := (lower | missing) | monitoring if {
	own := pairs.effective(staging, "lockstep:limits")
	other := pairs.effective(production, "lockstep:limits")
	lower := {fault("limits-stricter", array.concat(["limits"], path)) |
		walk(other, [path, bound])
		is_number(bound)
		limit := object.get(own, path, null)
		is_number(limit)
		limit >= bound
	}
	missing := {fault("limits-stricter", array.concat(["limits"], path)) |
		walk(other, [path, bound])
		is_number(bound)
		not is_number(object.get(own, path, null))
	}
	monitoring := monitoring_stricter(
		pairs.effective(staging, "lockstep:monitoring"),
		pairs.effective(production, "lockstep:monitoring"),
	)
}

monitoring_stricter(staging, production) := {fault("limits-stricter", ["monitoring", "samplingRatio"]) |
	staging.samplingRatio <= production.samplingRatio
} | {fault("limits-stricter", ["monitoring", "canaryEveryMinutes"]) |
	staging.canaryEveryMinutes >= production.canaryEveryMinutes
}

# --- behaviour-mirrored, routing-mirrored

mirrored_keys := {
	"lockstep:residency",
	"lockstep:models",
	"lockstep:routes",
	"lockstep:behaviour",
	"lockstep:gateway",
	"lockstep:objectives",
	"lockstep:acceptance",
}

# What neither stack writes itself both take from Pulumi.yaml, so only overrides are compared.
mirrored(staging, production) := {fault(mirror_rule(key, path), array.concat([name], path)) |
	not carries(staging)
	not carries(production)
	some key in mirrored_keys
	overrides(staging, production, key)
	own := pairs.effective(staging, key)
	other := pairs.effective(production, key)
	own != other
	name := trim_prefix(key, "lockstep:")
	some path in different(own, other)
	compared(name, path)
	present(name, own, other, path)
}

# What a release on its way explains is left to the original.
carries(file) if count(pairs.files[file]["lockstep:carries"]) > 0

overrides(staging, production, key) if {
	some file in [staging, production]
	pairs.files[file][key]
}

different(own, other) := {path | some path in leaves(own); object.get(own, path, null) != object.get(other, path, null)} |
	{path | some path in leaves(other); object.get(own, path, null) != object.get(other, path, null)}

# Lists are compared whole, but for a route's targets.
leaves(value) := {path |
	walk(value, [path, leaf])
	not is_object(leaf)
	not inside_list(value, path)
}

inside_list(value, path) if {
	some length in numbers.range(0, count(path) - 1)
	is_array(object.get(value, array.slice(path, 0, length), null))
}

# Files are compared by their content, which is not here; where a model is served is each environment's own.
compared(name, path) if not path[count(path) - 1] in skipped(name)

skipped("models") := {"region", "apiBase"}

skipped("routes") := {"responseSchema"}

skipped("behaviour") := {"file"}

skipped(name) := set() if not name in {"models", "routes", "behaviour"}

# An acceptance criterion that only one of them writes may be the default of the other.
present("acceptance", own, other, path) if {
	object.get(own, path, null) != null
	object.get(other, path, null) != null
}

present(name, _, _, _) if name != "acceptance"

mirror_rule("lockstep:routes", _) := "routing-mirrored"

mirror_rule("lockstep:gateway", path) := "routing-mirrored" if path[0] in {"backoff", "redis"}

mirror_rule("lockstep:gateway", path) := "behaviour-mirrored" if not path[0] in {"backoff", "redis"}

mirror_rule(key, _) := "behaviour-mirrored" if not key in {"lockstep:routes", "lockstep:gateway"}

# --- credentials-separate

credentials_separate(staging, production) := shared_credentials(
	pairs.effective(staging, "lockstep:credentials"),
	pairs.effective(production, "lockstep:credentials"),
) | (outside_prefix(staging) | outside_prefix(production))

shared_credentials(own, other) := {fault("credentials-separate", ["credentials", key, "secretName"]) |
	some key, credential in own
	some theirs in other
	lower(credential.secretName) == lower(theirs.secretName)
} | {fault("credentials-separate", ["credentials", key, "identity"]) |
	some key, credential in own
	some theirs in other
	credential.provider == theirs.provider
	lower(credential.identity) == lower(theirs.identity)
}

outside_prefix(file) := {fault("credentials-separate", ["credentials", key, "secretName"]) |
	prefix := sprintf("%s/", [pairs.files[file]["lockstep:environment"].secretPrefix])
	some key, credential in pairs.effective(file, "lockstep:credentials")
	not startswith(credential.secretName, prefix)
}

# --- environments-separate

separate_values := {
	["tier"],
	["name"],
	["counterpart"],
	["account"],
	["administrators"],
	["cluster", "name"],
	["cluster", "context"],
	["namespace"],
	["secretPrefix"],
	["kmsAlias"],
	["alarmTopic"],
	["requestLogBucket"],
}

environments_separate(staging, production) := {fault("environments-separate", array.concat(["environment"], path)) |
	own := pairs.files[staging]["lockstep:environment"]
	other := pairs.files[production]["lockstep:environment"]
	some path in separate_values
	object.get(own, path, null) == object.get(other, path, null)
} | (nested_prefix(staging, production) | nested_prefix(production, staging))

nested_prefix(outer, inner) := {fault("environments-separate", ["environment", "secretPrefix"]) |
	prefix := sprintf("%s/", [pairs.files[outer]["lockstep:environment"].secretPrefix])
	startswith(pairs.files[inner]["lockstep:environment"].secretPrefix, prefix)
}

# --- models-pinned

models_pinned(file) := {fault("models-pinned", ["models", key, "modelId"]) |
	some key, model in pairs.value(file, "lockstep:models")
	moving(model)
} | {fault("models-pinned", ["models", key, "retires"]) |
	some key, model in pairs.value(file, "lockstep:models")
	model.retires != "not announced"
	time.parse_ns("2006-01-02", model.retires) - time.now_ns() < 14 * day
}

moving(model) if regex.match(`(?i)(^|[^a-z0-9])latest([^a-z0-9]|$)`, model.modelId)

moving(model) if {
	model.provider == "openai"
	regex.match(`^(chat)?(gpt-|o\d)`, model.modelId)
	not regex.match(`-(\d{4}-\d\d-\d\d|\d{4}(-preview)?|sol|terra|luna|astra)$`, model.modelId)
}

# Up to the generation 4.5, a name without a date is an alias.
moving(model) if {
	model.provider == "anthropic"
	regex.match(`^claude-(3|(opus|sonnet|haiku)-4(-[0-5])?$)`, model.modelId)
	not regex.match(`-\d{8}$`, model.modelId)
}

moving(model) if {
	model.provider == "azure"
	object.get(model, "versionUpgradeOption", "") != "NoAutoUpgrade"
}

moving(model) if {
	model.provider == "huggingface"
	not regex.match(`^[0-9a-f]{40}$`, object.get(model, "revision", ""))
}

# --- timeouts-explicit

timeouts_of_models(file) := {fault("timeouts-explicit", ["models", key, "timeoutSeconds"]) |
	some key, model in pairs.value(file, "lockstep:models")
	not model.timeoutSeconds
}

timeouts_of_routes(file) := {fault("timeouts-explicit", ["routes", alias, field]) |
	some alias, route in pairs.value(file, "lockstep:routes")
	some field in ["timeoutSeconds", "streamTimeoutSeconds", "deadlineSeconds"]
	not route[field]
} | ({fault("timeouts-explicit", ["routes", alias, "timeoutSeconds"]) |
	some alias, route in pairs.value(file, "lockstep:routes")
	route.timeoutSeconds > route.deadlineSeconds
} | {fault("timeouts-explicit", ["routes", alias, "streamTimeoutSeconds"]) |
	some alias, route in pairs.value(file, "lockstep:routes")
	route.streamTimeoutSeconds > route.timeoutSeconds
})

# --- breaker-configured

breaker_configured(file) := {fault("breaker-configured", ["routes", alias, "breaker"]) |
	some alias, route in pairs.value(file, "lockstep:routes")
	not route.breaker
} | {fault("breaker-configured", ["routes", alias, "breaker", "invalidResponses"]) |
	some alias, route in pairs.value(file, "lockstep:routes")
	route.breaker.invalidResponses > 3
}

# --- residency-kept

region_kept(file, residency) := {fault("residency-kept", ["environment", "region"]) |
	not pairs.files[file]["lockstep:environment"].region in pairs.value(residency, "lockstep:residency").regions
}

models_kept(residency, models, routes, behaviour) := {fault("residency-kept", ["models", key, "region"]) |
	regions := pairs.value(residency, "lockstep:residency").regions
	declared := pairs.value(models, "lockstep:models")
	some key in in_use(routes, behaviour)
	some region in served(declared[key])
	not region in regions
}

in_use(routes, behaviour) := {target.model |
	some route in pairs.value(routes, "lockstep:routes")
	some target in route.targets
} | {key |
	some key in [
		pairs.value(behaviour, "lockstep:behaviour").retrieval.embeddingModel,
	]
}

served(model) := {object.get(model, "region", "global")} if model.provider in {"vertex", "azure"}

# The geographies of Bedrock's profiles are left to the original.
served(model) := set() if model.provider == "bedrock"

served(model) := {"global"} if {
	model.provider in {"openai", "anthropic", "huggingface"}
	not model.apiBase
}

served(model) := {object.get(model, "region", "global")} if {
	model.provider in {"openai", "anthropic", "huggingface"}
	model.apiBase
}

# --- exceptions-accountable

exceptions_accountable(file) := {{"rule": "exceptions-accountable", "path": sprintf("exceptions[%d].%s", [index, field])} |
	some index, exception in pairs.files[file]["lockstep:exceptions"]
	some field in exception_faults(exception)
}

exception_faults(exception) := ({field |
	some field in ["owner", "ticket"]
	trim_space(object.get(exception, field, "")) == ""
} | {"approver" | lower(exception.owner) == lower(exception.approver)}) | {"expires" | too_long(exception)}

# The last day counts whole.
too_long(exception) if time.parse_ns("2006-01-02", exception.expires) + day <= time.now_ns()

too_long(exception) if {
	created := time.parse_ns("2006-01-02", exception.created)
	time.parse_ns("2006-01-02", exception.expires) - created > 90 * day
}

fault(rule, path) := {"rule": rule, "path": concat(".", [sprintf("%v", [step]) | some step in path])}
