#!/usr/bin/env bash
# Compares what polyspot-core and polyspot give to others with the lists that are checked in (api.txt), so that no change of it goes
# unseen. With --write, writes the lists.
#
# cargo-public-api reads rustdoc's JSON, which a released compiler writes only when it is told to: hence RUSTC_BOOTSTRAP. Its version
# belongs to the compiler's, whose JSON changes now and then.
set -euo pipefail
cd "$(dirname "$0")/../.."

expected="cargo-public-api 0.52.0"
found=$(cargo public-api --version 2> /dev/null || true)
if [ "$found" != "$expected" ]; then
  echo "expected $expected, found ${found:-none}: cargo install --locked ${expected/ /@}" >&2
  exit 1
fi

# The names in it, without what every type has and what is derived. Built apart from the workspace, whose own builds these settings
# would throw away, and without tract, which takes minutes and adds no name.
list() {
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/public_api cargo public-api --package "$@" -sss --color never
}

compare() {
  local kept=runtime/$1/api.txt
  if [ "$mode" = --write ]; then
    list "$@" > "$kept"
  elif ! list "$@" | diff --unified "$kept" -; then
    echo "$1 gives others something else: if that is meant, tests/scripts/public_api.sh --write" >&2
    state=1
  fi
}

mode=${1:-} state=0
compare polyspot-core
compare polyspot --no-default-features
exit $state
