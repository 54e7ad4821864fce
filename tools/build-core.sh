#!/usr/bin/env bash
# Builds the native side into build/core and puts what runs into dist/native. Arguments go to ninja (targets).
set -euo pipefail
cd "$(dirname "$0")/.."
cache="${NNUNET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nnunet}"
libtorch="$cache/libtorch-2.15.0"
launcher=()
command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1 CCACHE_BASEDIR="$PWD"
[ -f build/core/build.ninja ] || cmake -S core -B build/core -G Ninja -DNNUNET_LIBTORCH="$libtorch" "${launcher[@]}" >/dev/null
cmake --build build/core ${1:+--target "$@"}
mkdir -p dist/native
for built in nnunet_voxels.node nnunet-core; do
  [ -f "build/core/$built" ] && cp -f "build/core/$built" "dist/native/$built.new" && mv -f "dist/native/$built.new" "dist/native/$built"
done
[ -d "$libtorch/torch/lib" ] && ln -sfn "$libtorch/torch/lib" dist/native/torch
exit 0
