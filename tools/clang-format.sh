#!/usr/bin/env bash
# Formats or checks the C++ files in git: `tools/clang-format.sh -i` or `tools/clang-format.sh --check`, then files (default: all of core/).
set -euo pipefail
. "$(dirname "$0")/common.sh"
pins=tools/clang-format.requirements.txt
version="$(sed -n 's/^clang-format==\([^ ]*\).*/\1/p' $pins)"
program="$cache/clang-format-$version"

if [ ! -x "$program" ]; then
  if [ "$(uname -sm)" = 'Linux x86_64' ]; then
    lock clang-format
    wheels="$(mktemp -d "$cache/clang-format.new.XXXXXX")"
    trap 'rm -rf "$wheels"' EXIT
    say "downloading clang-format $version"
    fetch_wheels "$pins" "$wheels" || fail 'the download of clang-format failed (see above). Check the network and pip.'
    python3 -m zipfile -e "$wheels"/*.whl "$wheels/unpacked"
    chmod 755 "$wheels/unpacked/clang_format/data/bin/clang-format"
    mv "$wheels/unpacked/clang_format/data/bin/clang-format" "$program"
  else
    program="$(command -v clang-format)" || fail "clang-format $version is missing. Install it: pip install clang-format==$version"
  fi
fi

case "${1-}" in
  -i) options=(-i) ;;
  --check) options=(--dry-run --Werror) ;;
  *) fail 'use -i to format or --check to look only' ;;
esac
shift
files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(git ls-files -- 'core/*.h' 'core/*.cpp')
[ "${#files[@]}" -eq 0 ] || "$program" --style=file "${options[@]}" "${files[@]}"
