#!/usr/bin/env bash
# Makes the base and the three models again, from recordings to calibrated files. Needs espeak-ng, sox and the spelling
# dictionaries that tools/scripts/speak.py names. (English has a base of its own: see models/README.md.)
#
# usage: models/make.sh DATA [WORK]
#   DATA  folder with en/ ar/ zh/ noise/ speech/, each with train/ and dev/ (see models/README.md)
#   WORK  folder for what is made on the way; an interrupted run goes on from there (default: runs)
#
# More than half an hour on two free cores.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$(realpath "${1:?usage: models/make.sh DATA [WORK]}")
work=${2:-runs}
source models/common.sh
voices words languages sentences

base "$work/base.safetensors" 14 en ar zh
cp "$work/base.safetensors" models/base.safetensors

# adapt BASE LANGUAGE FLAG…: a language's adapter, and its model with thresholds measured on speech and noise without its words.
adapt() {
  local base=models/$1.safetensors language=$2
  shift 2
  once "$work/$language.safetensors" "$tools" adapt --base "$base" --method full \
    --data "$data/$language" --noise "$data/noise" --recipe "models/$language.recipe.json" \
    --out "$work/$language.safetensors" "$@"
  cp "$work/$language.safetensors" "models/$language.safetensors"
  "$tools" fuse --base "$base" --adapter "models/$language.safetensors" \
    --card "models/$language.card.json" --out "$work/$language.onnx"
  "$tools" calibrate "$work/$language.onnx" --data "$data/$language" --negatives "$data/speech" \
    --negatives "$data/noise" --false-alarms-per-hour 12 --out "models/$language.onnx"
  "$tools" evaluate "models/$language.onnx" --data "$data/$language" --noise "$data/noise"
}

# What is no keyword: running speech, and the other languages' words.
# Everything is free: a tenth of the parameters is a quarter of a point behind (models/README.md).
adapt base ar --speech "$data/speech" --speech "$data/speech" --speech "$data/en" --speech "$data/zh"
adapt base zh --speech "$data/speech" --speech "$data/speech" --speech "$data/en" --speech "$data/ar"
adapt en.base en --keywords "$keywords" --extra "$work/words/en" \
  --speech "$data/speech" --speech "$data/speech" --speech "$work/sentences" --speech "$data/ar" --speech "$data/zh"

"$tools" cost --base models/base.safetensors models/ar.onnx models/zh.onnx
