#!/usr/bin/env bash
# A Slurm of one controller and two nodes, all on this machine: bash cluster.sh FOLDER, with slurm.conf in that folder.
# Says "ready" once both nodes take jobs. Ends everything, jobs included, when its input ends: also when whoever started it is killed.
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"
cd "$1"
export SLURM_CONF="$1/slurm.conf"
pids=()

alive() { kill -0 "$1" 2>/dev/null; }

stop() {
  trap '' INT TERM HUP EXIT
  # Jobs first: they are no children of the nodes' programs.
  timeout 5 scancel --user="$(id -un)" >/dev/null 2>&1 || true
  for _ in $(seq 100); do
    [ -n "$(timeout 5 squeue --noheader --states=running,completing 2>/dev/null || true)" ] || break
    sleep 0.1
  done
  # The nodes before the controller, and the authentication last: the other way round each waits for the next.
  for ((index = ${#pids[@]} - 1; index >= 0; index--)); do
    pid="${pids[$index]}"
    kill "$pid" 2>/dev/null || continue
    for _ in $(seq 50); do
      alive "$pid" || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  done
}
trap 'stop; exit 1' INT TERM HUP
trap stop EXIT

start() { # start PROGRAM ARGUMENT… : in the foreground of a session of its own, so that Ctrl-C does not reach it
  setsid "$@" </dev/null >>daemons.log 2>&1 &
  pids+=($!)
}

head -c 1024 /dev/urandom >munge.key
chmod 400 munge.key
start munged --foreground --force --key-file="$1/munge.key" --socket="$1/munge.socket" --pid-file="$1/munged.pid" \
  --log-file="$1/munged.log" --seed-file="$1/munged.seed"
for _ in $(seq 100); do
  [ ! -S munge.socket ] || break
  sleep 0.05
done
mkdir -p state spool-n1 spool-n2
start slurmctld -D -c
start slurmd -D -N n1
start slurmd -D -N n2
bothIdle() { [ "$(timeout 5 sinfo --noheader --Node --states=idle --format=%N 2>/dev/null | sort -u | wc -l)" = 2 ]; }
deadline=$((SECONDS + 60))
until bothIdle; do
  for pid in "${pids[@]}"; do
    alive "$pid" && [ $SECONDS -lt $deadline ] && continue
    tail -n 12 ./*.log >&2
    exit 1
  done
  sleep 0.1
done
echo ready
cat >/dev/null
