#!/usr/bin/env bash
# Makes the Python environment that `npm run bench -- --peer VENV` compares with: `tools/bench/peer.sh VENV`
set -euo pipefail
folder="$(realpath -m "${1:?which folder is to hold the environment (outside the work tree)?}")"
. "$(dirname "$0")/../common.sh"
# nnU-Net asks for no upper bound of its own libraries; what they do to labels has changed between versions.
packages=(torch==2.15.0 nnunetv2==2.8.1 batchgenerators==0.25.5 batchgeneratorsv2==0.3.6 acvl_utils==0.2.6)

holds_them() {
  "$folder/bin/python" - "${packages[@]}" 2>/dev/null <<'PYTHON'
import sys
from importlib.metadata import version
sys.exit(any(version(name) != wanted for name, wanted in (package.split("==") for package in sys.argv[1:])))
PYTHON
}
if holds_them; then
  say "$folder is ready"
  exit
fi
lock peer
say "installing ${packages[*]} into $folder (several GB)"
[ -x "$folder/bin/pip" ] || quietly python3 -m venv "$folder" || fail 'python3 has no venv. On Debian: apt-get install python3-venv'
quietly "$folder/bin/pip" install --quiet --no-cache-dir "${packages[@]}" || fail 'the installation failed (see above).'
holds_them || fail "$folder holds other versions. Remove it and run this again."
say "$folder is ready"
