#!/usr/bin/env bash
# Builds the command line of this checkout, once. No package's install script runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [ ! -f dist/lockstep.js ]; then
  npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
  node scripts/build.mjs
fi
