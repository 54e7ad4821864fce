#!/usr/bin/env bash
# Everything that must hold before a commit: `npm test`. Each stage is timed; the first that fails ends it.
#   tools/test.sh [STAGE…]     only these stages, for instance `npm test lint unit`
set -euo pipefail
. "$(dirname "$0")/common.sh"

lint() {
  npx --no-install eslint --max-warnings=0 .
  npx --no-install prettier --check --log-level=warn .
  bash tools/clang-format.sh --check
}
types() { npx --no-install tsc --noEmit; }
core() { bash tools/build-core.sh && ctest --test-dir build/core --output-on-failure --timeout 300 --parallel 2 --progress --no-tests=ignore; }
bundle() { node esbuild.js; }
unit() { node tools/run-tests.mjs unit; }
golden() { node tools/run-tests.mjs golden; }
setup() { bash tools/setup.sh --no-build; }

stages=("$@")
[ $# -gt 0 ] || stages=(setup lint types core bundle unit golden)
summary=''
report() { printf '\n%s%s\n' "$summary" "$1"; }
for stage in "${stages[@]}"; do
  declare -F "$stage" >/dev/null || fail "there is no stage $stage. Stages: setup lint types core bundle unit golden."
done
for stage in "${stages[@]}"; do
  printf '\n== %s\n' "$stage"
  SECONDS=0
  # A stage runs in a shell of its own, so that its first failing command ends it.
  if bash -c "set -euo pipefail; $(declare -f "$stage"); $stage"; then
    summary+="$(printf '  passed  %-7s %4d s' "$stage" "$SECONDS")"$'\n'
  else
    summary+="$(printf '  FAILED  %-7s %4d s' "$stage" "$SECONDS")"$'\n'
    report "npm test: failed in stage $stage"
    exit 1
  fi
done
report 'npm test: all stages passed'
