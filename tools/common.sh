# Sourced by the scripts of this folder: where things lie, and how to speak.
# shellcheck shell=bash disable=SC2034
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
cache="${NNUNET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nnunet}"
libtorch="$cache/libtorch-2.15.0"

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*"; }
fail() {
  printf '%s: error: %s\n' "$(basename "$0" .sh)" "$*" >&2
  exit 1
}

# Holds the lock NAME in the cache until the script ends; waits where another holds it.
lock() {
  command -v flock >/dev/null || return 0 # macOS has none; there one set-up at a time is the user's care
  mkdir -p "$cache" || fail "the cache folder $cache cannot be made. Set NNUNET_CACHE to a writable folder."
  local handle
  exec {handle}>"$cache/$1.lock"
  flock --nonblock "$handle" && return
  say "waiting for another $1 to end"
  flock "$handle"
}

# Runs a command quietly; when it fails, shows the end of what it printed, without the addresses of package registries.
quietly() {
  local log status=0
  log="$(mktemp)"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  [ $status -eq 0 ] || tail -n 25 "$log" | sed -E 's#[a-z]+://[^ ,)]+#[address]#g' >&2
  rm -f "$log"
  return $status
}

# Downloads wheels that pip checks against their SHA-256: fetch_wheels REQUIREMENTS FOLDER PIP_OPTIONS…
fetch_wheels() {
  local requirements="$1" folder="$2"
  shift 2
  quietly python3 -m pip download --quiet --no-deps --no-cache-dir --only-binary=:all: --require-hashes \
    --requirement "$requirements" --dest "$folder" "$@"
}
