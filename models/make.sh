#!/usr/bin/env bash
# Makes the base, the Arabic and the Mandarin model again, from recordings to calibrated files. Needs espeak-ng and sox.
# (The English one is older: see models/README.md.)
#
# usage: models/make.sh DATA [WORK]
#   DATA  folder with en/ ar/ zh/ noise/ speech/, each with train/ and dev/ (see models/README.md)
#   WORK  folder for what is made on the way; an interrupted run goes on from there (default: runs)
#
# About forty minutes on two free cores.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$(realpath "${1:?usage: models/make.sh DATA [WORK]}")
work=${2:-runs}
keywords=yes,no,up,down,left,right,on,off,stop,go
mkdir -p "$work"
cargo build --release --locked -p polyspot-tools
tools=${CARGO_TARGET_DIR:-target}/release/polyspot-tools

# once FILE COMMAND…: runs a command that writes FILE unless it has done so; goes on where an earlier call was cut off.
once() {
  local out=$1
  shift
  [ -e "$out.done" ] && return
  if [ -e "$out" ] || [ -e "${out%.safetensors}.progress" ]; then set -- "$@" --resume; fi
  "$@"
  touch "$out.done"
}

[ -d "$work/synthetic" ] || tools/scripts/speak_words.sh "$work/synthetic"

# The base hears the words of all three languages, and made-up ones, so that it is ready for others.
once "$work/base.safetensors" "$tools" train --out "$work/base.safetensors" \
  --data "$data/en" --data "$data/ar" --data "$data/zh" --keywords "en=$keywords" --made-up-words 300 \
  --extra "$work/synthetic/en" --noise "$data/noise" --speech "$data/speech" --epochs 25
cp "$work/base.safetensors" models/base.safetensors

# adapt LANGUAGE FLAG…: a language's adapter, and its model with thresholds measured on speech without its words.
adapt() {
  local language=$1
  shift
  once "$work/$language.safetensors" "$tools" adapt --base models/base.safetensors --budget 0.1 \
    --data "$data/$language" --noise "$data/noise" --out "$work/$language.safetensors" "$@"
  cp "$work/$language.safetensors" "models/$language.safetensors"
  "$tools" fuse --base models/base.safetensors --adapter "models/$language.safetensors" \
    --card "models/$language.card.json" --out "$work/$language.onnx"
  "$tools" calibrate "$work/$language.onnx" --data "$data/$language" --negatives "$data/speech" \
    --false-alarms-per-hour 6 --out "models/$language.onnx"
  "$tools" evaluate "models/$language.onnx" --data "$data/$language" --noise "$data/noise"
}

# What is no keyword: running speech, and the other languages' words.
adapt ar --speech "$data/speech" --speech "$data/speech" --speech "$data/en" --speech "$data/zh"
# At a tenth of the parameters Mandarin loses too much (models/README.md).
adapt zh --method full --epochs 80 --learning-rate 0.08 \
  --speech "$data/speech" --speech "$data/speech" --speech "$data/en" --speech "$data/ar"

"$tools" cost --base models/base.safetensors models/ar.onnx models/zh.onnx
