# Every target sets itself up from a bare checkout; a second run installs nothing again.
.PHONY: preview test test-engine fuzz litellm shapes mutation bench bench-preview bench-pack bench-resources bench-program bench-review bench-load bench-traffic setup check-node clean

installed := node_modules/.package-lock.json
built := dist/lockstep.js
sources := $(shell find index.ts cli components config engine gateway lifecycle measure policies preview review scripts -name '*.ts' -o -name '*.mjs' 2>/dev/null)

preview: $(built)
	@node $(built) preview

test: $(built)
	@node scripts/test.mjs

# On the real Pulumi engine, where its CLI is on the PATH: file backend, stand-ins of the plugins, no cloud. Minutes.
test-engine: $(built)
	@node_modules/.bin/vitest run --project engine

# Hostile variants of every file that is read, for as long as there is time: make fuzz SECONDS=28800. "make test"
# takes a minute. With a Pulumi CLI on the PATH, what is accepted is compared with Pulumi's own reading.
SECONDS ?= 600
fuzz: $(built)
	@node --require tsx/cjs test/fuzz/index.ts --seconds $(SECONDS)

# The real gateway for tests and evidence, in a virtual environment: 740 MB. "make test" makes it too.
litellm: $(installed)
	@node --require tsx/cjs scripts/installLitellm.ts

# What stands in for AWS in the tests, and Kubernetes' schemas: 260 MB, and Go modules where Go is. "make test" too.
shapes: $(installed)
	@node --require tsx/cjs scripts/installShapes.ts

# Takes an hour or more, and gives way to whatever else runs. The second time only what changed is run again.
mutation: $(installed)
	@nice -n 15 node_modules/.bin/stryker run; status=$$?; \
	echo "The report: reports/mutation/index.html, and how to read it: docs/mutation.md"; exit $$status

# What Lockstep costs beside the SDK, the engine and other packs, or a part of it; ten minutes on an idle machine.
bench: $(built)
	@node --require tsx/cjs bench/all.ts

bench-preview bench-pack bench-resources bench-program: bench-%: $(built)
	@node --require tsx/cjs bench/all.ts $*

# A review against `node -e 0` and against conftest, all in one run; takes several minutes on an idle machine.
bench-review: $(built)
	@node --require tsx/cjs bench/review.ts

# The load generator's own CPU time beside k6's, in turn against one stub; takes five minutes on an idle machine.
bench-load: $(built)
	@node --require tsx/cjs bench/load.ts

# Ten million records, counted by DuckDB and by pandas; 15 GiB of disk, and an hour on a busy machine.
bench-traffic: $(built)
	@node --require tsx/cjs bench/traffic.ts

setup: $(built)

$(installed): package.json package-lock.json
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $(installed)

$(built): $(installed) $(sources)
	@node scripts/build.mjs

# The tests on the other supported versions of Node, from npm's package "node".
test-node-22 test-node-24: test-node-%: $(built)
	@node scripts/testOnNode.mjs $*

clean:
	@rm -rf node_modules dist reports
