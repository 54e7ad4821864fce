#!/usr/bin/env bash
# Compares models, choices and masks with the real nnU-Net's: `npm run test:parity`, or a part: `npm run test:parity -- best_check.py constructed`.
# NNUNET_PEER names the Python environment that holds nnU-Net; it is made where it is not there.
set -euo pipefail
. "$(dirname "$0")/common.sh"
peer="${NNUNET_PEER:-$cache/peer}"
bash tools/bench/peer.sh "$peer"
# Sums of several threads differ in the last digits from run to run.
export OMP_NUM_THREADS=1
if [ $# -gt 0 ]; then
  check="$1"
  shift
  exec "$peer/bin/python" -u "test/parity/$check" "$@"
fi
for check in models_check continue_check best_check exchange_check; do
  say "$check"
  "$peer/bin/python" -u "test/parity/$check.py"
done
