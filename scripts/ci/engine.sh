#!/usr/bin/env bash
# Previews or updates ("preview" or "up") the stack ENGINE_STACK with Pulumi's engine, the policy pack and the
# credentials of this job.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
value() { jq -r --arg path "$2" '.values[] | select(.path == $path) | .value' <<< "$1"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A variable or secret that the environment does not have is set and empty here: an empty passphrase would be one.
for name in PULUMI_BACKEND_URL PULUMI_ACCESS_TOKEN PULUMI_CONFIG_PASSPHRASE; do
  if [ -z "${!name:-}" ]; then unset "$name"; fi
done

# The program names the context of its environment's cluster.
export KUBECONFIG="$work/kubeconfig"
environment=$(node "$here/dist/lockstep.js" show environment --stack "$ENGINE_STACK" --json)
aws eks update-kubeconfig --region "$(value "$environment" environment.region)" \
  --name "$(value "$environment" environment.cluster.name)" \
  --alias "$(value "$environment" environment.cluster.context)" > /dev/null

case "$1" in
  preview) node "$here/dist/lockstep.js" preview --engine --stack "$ENGINE_STACK" ;;
  up) node "$here/dist/lockstep.js" up --yes --stack "$ENGINE_STACK" ;;
  *)
    echo "engine.sh takes preview or up." >&2
    exit 2
    ;;
esac
