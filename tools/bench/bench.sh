#!/usr/bin/env bash
# `npm run bench -- [--peer VENV] …`: brings the build up to date, then measures (see tools/bench/bench.mjs --help).
set -euo pipefail
. "$(dirname "$0")/../common.sh"
case " $* " in
  *' --help '* | *' -h '* | *' --peer-only '*) ;;
  *) bash tools/setup.sh ;;
esac
exec node tools/bench/bench.mjs "$@"
