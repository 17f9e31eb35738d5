#!/usr/bin/env bash
# Runs a fuzz target, from the checked-in corpus and the test suite's own files.
#
# usage: fuzz/run.sh TARGET [EXECUTIONS]
#
# Needs `cargo install --locked cargo-fuzz` and a C++ compiler. What it finds goes to fuzz/found/TARGET, crashes to
# fuzz/artifacts/TARGET. An input that takes more than 5 seconds or 256 MB is a crash.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:?usage: fuzz/run.sh TARGET [EXECUTIONS]}
executions=${2:-1000000}
length=16384
seeds=("fuzz/corpus/$target")
case $target in
  model_*) seeds+=(tests/data/models) ;;
  wave) seeds+=(tests/data/formats tests/data/broken) ;;
  coded) seeds+=(tests/data/formats tests/data/broken runtime/polyspot-audio/tests/data) ;;
  adapter | base) length=65536 ;;
  *) length=4096 ;;
esac
mkdir -p "fuzz/found/$target"
# The stable compiler takes the flags of the instrumentation only so.
export RUSTC_BOOTSTRAP=1
# Audio is read from files: these are in memory.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
cargo fuzz run --sanitizer none "$target" "fuzz/found/$target" "${seeds[@]}" -- \
  -runs="$executions" -timeout=5 -rss_limit_mb=256 -max_len=$length -print_final_stats=1
