#!/usr/bin/env bash
# Makes a clone ready to build, test and run: system packages, npm packages, LibTorch, native core, bundles. Safe to repeat.
#   tools/setup.sh [--no-build] [--vscode]      what it fetches is kept in ${NNUNET_CACHE:-~/.cache/nnunet}
# --no-build: without building. --vscode: also VS Code and Chromium for the integration and end-to-end tests.
set -euo pipefail
. "$(dirname "$0")/common.sh"
build=true
vscode=false
for option in "$@"; do
  case "$option" in
    --no-build) build=false ;;
    --vscode) vscode=true ;;
    *) fail "there is no option $option. Options: --no-build --vscode" ;;
  esac
done
lock setup

node_major="$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null)" || fail 'Node.js is missing. Install Node.js 20 or newer with npm: nodejs.org.'
[ "$node_major" -ge 20 ] || fail "Node.js $node_major is too old. Install Node.js 20 or newer: nodejs.org."
command -v npm >/dev/null || fail 'npm is missing. It comes with Node.js 20 or newer: nodejs.org.'

has_header() { printf '#include <%s>\n' "$1" | c++ -std=c++20 -E -x c++ - >/dev/null 2>&1; }
missing=()
need() { # need PACKAGE COMMAND… : the Debian package, and what shows that it is there
  local package="$1"
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
find_missing() {
  missing=()
  need g++ command -v c++
  need cmake command -v cmake
  need ninja-build command -v ninja
  need ccache command -v ccache
  need nlohmann-json3-dev has_header nlohmann/json.hpp
  need libgtest-dev has_header gtest/gtest.h
  need git command -v git
  need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt -o "$(uname)" != Linux
  need python3 command -v python3
  need python3-pip python3 -m pip --version
}

find_missing
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || fail "missing: ${missing[*]} (names of Debian packages). Install them with this system's package manager, then run this again."
  root=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || fail "missing: ${missing[*]}. Run: sudo apt-get install ${missing[*]}"
    root=(sudo -n)
  fi
  say "installing ${missing[*]}"
  apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes -o DPkg::Lock::Timeout=600)
  quietly "${apt[@]}" update || say 'apt-get update failed (see above); trying with the package lists that are here'
  quietly "${apt[@]}" install --no-install-recommends "${missing[@]}" || fail "apt-get could not install ${missing[*]} (see above)."
  find_missing
  [ ${#missing[@]} -eq 0 ] || fail "installed, yet not usable: ${missing[*]}. Is another compiler or Python first in PATH?"
fi

if ! node tools/node-modules-current.mjs; then
  say 'installing the npm packages of package-lock.json'
  # No install scripts: those of our packages only download what is in the packages already, or what we do not use.
  quietly npm ci --ignore-scripts --no-audit --no-fund || fail 'npm ci failed (see above). Check the network, then run this again.'
fi

bash tools/libtorch.sh
if $vscode; then
  bash tools/vscode/install.sh >/dev/null || fail 'VS Code for the tests could not be installed (see above).'
fi
if $build; then
  say 'building the native core'
  quietly bash tools/build-core.sh addon nnunet-core || fail 'the native core does not build (see above). Run tools/build-core.sh for the whole output.'
  say 'bundling'
  node esbuild.js || fail 'the bundles do not build (see above).'
fi
say 'ready'
