#!/usr/bin/env bash
# Makes the Python environment that `npm run bench -- --peer VENV` compares with: `tools/bench/peer.sh VENV`
set -euo pipefail
folder="$(realpath -m "${1:?which folder is to hold the environment (outside the work tree)?}")"
. "$(dirname "$0")/../common.sh"
packages=(torch==2.15.0 nnunetv2==2.8.1)

holds_them() { "$folder/bin/python" -c 'from importlib.metadata import version as v; exit((v("torch"), v("nnunetv2")) != ("2.15.0", "2.8.1"))' 2>/dev/null; }
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
