#!/usr/bin/env bash
# The public Wyoming clients, untouched, against `polyspot serve`: the package wyoming in two versions, and
# three satellites (wyoming-satellite) that ask for keywords of three languages at once.
#
# Needs: cargo (or the program as POLYSPOT), python3 with venv, and the Python package index. Usage: tests/scripts/wyoming.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

polyspot=${POLYSPOT:-}
if [ -z "$polyspot" ]; then
  cargo build --release --locked -p polyspot-cli
  polyspot=target/release/polyspot
fi
work=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2> /dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

environment() {
  python3 -m venv "$work/$1"
  "$work/$1/bin/pip" install --quiet --disable-pip-version-check "${@:2}"
}
environment new wyoming==1.10.2
environment old wyoming==1.4.1
environment satellite wyoming-satellite==1.0.0

"$polyspot" serve --wyoming tcp://127.0.0.1:0 --language en,ar,zh 2> "$work/log" &
server=$!
for _ in $(seq 100); do
  uri=$(grep -o 'tcp://[0-9.:]*' "$work/log" | head -1) && break
  sleep 0.1
done
echo "== $(head -1 "$work/log")"

for version in new old; do
  "$work/$version/bin/python" tests/scripts/wyoming_client.py "$uri" tests/data
done
"$work/satellite/bin/python" tests/scripts/wyoming_satellites.py "$uri" tests/data "$work"

kill "$server"
wait "$server"
server=
echo "== $(tail -1 "$work/log")"
