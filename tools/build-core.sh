#!/usr/bin/env bash
# Builds the native side into build/core and puts what runs into dist/native: `tools/build-core.sh [-jN] [TARGET…]`
set -euo pipefail
. "$(dirname "$0")/common.sh"
jobs=(-j "$(nproc 2>/dev/null || sysctl -n hw.ncpu)")
if [[ "${1-}" == -j* ]]; then
  jobs=("$1")
  shift
fi

# One build at a time in this work tree: ninja does not look out for another one.
mkdir -p build/core dist/native
if command -v flock >/dev/null; then
  exec {building}>build/core.lock
  flock --nonblock "$building" || { say 'waiting for another build to end'; flock "$building"; }
fi

options=(-DNNUNET_LIBTORCH=)
[ -d "$libtorch/torch/lib" ] && options=(-DNNUNET_LIBTORCH="$libtorch")
if command -v ccache >/dev/null; then
  options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  # In the cache root, and with paths relative to the work tree: a fresh clone on a known machine compiles in seconds.
  export CCACHE_DIR="${CCACHE_DIR:-$cache/ccache}" CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-3G}"
  export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
fi

# Configure anew when the options changed, and from scratch when the work tree moved.
asked="$(printf '%s\n' "$PWD" "${options[@]}")"
known="$(cat build/core/options.txt 2>/dev/null || true)"
if [ ! -f build/core/build.ninja ] || [ "$asked" != "$known" ]; then
  [ "$(head -n 1 <<<"${known:-$PWD}")" = "$PWD" ] || rm -rf build/core
  rm -f build/core/options.txt
  quietly cmake -S core -B build/core -G Ninja "${options[@]}" || fail 'CMake could not configure the build (see above).'
  printf '%s\n' "$asked" >build/core/options.txt
fi
cmake --build build/core "${jobs[@]}" ${1:+--target "$@"}

for built in nnunet_voxels.node nnunet-core; do
  if [ -f "build/core/$built" ] && ! cmp --silent "build/core/$built" "dist/native/$built"; then
    cp -f "build/core/$built" "dist/native/$built.new"
    mv -f "dist/native/$built.new" "dist/native/$built"
  fi
done
[ ! -d "$libtorch/torch/lib" ] || ln -sfn "$libtorch/torch/lib" dist/native/torch
