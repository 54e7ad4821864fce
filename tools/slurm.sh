#!/usr/bin/env bash
# Installs Slurm for the tests of test/slurm, which start and end a cluster of their own. Where it may not, says so: these tests are skipped.
set -euo pipefail
. "$(dirname "$0")/common.sh"
PATH="$PATH:/usr/sbin:/sbin"

complete() { [ "$(command -v sbatch slurmctld slurmd munged | wc -l)" = 4 ]; }
complete && exit 0
root=()
if [ "$(id -u)" -ne 0 ]; then root=(sudo -n); fi
if ! command -v apt-get >/dev/null || ! "${root[@]}" true 2>/dev/null; then
  say 'Slurm is missing and may not be installed from here: its tests are SKIPPED (Debian: slurm-wlm slurm-client munge).'
  exit 0
fi
say 'installing Slurm'
# At run level 1 Debian starts no service of what it installs: the tests start their own.
apt=("${root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes -o DPkg::Lock::Timeout=600)
quietly "${apt[@]}" update || true
quietly "${apt[@]}" install --no-install-recommends slurm-wlm slurm-client munge && complete ||
  say 'Slurm could not be installed (see above): its tests are SKIPPED.'
