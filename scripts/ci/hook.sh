#!/usr/bin/env bash
# The hook of pre-commit. Its `language: node` would install this with `npm install --global` from git, which runs
# `prepare` without the dependencies that it needs (https://github.com/npm/cli/issues/8440).
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
"$here/scripts/ci/build.sh" >&2
# What git sets for a hook would make it look for the folder's files at the root.
while read -r name; do unset "$name"; done < <(git rev-parse --local-env-vars)
exec node "$here/dist/lockstep.js" review --base HEAD "$@"
