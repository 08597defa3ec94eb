#!/usr/bin/env bash
# Audits the stack AUDIT_STACK with whatever this job may read, into AUDIT_FOLDER. A source that it may not read is
# named in the report as not audited, so nothing here fails for it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lockstep() { node "$here/dist/lockstep.js" "$@"; }
value() { jq -r --arg path "$2" '.values[] | select(.path == $path) | .value' <<< "$1"; }

mkdir -p "$AUDIT_FOLDER"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
options=(--stack "$AUDIT_STACK" --report "$AUDIT_FOLDER" --output "$AUDIT_FOLDER/audit.txt")

# A variable that the environment does not have is set and empty here, which tools take for a value.
for name in PULUMI_BACKEND_URL AWS_REGION AWS_ROLE_ARN; do
  if [ -z "${!name:-}" ]; then unset "$name"; fi
done

if [ -n "${AWS_ROLE_ARN:-}" ] && [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
  # Only the token's file is named to AWS: its clients ask for the role themselves.
  # https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
  curl --silent --show-error --fail --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
    "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" | jq -r .value > "$work/token"
  export AWS_WEB_IDENTITY_TOKEN_FILE="$work/token"
  environment=$(lockstep show environment --stack "$AUDIT_STACK" --json)
  credentials=$(lockstep show credentials --stack "$AUDIT_STACK" --json)
  region=$(value "$environment" environment.region)
  export KUBECONFIG="$work/kubeconfig"
  aws eks update-kubeconfig --region "$region" --name "$(value "$environment" environment.cluster.name)" \
    --alias "$(value "$environment" environment.cluster.context)" > /dev/null 2>&1 ||
    echo "The cluster may not be described: it is not audited."
  jq -r '.values[] | select(.path | endswith(".secretName")) | .value' <<< "$credentials" |
    while read -r secret; do
      aws secretsmanager list-secret-version-ids --region "$region" --secret-id "$secret" --output json < /dev/null \
        2> /dev/null || echo "The versions of $secret may not be listed." >&2
    done | jq --slurp . > "$work/versions.json"
  if [ "$(jq length "$work/versions.json")" -gt 0 ]; then options+=(--secret-versions "$work/versions.json"); fi
fi

# A file of the last artifact of a name, where one was kept in the last 90 days.
artifact() {
  local id
  id=$(gh api "repos/$GITHUB_REPOSITORY/actions/artifacts?name=$1&per_page=1" \
    --jq '.artifacts[] | select(.expired | not) | .id' 2> /dev/null || true)
  [ -n "$id" ] && gh api "repos/$GITHUB_REPOSITORY/actions/artifacts/$id/zip" > "$work/artifact.zip" 2> /dev/null &&
    unzip -p "$work/artifact.zip" "$2" > "$work/$2" 2> /dev/null
}

# The audit before, and what the last update recorded where the checkout does not have it.
if [ -n "${GITHUB_REPOSITORY:-}" ]; then
  if artifact "lockstep-audit-$AUDIT_STACK" audit.json; then options+=(--last "$work/audit.json"); fi
  if [ ! -f "$here/deployed/$AUDIT_STACK.json" ] && artifact "lockstep-deployed-$AUDIT_STACK" "$AUDIT_STACK.json"; then
    options+=(--deployed "$work/$AUDIT_STACK.json")
  fi
fi

code=0
lockstep audit "${options[@]}" || code=$?
if [ -f "$AUDIT_FOLDER/audit.txt" ]; then cat "$AUDIT_FOLDER/audit.txt"; fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$AUDIT_FOLDER/audit.md" ]; then
  cat "$AUDIT_FOLDER/audit.md" >> "$GITHUB_STEP_SUMMARY"
fi
exit "$code"
