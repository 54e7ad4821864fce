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

[[ "${1-}" == -i || "${1-}" == --check ]] || fail 'use -i to format or --check to look only'
mode="$1"
shift
files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(git ls-files -- 'core/*.h' 'core/*.cpp')
[ "${#files[@]}" -gt 0 ] || exit 0
if [ "$mode" = -i ]; then
  "$program" --style=file -i "${files[@]}"
  exit
fi
unformatted="$("$program" --style=file --dry-run "${files[@]}" 2>&1 | sed -n 's/^\([^ :]*\):[0-9]*:[0-9]*: .*/\1/p' | sort -u)"
[ -z "$unformatted" ] || fail "not formatted: $(tr '\n' ' ' <<<"$unformatted")(npm run format does it)"
