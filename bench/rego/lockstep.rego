# Lockstep's rules over the pair as an expert would write them for conftest, for `make bench-review`. They do
# less than the originals and never more: no schema, no names that lead nowhere, no contents of prompts, tools
# and schemas, no releases, no evidence, no behaviour hash, no worst case of a request's time, no unused exceptions,
# no regions of Bedrock's profiles, a part of the names of models, and of a finding neither line nor remedy.
# So conftest is asked for less work, and whatever it refuses has to be refused by `lockstep review`.
package main

import data.faults
import data.pairs

tiers := ["staging", "production"]

deny contains {"msg": msg, "pair": pair, "rule": fault.rule, "path": fault.path} if {
	some pair, files in pairs.all
	some fault in of_pair(files)
	not exempted(files, fault)
	msg := sprintf("%s: %s: %s", [pair, fault.rule, fault.path])
}

of_pair(files) := union({
	faults.limits_stricter(files.staging, files.production),
	faults.mirrored(files.staging, files.production),
	faults.credentials_separate(files.staging, files.production),
	faults.environments_separate(files.staging, files.production),
	of_stack(files.staging),
	of_stack(files.production),
})

of_stack(file) := union({
	faults.models_pinned(pairs.source(file, "lockstep:models")),
	faults.timeouts_of_models(pairs.source(file, "lockstep:models")),
	faults.timeouts_of_routes(pairs.source(file, "lockstep:routes")),
	faults.breaker_configured(pairs.source(file, "lockstep:routes")),
	faults.region_kept(file, pairs.source(file, "lockstep:residency")),
	faults.models_kept(
		pairs.source(file, "lockstep:residency"),
		pairs.source(file, "lockstep:models"),
		pairs.source(file, "lockstep:routes"),
		pairs.source(file, "lockstep:behaviour"),
	),
	faults.exceptions_accountable(file),
})

exempted(files, fault) if {
	not fault.rule in {"credentials-separate", "exceptions-accountable"}
	some tier in tiers
	some index, exception in pairs.files[files[tier]]["lockstep:exceptions"]
	exception.rule == fault.rule
	exception.path == fault.path
	not faulty(files[tier], index)
}

faulty(file, index) if {
	prefix := sprintf("exceptions[%d].", [index])
	some fault in faults.exceptions_accountable(file)
	startswith(fault.path, prefix)
}
