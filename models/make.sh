#!/usr/bin/env bash
# Makes the shipped models again, from recordings to calibrated files. Needs espeak-ng and sox.
#
# usage: models/make.sh DATA [WORK]
#   DATA  folder with en/ ar/ zh/ noise/ speech/, each with train/ and dev/ (see models/README.md)
#   WORK  folder for what is made on the way; an interrupted run goes on from there (default: runs)
#
# About an hour on two free cores.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$(realpath "${1:?usage: models/make.sh DATA [WORK]}")
work=${2:-runs}
keywords=en=yes,no,up,down,left,right,on,off,stop,go
mkdir -p "$work"
cargo build --release --locked -p polyspot-tools
tools=${CARGO_TARGET_DIR:-target}/release/polyspot-tools

# train OUT FLAG…: trains unless OUT is there and finished, and goes on where an earlier call was cut off.
train() {
  local out=$1
  shift
  [ -e "$out.done" ] && return
  if [ -e "$out" ]; then set -- "$@" --resume; fi
  "$tools" train --out "$out" "$@"
  touch "$out.done"
}

[ -d "$work/synthetic" ] || tools/scripts/speak_words.sh "$work/synthetic"

# The base hears the words of all three languages: a better start for each of them than one language alone.
train "$work/base.safetensors" --data "$data/en" --data "$data/ar" --data "$data/zh" --keywords "$keywords" \
  --extra "$work/synthetic/en" --noise "$data/noise" --speech "$data/speech" --epochs 40
cp "$work/base.safetensors" models/base.safetensors

# English goes on from the base, with the other languages' words as filler.
init=()
[ -e "$work/en.safetensors" ] || init=(--init "$work/base.safetensors")
train "$work/en.safetensors" "${init[@]}" --recipe models/en.recipe.json --data "$data/en" --keywords "$keywords" \
  --extra "$work/synthetic/en" --noise "$data/noise" \
  --speech "$data/speech" --speech "$data/speech" --speech "$data/ar" --speech "$data/zh"

"$tools" fuse --base "$work/en.safetensors" --card models/en.card.json --out "$work/en.onnx"
"$tools" calibrate "$work/en.onnx" --data "$data/en" --negatives "$data/speech" --false-alarms-per-hour 6 --out models/en.onnx
"$tools" evaluate models/en.onnx --data "$data/en" --noise "$data/noise"
