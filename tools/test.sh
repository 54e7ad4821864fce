#!/usr/bin/env bash
# Everything that must hold before a commit: `npm test`. Each stage is timed; the first that fails ends it.
#   tools/test.sh [STAGE…]     only these stages, for instance `npm test lint unit`
set -euo pipefail
. "$(dirname "$0")/common.sh"

# ESLint and each of TypeScript's programs keep one processor busy: the rest runs beside them.
lint() {
  npx --no-install eslint --max-warnings=0 . &
  local eslint=$!
  npx --no-install prettier --check --log-level=warn . && bash tools/clang-format.sh --check || { wait "$eslint"; return 1; }
  wait "$eslint"
}
types() {
  npx --no-install tsc --noEmit -p webview &
  local webview=$!
  npx --no-install tsc --noEmit || { wait "$webview"; return 1; }
  wait "$webview"
}
core() { bash tools/build-core.sh && ctest --test-dir build/core --output-on-failure --timeout 300 --parallel 2 --progress --no-tests=ignore; }
bundle() { node esbuild.js; }
unit() { node tools/run-tests.mjs unit; }
golden() { node tools/run-tests.mjs golden; }
# A cluster of two nodes on this machine, where Slurm is there or can be installed.
slurm() { bash tools/slurm.sh && node tools/run-tests.mjs slurm; }
setup() { bash tools/setup.sh --no-build; }
package() { bash tools/package.sh && node tools/run-tests.mjs package; }
# The folder that VS Code opens, and the tests that run in it.
workspace() { node esbuild.js --integration && node tools/vscode/workspace.mjs out/test/workspace; }
integration() {
  bash tools/setup.sh --no-build --vscode
  node esbuild.js --integration
  node tools/vscode/workspace.mjs out/test/workspace
  node tools/vscode/run-integration.cjs . out/test/integration/index.js out/test/workspace
  # One test of the others is looked for: there is none here.
  [ -z "${EXT_TEST_GREP:-}" ] || return 0
  for kind in several pseudo; do
    node tools/vscode/run-integration.cjs . out/test/integration/index.js out/test/workspace "$kind"
  done
}
# With the .vsix that the stage `package` makes. Each file has a workbench, a profile and folders of its own, so that two run at a time.
e2e() {
  bash tools/setup.sh --no-build --vscode
  # The longest first, so that none of them runs alone at the end: the length of a file tells well enough.
  # shellcheck disable=SC2046
  node --test --test-concurrency=2 --test-reporter=spec $(ls -S test/e2e/*.test.cjs)
}

all=(setup lint types core bundle unit golden slurm package integration e2e)
stages=("$@")
[ $# -gt 0 ] || stages=("${all[@]}")
summary=''
report() { printf '\n%s%s\n' "$summary" "$1"; }
for stage in "${stages[@]}"; do
  declare -F "$stage" >/dev/null || fail "there is no stage $stage. Stages: ${all[*]}."
done
for stage in "${stages[@]}"; do
  printf '\n== %s\n' "$stage"
  SECONDS=0
  # A stage runs in a shell of its own, so that its first failing command ends it.
  if bash -c "set -euo pipefail; $(declare -f "$stage"); $stage"; then
    summary+="$(printf '  passed  %-11s %4d s' "$stage" "$SECONDS")"$'\n'
  else
    summary+="$(printf '  FAILED  %-11s %4d s' "$stage" "$SECONDS")"$'\n'
    report "npm test: failed in stage $stage"
    exit 1
  fi
done
report 'npm test: all stages passed'
